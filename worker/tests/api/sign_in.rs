//! From something that shows who somebody is to a session, and what becomes of it.

use noc_worker::keys::sha256_hex;
use serde_json::{Value, json};

use crate::support::{As, FIRST, ORIGIN, OTHER, TestApp, json_request};

const BOOTSTRAP: &str = "0123456789abcdef0123456789abcdef";
const CREDENTIAL: &str = "fedcba9876543210fedcba9876543210";

/// A NOC that nobody has signed in to yet.
async fn new() -> TestApp {
    let noc = TestApp::with(noc_simulator::Settings::default(), |name, value| match name {
        "NOC_BOOTSTRAP_TOKEN" => Some(BOOTSTRAP.to_owned()),
        "NOC_BREAK_GLASS_SHA256" => Some(sha256_hex(CREDENTIAL.as_bytes())),
        _ => value,
    });
    for sql in [
        "DELETE FROM tokens",
        "DELETE FROM members",
        "DELETE FROM users WHERE id = 'prn_000000000000000000000001'",
    ] {
        noc.in_the_database(sql).await;
    }
    noc
}

fn ada() -> Value {
    json!({ "token": BOOTSTRAP, "email": "Ada@Noc.test", "name": "Ada" })
}

async fn who(noc: &TestApp, who: &As) -> Value {
    noc.ask(who, "GET", "/api/session", &Value::Null).await.assert_status(200)
}

#[tokio::test]
async fn the_bootstrap_token_makes_the_first_owner_once() {
    let noc = new().await;
    let ways = noc.ask(&As::Nobody, "GET", "/api/sign-in", &Value::Null).await.assert_status(200);
    assert_eq!((&ways["bootstrap"], &ways["break_glass"]), (&json!(true), &json!(true)));
    let mut wrong = ada();
    wrong["token"] = json!("0123456789abcdef0123456789abcdee");
    let answer = noc.ask(&As::Nobody, "POST", "/api/sign-in/bootstrap", &wrong).await;
    answer.assert_refused(401, "unauthorized", None);
    let session = noc.sign_in("bootstrap", &ada()).await;
    let me = who(&noc, &session).await;
    assert_eq!((&me["email"], &me["organization"]["role"]), (&json!("ada@noc.test"), &json!("owner")));
    assert!(me["proven_until"].is_string(), "{me:#}");
    let again = noc.ask(&As::Nobody, "POST", "/api/sign-in/bootstrap", &ada()).await;
    again.assert_refused(401, "unauthorized", None);
    let ways = noc.ask(&As::Nobody, "GET", "/api/sign-in", &Value::Null).await.json();
    assert_eq!(ways["bootstrap"], false);
    let audit = noc.ask(&session, "GET", "/api/audit", &Value::Null).await.json();
    assert_eq!(audit["events"][0]["action"], "sign_in.bootstrap");
    assert_eq!(audit["events"][0]["actor"]["session_id"], me["session"]["id"]);
}

#[tokio::test]
async fn of_two_who_bootstrap_at_once_one_is_the_first_owner() {
    let noc = new().await;
    let bootstrap = || async { noc.ask(&As::Nobody, "POST", "/api/sign-in/bootstrap", &ada()).await };
    let (one, other) = tokio::join!(bootstrap(), bootstrap());
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses == [204, 401] || statuses == [204, 409], "{statuses:?}");
    assert_eq!(noc.rows("SELECT id FROM sessions").await.len(), 1);
}

#[tokio::test]
async fn the_break_glass_credential_signs_in_for_an_hour_and_nobody_misses_it() {
    let noc = new().await;
    for wrong in ["", "x", &CREDENTIAL[1..], &sha256_hex(CREDENTIAL.as_bytes())] {
        let answer =
            noc.ask(&As::Nobody, "POST", "/api/sign-in/break-glass", &json!({ "credential": wrong })).await;
        answer.assert_refused(401, "unauthorized", None);
    }
    let owner = noc.sign_in("bootstrap", &ada()).await;
    assert_eq!(who(&noc, &owner).await["break_glass_used_at"], Value::Null);
    let session = noc.sign_in("break-glass", &json!({ "credential": CREDENTIAL })).await;
    let me = who(&noc, &session).await;
    assert_eq!((&me["name"], &me["organization"]["role"]), (&json!("break-glass"), &json!("owner")));
    let destroy = json!({ "confirm": "DESTROY" });
    let answer = noc.ask(&session, "DELETE", "/api/servers/nowhere", &destroy).await;
    answer.assert_refused(404, "not_found", None);
    assert!(who(&noc, &owner).await["break_glass_used_at"].is_string());
    assert!(noc.log.all().contains("the break-glass credential was used"));
    let audit = noc.ask(&owner, "GET", "/api/audit?action=sign_in.break_glass", &Value::Null).await.json();
    assert_eq!(audit["events"].as_array().unwrap().len(), 1);
    // It is nobody's member, so that nobody can take it away or wonder who that is.
    assert_eq!(
        noc.ask(&owner, "GET", "/api/members", &Value::Null).await.json()["members"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    noc.skip(3_600_000);
    noc.ask(&session, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn without_a_credential_that_is_set_nothing_breaks_the_glass() {
    let noc = TestApp::new();
    for credential in ["", "0", &"0".repeat(64)] {
        let body = json!({ "credential": credential });
        let answer = noc.ask(&As::Nobody, "POST", "/api/sign-in/break-glass", &body).await;
        answer.assert_refused(401, "unauthorized", None);
        let mut body = ada();
        body["token"] = json!(credential);
        let answer = noc.ask(&As::Nobody, "POST", "/api/sign-in/bootstrap", &body).await;
        answer.assert_refused(401, "unauthorized", None);
    }
}

#[tokio::test]
async fn a_link_signs_in_once_and_ends_with_the_session_that_made_it() {
    let noc = new().await;
    let owner = noc.sign_in("bootstrap", &ada()).await;
    let made = noc.ask(&owner, "POST", "/api/session/links", &Value::Null).await.assert_status(201);
    let url = made["url"].as_str().unwrap();
    let (page, link) = url.split_once("#link=").unwrap();
    assert_eq!(page, format!("{ORIGIN}/sign-in"));
    let session = noc.sign_in("link", &json!({ "link": link })).await;
    let (first, second) = (who(&noc, &owner).await, who(&noc, &session).await);
    assert_eq!(first["principal_id"], second["principal_id"]);
    assert_eq!(first["session"]["expires_at"], second["session"]["expires_at"]);
    assert_eq!(second["proven_until"], Value::Null);
    let again = noc.ask(&As::Nobody, "POST", "/api/sign-in/link", &json!({ "link": link })).await;
    again.assert_refused(401, "unauthorized", None);
    let late = noc.ask(&owner, "POST", "/api/session/links", &Value::Null).await.json();
    noc.skip(600_000);
    let link = late["url"].as_str().unwrap().split_once('=').unwrap().1.to_owned();
    let late = noc.ask(&As::Nobody, "POST", "/api/sign-in/link", &json!({ "link": link })).await;
    late.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn what_a_session_has_begun_ends_with_it_and_is_no_younger() {
    let noc = new().await;
    let owner = noc.sign_in("bootstrap", &ada()).await;
    let made = async |who: &As| {
        let made = noc.ask(who, "POST", "/api/session/links", &Value::Null).await.assert_status(201);
        made["url"].as_str().unwrap().split_once('=').unwrap().1.to_owned()
    };
    noc.skip(600_000);
    // Somebody has taken the session, and has it vouch for others: by none of them they get a way in that lasts.
    let stolen = noc.sign_in("link", &json!({ "link": made(&owner).await })).await;
    let further = noc.sign_in("link", &json!({ "link": made(&stolen).await })).await;
    for session in [&owner, &stolen, &further] {
        for path in ["/api/second-factor/codes", "/api/passkeys/challenge", "/api/sign-in/oidc/oidc/link"] {
            let refused = noc.ask(session, "POST", path, &Value::Null).await;
            refused.assert_refused(403, "second_factor_required", None);
        }
    }
    let unopened = made(&further).await;
    let id = who(&noc, &stolen).await["session"]["id"].as_str().unwrap().to_owned();
    noc.ask(&owner, "DELETE", &format!("/api/sessions/{id}"), &Value::Null).await.assert_status(204);
    for session in [&stolen, &further] {
        noc.ask(session, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
    }
    let opened = noc.ask(&As::Nobody, "POST", "/api/sign-in/link", &json!({ "link": unopened })).await;
    opened.assert_refused(401, "unauthorized", None);
    who(&noc, &owner).await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_revoked_idle_or_old() {
    let noc = new().await;
    let owner = noc.sign_in("bootstrap", &ada()).await;
    let link = noc.ask(&owner, "POST", "/api/session/links", &Value::Null).await.json();
    let link = link["url"].as_str().unwrap().split_once('=').unwrap().1.to_owned();
    let other = noc.sign_in("link", &json!({ "link": link })).await;
    let listed = noc.ask(&owner, "GET", "/api/sessions", &Value::Null).await.assert_status(200);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
    let id = who(&noc, &other).await["session"]["id"].as_str().unwrap().to_owned();
    noc.ask(&owner, "DELETE", &format!("/api/sessions/{id}"), &Value::Null).await.assert_status(204);
    noc.ask(&other, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
    // It is used once a day for a month, and then no more.
    for _ in 0..29 {
        noc.skip(86_400_000);
        who(&noc, &owner).await;
    }
    noc.skip(86_400_000);
    noc.ask(&owner, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_takes_the_cookie() {
    let noc = new().await;
    let owner = noc.sign_in("bootstrap", &ada()).await;
    let answer = noc.ask(&owner, "DELETE", "/api/session", &Value::Null).await;
    answer.assert_status(204);
    assert!(answer.header("set-cookie").unwrap().contains("=; Path=/; Max-Age=0;"));
    noc.ask(&owner, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn somebody_in_two_organizations_switches_and_never_into_a_third() {
    let noc = TestApp::new();
    noc.other_organization().await;
    let grace = noc.person("grace", FIRST, "", "viewer").await;
    let session = noc.session(&grace, FIRST, true).await;
    let to_other = json!({ "organization_id": OTHER });
    let refused = noc.ask(&session, "PUT", "/api/session", &to_other).await;
    refused.assert_refused(404, "not_found", None);
    noc.in_the_database(&format!(
        "INSERT INTO members (organization_id, user_id, project_id, role, created_at)
         VALUES ('{OTHER}', '{grace}', '', 'admin', 0)"
    ))
    .await;
    let me = noc.ask(&session, "PUT", "/api/session", &to_other).await.assert_status(200);
    assert_eq!((&me["organization"]["id"], &me["organization"]["role"]), (&json!(OTHER), &json!("admin")));
    assert_eq!(me["organizations"].as_array().unwrap().len(), 2);
    assert_eq!(who(&noc, &session).await["organization"]["id"], OTHER);
    // Where it acts already there is nothing to do, and nothing to write down, however often that is asked.
    let events = async || noc.rows("SELECT COUNT(*) AS count FROM audit_events").await[0]["count"].clone();
    let before = events().await;
    noc.ask(&session, "PUT", "/api/session", &to_other).await.assert_status(200);
    assert_eq!(events().await, before);
}

#[tokio::test]
async fn a_session_that_hides_behind_a_hundred_others_is_ended_all_the_same() {
    let noc = TestApp::new();
    let mary = noc.person("mary", FIRST, "", "owner").await;
    let stolen = noc.session(&mary, FIRST, true).await;
    noc.skip(1_000);
    let hers = noc.session(&mary, FIRST, true).await;
    let id = who(&noc, &stolen).await["session"]["id"].as_str().unwrap().to_owned();
    for _ in 0..120 {
        noc.session(&mary, FIRST, false).await;
    }
    let end = format!("/api/sessions/{id}");
    noc.ask(&hers, "DELETE", &end, &Value::Null).await.assert_status(204);
    noc.ask(&stolen, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
    let other = noc.person("other", FIRST, "", "viewer").await;
    let others = noc.session(&other, FIRST, false).await;
    noc.ask(&hers, "DELETE", "/api/sessions", &Value::Null).await.assert_status(204);
    let left = noc.ask(&hers, "GET", "/api/sessions", &Value::Null).await.json();
    assert_eq!(left["sessions"].as_array().unwrap().len(), 1);
    who(&noc, &others).await;
}

#[tokio::test]
async fn whoever_broke_the_glass_is_out_when_the_credential_is_replaced() {
    let noc = new().await;
    let session = noc.sign_in("break-glass", &json!({ "credential": CREDENTIAL })).await;
    who(&noc, &session).await;
    let kept = noc.rows("SELECT credential FROM sessions").await[0]["credential"].clone();
    assert_ne!(kept, json!(sha256_hex(CREDENTIAL.as_bytes())), "the digest is a secret");
    // As it is when the one that is configured is another one.
    noc.in_the_database("UPDATE sessions SET credential = 'another one'").await;
    noc.ask(&session, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn members_of_the_parent_act_in_the_child_only_as_far_as_was_granted() {
    let noc = TestApp::new();
    noc.other_organization().await;
    noc.in_the_database(&format!("UPDATE organizations SET parent_id = '{FIRST}' WHERE id = '{OTHER}'"))
        .await;
    let (owner, viewer) =
        (noc.person("owner", FIRST, "", "owner").await, noc.person("viewer", FIRST, "", "viewer").await);
    let session = noc.session(&owner, FIRST, true).await;
    let to_child = json!({ "organization_id": OTHER });
    noc.ask(&session, "PUT", "/api/session", &to_child).await.assert_refused(404, "not_found", None);
    let child = noc.person("child", OTHER, "", "owner").await;
    let child = noc.session(&child, OTHER, true).await;
    let grant = json!({ "role": "operator" });
    noc.ask(&child, "PUT", "/api/organization/grant", &grant).await.assert_status(200);
    for (who, role) in [(&owner, "operator"), (&viewer, "viewer")] {
        let session = noc.session(who, FIRST, true).await;
        let me = noc.ask(&session, "PUT", "/api/session", &to_child).await.assert_status(200);
        assert_eq!(me["organization"]["role"], role);
    }
    let none = noc.ask(&child, "DELETE", "/api/organization/grant", &Value::Null).await.assert_status(200);
    assert_eq!(none["granted"], Value::Null);
    let session = noc.session(&owner, OTHER, true).await;
    noc.ask(&session, "GET", "/api/session", &Value::Null).await.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn whoever_guesses_at_any_way_in_is_slowed_by_their_address_and_nobody_else_is() {
    let noc = new().await;
    let guess = async |way: &str, body: Value, address: &str| {
        let request = json_request(http::Method::POST, &format!("/api/sign-in/{way}"));
        let request = request.header("cf-connecting-ip", address);
        noc.send_bare(request, body.to_string()).await
    };
    // What is no link at all is no attempt.
    let issued = noc_worker::access::Bearer::Link.issue(&*noc.app.random);
    let link = json!({ "link": issued.secret.expose() });
    let ways = [
        ("link", link.clone()),
        ("break-glass", json!({ "credential": "x" })),
        ("invitation", json!({ "invitation": "x", "name": "Eve" })),
        ("bootstrap", json!({ "token": "x", "email": "eve@noc.test", "name": "Eve" })),
    ];
    for number in 0..11 {
        let (way, body) = ways[number % ways.len()].clone();
        let answer = guess(way, body, "203.0.113.7").await;
        assert!([401, 404].contains(&answer.status.as_u16()), "{way}: {}", answer.text());
    }
    for (way, body) in ways.clone() {
        let slowed = guess(way, body, "203.0.113.7").await;
        slowed.assert_refused(429, "too_many_attempts", None);
        assert_eq!(slowed.header("retry-after"), Some("2"));
    }
    guess("link", json!({ "link": "x" }), "203.0.113.7").await.assert_refused(401, "unauthorized", None);
    guess("link", link.clone(), "203.0.113.8").await.assert_refused(401, "unauthorized", None);
    noc.skip(2_000);
    guess("link", link, "203.0.113.7").await.assert_refused(401, "unauthorized", None);
}
