//! Members and invitations.

use serde_json::{Value, json};

use crate::support::{As, FIRST, OTHER, TestApp};

async fn owner(noc: &TestApp) -> As {
    noc.session("prn_000000000000000000000001", FIRST, true).await
}

async fn invite(noc: &TestApp, who: &As, email: &str, role: &str) -> (String, String) {
    let body = json!({ "email": email, "role": role });
    let made = noc.ask(who, "POST", "/api/invitations", &body).await.assert_status(201);
    let link = made["url"].as_str().unwrap().split_once("#invitation=").unwrap().1.to_owned();
    (link, made["invitation"]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_invitation_is_accepted_once_by_somebody_new() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let (link, _) = invite(&noc, &owner, "Eve@Noc.test", "operator").await;
    let accept = json!({ "invitation": link, "name": "Eve" });
    let eve = noc.sign_in("invitation", &accept).await;
    assert_eq!(noc.role_of("eve@noc.test").await, "operator");
    let me = noc.ask(&eve, "GET", "/api/session", &Value::Null).await.json();
    assert_eq!((&me["name"], &me["proven_until"]), (&json!("Eve"), &Value::Null));
    let again = noc.ask(&As::Nobody, "POST", "/api/sign-in/invitation", &accept).await;
    again.assert_refused(404, "not_found", None);
}

#[tokio::test]
async fn an_invitation_that_is_too_late_or_taken_back_leads_to_nothing() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let (late, _) = invite(&noc, &owner, "eve@noc.test", "viewer").await;
    noc.skip(7 * 86_400_000 - 1);
    let owner = self::owner(&noc).await;
    let (back, id) = invite(&noc, &owner, "eve@noc.test", "viewer").await;
    noc.ask(&owner, "DELETE", &format!("/api/invitations/{id}"), &Value::Null).await.assert_status(204);
    noc.skip(1);
    for link in [late.as_str(), &back, "", "noc_invitation_x"] {
        let accept = json!({ "invitation": link, "name": "Eve" });
        let answer = noc.ask(&As::Nobody, "POST", "/api/sign-in/invitation", &accept).await;
        answer.assert_refused(404, "not_found", None);
    }
}

#[tokio::test]
async fn whoever_is_signed_in_accepts_only_what_is_for_their_address() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    noc.other_organization().await;
    let grace = noc.person("grace", crate::support::OTHER, "", "viewer").await;
    let session = noc.session(&grace, crate::support::OTHER, false).await;
    let (for_eve, _) = invite(&noc, &owner, "eve@noc.test", "owner").await;
    let path = "/api/invitations/accept";
    let refused = noc.ask(&session, "POST", path, &json!({ "invitation": for_eve })).await;
    refused.assert_refused(403, "forbidden", None);
    let (for_grace, _) = invite(&noc, &owner, "grace@noc.test", "admin").await;
    noc.ask(&session, "POST", path, &json!({ "invitation": for_grace })).await.assert_status(204);
    assert_eq!(noc.role_of("grace@noc.test").await, "admin");
    let (again, _) = invite(&noc, &owner, "grace@noc.test", "owner").await;
    let refused = noc.ask(&session, "POST", path, &json!({ "invitation": again })).await;
    refused.assert_refused(409, "member_already", None);
}

#[tokio::test]
async fn an_invitation_never_leads_into_the_account_of_somebody_else() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let (link, _) = invite(&noc, &owner, "ada@noc.test", "viewer").await;
    let session = noc.sign_in("invitation", &json!({ "invitation": link, "name": "Not Ada" })).await;
    let me = noc.ask(&session, "GET", "/api/session", &Value::Null).await.json();
    assert_ne!(me["principal_id"], "prn_000000000000000000000001");
    assert_eq!(me["organization"]["role"], "viewer");
}

#[tokio::test]
async fn nobody_comes_in_again_by_an_invitation_that_they_have_left_behind() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let leads_in = async |link: &str| {
        let accept = json!({ "invitation": link, "name": "Eve" });
        noc.ask(&As::Nobody, "POST", "/api/sign-in/invitation", &accept).await.status.as_u16() == 204
    };
    let mary = noc.person("mary", FIRST, "", "admin").await;
    let member = format!("/api/members/{mary}");
    let hers = noc.session(&mary, FIRST, true).await;
    let (of_admin, _) = invite(&noc, &hers, "eve@noc.test", "admin").await;
    noc.ask(&owner, "PUT", &member, &json!({ "role": "admin" })).await.assert_status(200);
    let (still, _) = invite(&noc, &hers, "eve@noc.test", "viewer").await;
    assert!(leads_in(&still).await, "she is what she was");
    noc.ask(&owner, "PUT", &member, &json!({ "role": "viewer" })).await.assert_status(200);
    assert!(!leads_in(&of_admin).await, "she is less than she was");
    noc.ask(&owner, "PUT", &member, &json!({ "role": "admin" })).await.assert_status(200);
    let (before, _) = invite(&noc, &hers, "eve@noc.test", "admin").await;
    noc.ask(&owner, "DELETE", &member, &Value::Null).await.assert_status(204);
    assert!(!leads_in(&before).await, "she has left");

    let script = noc.token("prn_000000000000000000000001", FIRST, &noc_shared::access::Scope::ALL).await;
    let (of_script, _) = invite(&noc, &script, "eve@noc.test", "owner").await;
    let tokens = noc.get("/api/tokens").await.json();
    let id = tokens["tokens"][0]["id"].as_str().unwrap();
    noc.ask(&owner, "DELETE", &format!("/api/tokens/{id}"), &Value::Null).await.assert_status(204);
    assert!(!leads_in(&of_script).await, "the token is revoked");

    // By a token of hers, which is gone with her; and by a grant to the parent that is taken back.
    let ann = noc.person("ann", FIRST, "", "admin").await;
    let of_ann = noc.token(&ann, FIRST, &noc_shared::access::Scope::ALL).await;
    let (of_her_token, _) = invite(&noc, &of_ann, "eve@noc.test", "admin").await;
    noc.ask(&owner, "DELETE", &format!("/api/members/{ann}"), &Value::Null).await.assert_status(204);
    assert!(!leads_in(&of_her_token).await, "she has left, and her token with her");
    noc.other_organization().await;
    noc.in_the_database(&format!("UPDATE organizations SET parent_id = '{OTHER}' WHERE id = '{FIRST}'"))
        .await;
    let bob = noc.person("bob", OTHER, "", "owner").await;
    let grant = async |role: &str| {
        let body = json!({ "role": role });
        noc.ask(&owner, "PUT", "/api/organization/grant", &body).await.assert_status(200);
    };
    grant("admin").await;
    let (of_parent, _) = invite(&noc, &noc.session(&bob, FIRST, true).await, "eve@noc.test", "admin").await;
    grant("operator").await;
    assert!(!leads_in(&of_parent).await, "the parent's members are operators at most");
    grant("admin").await;
    noc.ask(&owner, "DELETE", "/api/organization/grant", &Value::Null).await.assert_status(200);
    assert!(!leads_in(&of_parent).await, "nothing is granted any more");
    grant("owner").await;
    assert!(leads_in(&of_parent).await);
}

#[tokio::test]
async fn nobody_gives_or_takes_a_role_above_their_own() {
    let noc = TestApp::new();
    let admin = noc.person("admin", FIRST, "", "admin").await;
    let viewer = noc.person("viewer", FIRST, "", "viewer").await;
    let session = noc.session(&admin, FIRST, true).await;
    let ada = "/api/members/prn_000000000000000000000001".to_owned();
    let (to_viewer, to_self) = (format!("/api/members/{viewer}"), format!("/api/members/{admin}"));
    let owner = json!({ "role": "owner" });
    for (method, path, body) in [
        ("PUT", &ada, json!({ "role": "viewer" })),
        ("DELETE", &ada, Value::Null),
        ("PUT", &to_viewer, owner.clone()),
        ("PUT", &to_self, owner),
        ("PUT", &to_viewer, json!({ "projects": [{ "project": "default", "role": "owner" }] })),
        ("POST", &"/api/invitations".to_owned(), json!({ "email": "x@noc.test", "role": "owner" })),
    ] {
        noc.ask(&session, method, path, &body).await.assert_refused(403, "forbidden", None);
    }
    noc.ask(&session, "PUT", &to_viewer, &json!({ "role": "admin" })).await.assert_status(200);
    assert_eq!(noc.role_of("viewer@noc.test").await, "admin");
}

#[tokio::test]
async fn a_member_who_has_become_another_or_has_left_meanwhile_is_not_changed() {
    for (meanwhile, method) in [
        ("UPDATE members SET role = 'owner'", "PUT"),
        ("UPDATE members SET role = 'owner'", "DELETE"),
        ("DELETE FROM members", "PUT"),
    ] {
        let noc = TestApp::new();
        let admin = noc.person("admin", FIRST, "", "admin").await;
        let other = noc.person("other", FIRST, "", "admin").await;
        let session = noc.session(&admin, FIRST, true).await;
        // It happens between what was read and what is written.
        noc.in_the_database(&format!(
            "CREATE TRIGGER meanwhile AFTER INSERT ON audit_events BEGIN {meanwhile} WHERE user_id = '{other}'; END"
        ))
        .await;
        let body = if method == "PUT" { json!({ "role": "viewer" }) } else { Value::Null };
        let answer = noc.ask(&session, method, &format!("/api/members/{other}"), &body).await;
        assert_eq!(answer.status.as_u16(), 409, "{meanwhile}, {method}: {}", answer.text());
        assert_eq!(noc.role_of("other@noc.test").await, "admin");
    }
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let ada = "/api/members/prn_000000000000000000000001";
    let viewer = json!({ "role": "viewer" });
    noc.ask(&owner, "PUT", ada, &viewer).await.assert_refused(409, "last_owner", None);
    noc.ask(&owner, "DELETE", ada, &Value::Null).await.assert_refused(409, "last_owner", None);
    noc.person("second", FIRST, "", "owner").await;
    noc.ask(&owner, "PUT", ada, &viewer).await.assert_status(200);
    let rows = noc.rows("SELECT role FROM members WHERE user_id = 'prn_000000000000000000000001'").await;
    assert_eq!(rows[0]["role"], "viewer");
}

#[tokio::test]
async fn with_a_member_their_sessions_and_tokens_leave() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let grace = noc.person("grace", FIRST, "", "operator").await;
    let (session, token) = (
        noc.session(&grace, FIRST, true).await,
        noc.token(&grace, FIRST, &[noc_shared::access::Scope::ServersRead]).await,
    );
    noc.ask(&owner, "DELETE", &format!("/api/members/{grace}"), &Value::Null).await.assert_status(204);
    for who in [session, token] {
        noc.ask(&who, "GET", "/api/servers", &Value::Null).await.assert_refused(401, "unauthorized", None);
    }
    assert_eq!(noc.rows(&format!("SELECT id FROM tokens WHERE created_by = '{grace}'")).await.len(), 0);
}

#[tokio::test]
async fn roles_in_projects_are_given_and_shown() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let grace = noc.person("grace", FIRST, "", "operator").await;
    let path = format!("/api/members/{grace}");
    for (body, field) in [
        (json!({}), "role"),
        (json!({ "projects": [{ "project": "nowhere", "role": "viewer" }] }), "projects"),
        (
            json!({ "projects": [
                { "project": "default", "role": "viewer" }, { "project": "default", "role": "owner" }] }),
            "projects",
        ),
    ] {
        noc.ask(&owner, "PUT", &path, &body).await.assert_refused(422, "invalid_field", Some(field));
    }
    let body = json!({ "projects": [{ "project": "default", "role": "viewer" }] });
    let member = noc.ask(&owner, "PUT", &path, &body).await.assert_status(200);
    assert_eq!((&member["role"], &member["projects"]), (&Value::Null, &body["projects"]));
    let session = noc.session(&grace, FIRST, true).await;
    noc.ask(&session, "GET", "/api/servers", &Value::Null).await.assert_status(200);
    noc.ask(&session, "GET", "/api/ssh-keys", &Value::Null).await.assert_refused(403, "forbidden", None);
}
