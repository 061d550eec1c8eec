//! Tokens of scripts.

use serde_json::{Value, json};

use crate::support::{As, FIRST, TestApp};

const PATH: &str = "/api/tokens";

async fn owner(noc: &TestApp) -> As {
    let owner = noc.person("owner", FIRST, "", "owner").await;
    noc.session(&owner, FIRST, true).await
}

async fn make(noc: &TestApp, who: &As, body: &Value) -> (As, String) {
    let made = noc.ask(who, "POST", PATH, body).await.assert_status(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    (As::Token(secret), made["token"]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_is_out_when_it_is_revoked() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let (token, id) = make(&noc, &owner, &json!({ "name": "CI", "scopes": ["servers:read"] })).await;
    let As::Token(secret) = &token else { unreachable!() };
    noc.ask(&token, "GET", "/api/servers", &Value::Null).await.assert_status(200);
    let listed = noc.ask(&owner, "GET", PATH, &Value::Null).await;
    let tokens = listed.assert_status(200);
    let one = tokens["tokens"].as_array().unwrap().iter().find(|token| token["id"] == id.as_str()).unwrap();
    assert!(one["last_used_at"].is_string(), "{one:#}");
    assert!(!listed.text().contains(secret));
    for table in ["tokens", "audit_events", "principals"] {
        let rows = noc.rows(&format!("SELECT * FROM {table}")).await;
        assert!(!serde_json::to_string(&rows).unwrap().contains(secret), "{table}");
    }
    noc.ask(&owner, "DELETE", &format!("{PATH}/{id}"), &Value::Null).await.assert_status(204);
    noc.ask(&token, "GET", "/api/servers", &Value::Null).await.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn a_token_is_never_more_than_its_maker_is_now() {
    let noc = TestApp::new();
    let admin = noc.person("admin", FIRST, "", "admin").await;
    let session = noc.session(&admin, FIRST, true).await;
    let body = json!({ "name": "x", "scopes": ["grants:write"] });
    noc.ask(&session, "POST", PATH, &body).await.assert_refused(422, "invalid_field", Some("scopes"));
    let body = json!({ "name": "x", "scopes": ["audit:read", "servers:read"] });
    let (token, _) = make(&noc, &session, &body).await;
    noc.ask(&token, "GET", "/api/audit", &Value::Null).await.assert_status(200);
    noc.in_the_database(&format!("UPDATE members SET role = 'viewer' WHERE user_id = '{admin}'")).await;
    noc.ask(&token, "GET", "/api/audit", &Value::Null).await.assert_refused(403, "forbidden", None);
    noc.ask(&token, "GET", "/api/servers", &Value::Null).await.assert_status(200);
}

#[tokio::test]
async fn what_a_token_cannot_be_is_refused_with_the_field() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    let cases = [
        (json!({ "name": "", "scopes": ["servers:read"] }), "name"),
        (json!({ "name": "x", "scopes": [] }), "scopes"),
        (json!({ "name": "x", "scopes": ["servers:read"], "days": 0 }), "days"),
        (json!({ "name": "x", "scopes": ["servers:read"], "days": 366 }), "days"),
        (json!({ "name": "x", "scopes": ["servers:read"], "projects": [] }), "projects"),
        (json!({ "name": "x", "scopes": ["servers:read"], "projects": ["nowhere"] }), "projects"),
    ];
    for (body, field) in cases {
        noc.ask(&owner, "POST", PATH, &body).await.assert_refused(422, "invalid_field", Some(field));
    }
    // A token makes no tokens, whatever it may do.
    noc.post(PATH, &json!({ "name": "x", "scopes": ["servers:read"] })).await.assert_refused(
        403,
        "forbidden",
        None,
    );
}

#[tokio::test]
async fn a_token_of_one_project_sees_that_one_alone() {
    let noc = TestApp::new();
    let owner = owner(&noc).await;
    noc.deploy_active("alpha").await;
    noc.in_the_database(&format!(
        "INSERT INTO projects (id, organization_id, name, created_at)
         VALUES ('prj_0000000000000000000000bb', '{FIRST}', 'second', 0)"
    ))
    .await;
    for (project, seen) in [("default", 1), ("second", 0)] {
        let body = json!({ "name": "x", "scopes": ["servers:read"], "projects": [project] });
        let (token, _) = make(&noc, &owner, &body).await;
        let servers = noc.ask(&token, "GET", "/api/servers", &Value::Null).await.assert_status(200);
        assert_eq!(servers["servers"].as_array().unwrap().len(), seen, "{project}");
    }
}
