//! Organizations and their projects.

use noc_shared::access::Scope;
use serde_json::{Value, json};

use crate::{
    access::{Things, body, guarded, path, scope_of},
    support::{FIRST, OTHER, TestApp, deploy_body},
};

const OWNER: &str = "prn_000000000000000000000001";

#[tokio::test]
async fn who_makes_an_organization_owns_it_and_finds_it_empty() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let session = noc.session(OWNER, FIRST, true).await;
    let body = json!({ "name": "Customer", "is_child": true });
    let made = noc.ask(&session, "POST", "/api/organizations", &body).await.assert_status(201);
    assert_eq!((&made["parent_id"], &made["granted"]), (&json!(FIRST), &Value::Null));
    let switch = json!({ "organization_id": made["id"] });
    let me = noc.ask(&session, "PUT", "/api/session", &switch).await.assert_status(200);
    assert_eq!(me["organization"]["role"], "owner");
    for (path, list) in
        [("/api/servers", "servers"), ("/api/projects", "projects"), ("/api/tokens", "tokens")]
    {
        let listed = noc.ask(&session, "GET", path, &Value::Null).await.assert_status(200);
        assert_eq!(listed[list], json!([]), "{path}");
    }
    // The same name is free there, but a server needs a project of the organization's own.
    let answer = noc.ask(&session, "POST", "/api/deploy", &deploy_body("alpha")).await;
    answer.assert_refused(422, "invalid_field", Some("project"));
}

#[tokio::test]
async fn another_organization_names_no_secrets_but_its_own() {
    let noc = TestApp::new();
    noc.other_organization().await;
    let stranger = noc.person("stranger", OTHER, "", "owner").await;
    let session = noc.session(&stranger, OTHER, true).await;
    for (secret_environment, is_taken) in [
        ("prod", false),
        ("org-000000000000000000000001-prod", false),
        ("org-0000000000000000000000ff-prod", true),
        ("org-0000000000000000000000ffprod", false),
    ] {
        let body = json!({ "environments": { "production": secret_environment } });
        let answer = noc.ask(&session, "PUT", "/api/projects/web", &body).await;
        assert_eq!(answer.status == 200, is_taken, "{secret_environment}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_project_is_kept_changed_and_goes_only_while_it_never_had_a_server() {
    let noc = TestApp::new();
    let body = |name: &str| json!({ "environments": { name: "prod" } });
    let first = noc.put("/api/projects/web", &body("production")).await.assert_status(200);
    let second = noc.put("/api/projects/web", &body("staging")).await.assert_status(200);
    assert_eq!((&first["id"], &second["environments"]), (&second["id"], &json!({ "staging": "prod" })));
    for (path, body) in [
        ("/api/projects/Web", body("production")),
        ("/api/projects/web", json!({ "environments": {} })),
        ("/api/projects/web", body("a b")),
        ("/api/projects/web", json!({ "environments": { "a": "../x" } })),
    ] {
        assert_eq!(noc.put(path, &body).await.status, 422, "{path}");
    }
    noc.delete("/api/projects/web", &json!({})).await.assert_status(204);
    noc.deploy_active("alpha").await;
    noc.delete("/api/projects/default", &json!({})).await.assert_refused(409, "not_empty", None);
    noc.destroy("alpha").await.assert_status(200);
    noc.delete("/api/projects/default", &json!({})).await.assert_refused(409, "changed_meanwhile", None);
}

/// A browser's tabs share a session: one of them switches, and another has not seen it.
#[tokio::test]
async fn what_a_page_of_another_organization_asks_for_is_refused_and_not_done_to_its_namesake() {
    let noc = TestApp::new();
    noc.other_organization().await;
    noc.deploy_active("alpha").await;
    let owner = noc.person("owner", FIRST, "", "owner").await;
    let viewer = noc.person("viewer", FIRST, "", "viewer").await;
    for route in guarded() {
        let (method, path, body) = (route.method.as_str(), path(&route, &Things::missing()), body(&route));
        let is_compared = scope_of(&route).is_some();
        for (said, is_refused) in
            [(FIRST, false), (OTHER, is_compared), ("", is_compared), ("org_nonsense", is_compared)]
        {
            // Some end the session that asks, or what it has proven.
            let session = noc.session(&owner, FIRST, true).await;
            let answer = noc.ask_within(said, &session, method, &path, &body).await;
            let told = answer.text().contains("other_organization");
            assert_eq!(told, is_refused, "{method} {path} of {said:?}: {}", answer.text());
            assert!(!told || answer.status == 409);
        }
        // Who lacks what it takes is told of the other organization first: the page is about that one.
        if is_compared {
            let session = noc.session(&viewer, FIRST, false).await;
            let answer = noc.ask_within(OTHER, &session, method, &path, &body).await;
            answer.assert_refused(409, "other_organization", None);
        }
    }
    let (session, destroy) = (noc.session(&owner, FIRST, true).await, json!({ "confirm": "DESTROY" }));
    let answer = noc.ask_within(OTHER, &session, "DELETE", "/api/servers/alpha", &destroy).await;
    answer.assert_refused(409, "other_organization", None);
    let shown = noc.get("/api/servers/alpha/status").await.assert_status(200);
    assert_eq!(shown["status"], "active");
    // A token has one organization, whatever is said of it.
    let token = noc.token(&owner, FIRST, &Scope::ALL).await;
    noc.ask_within(OTHER, &token, "GET", "/api/servers", &Value::Null).await.assert_status(200);
}
