//! The gate, asked on every route that there is: the routes come from the list that the router is made of, so that one that
//! is added tomorrow is asked too.

use noc_shared::access::{Role, Scope};
use noc_worker::{
    api::{Proof, Requires, Route},
    app,
};
use serde_json::{Value, json};

use crate::{
    applications::{TEMPLATE, own},
    passkeys::made,
    support::{As, Authenticator, FIRST, OTHER, Signer, TestApp, deploy_body},
    token_rules::rule,
};

const OWNER: &str = "prn_000000000000000000000001";

/// Routes that somebody has to show who they are for.
pub(crate) fn guarded() -> Vec<Route> {
    let is_open = |route: &Route| matches!(route.requires, Requires::Nothing(_) | Requires::Agent);
    app::routes().into_iter().filter(|route| !is_open(route)).collect()
}

pub(crate) fn scope_of(route: &Route) -> Option<Scope> {
    match route.requires {
        Requires::Scope(scope) | Requires::InProject(scope) => Some(scope),
        _ => None,
    }
}

fn is_change(route: &Route) -> bool {
    route.method != http::Method::GET
}

/// What is asked for, with the things that are named so.
pub(crate) fn path(route: &Route, things: &Things) -> String {
    let id = match route.path.split('/').nth(2).unwrap_or_default() {
        "deployments" => &things.deployment,
        "orphans" => &things.orphan,
        "members" => &things.member,
        "invitations" => &things.invitation,
        "tokens" => &things.token,
        "sessions" => &things.session,
        "passkeys" => &things.passkey,
        "identities" => &things.identity,
        "sign-in" => "nowhere",
        _ => "",
    };
    let name = match route.path.split('/').nth(2).unwrap_or_default() {
        "servers" => &things.server,
        _ => &things.name,
    };
    let path = route.path.replace("{id}", id).replace("{name}", name);
    assert!(!path.contains(['{', '}']) && !path.ends_with('/'), "{path}: say here what it is about");
    path
}

/// A body that the route takes.
pub(crate) fn body(route: &Route) -> Value {
    match (route.method.as_str(), route.path) {
        ("GET", _) => Value::Null,
        ("DELETE", "/api/servers/{name}") => json!({ "confirm": "DESTROY" }),
        ("POST", "/api/deploy") => deploy_body("bravo"),
        ("POST", "/api/applications/{name}/render") => json!({ "server_name": "bravo", "branch": "master" }),
        ("POST", "/api/servers/{name}/commands") => json!({ "command": "collect_diagnostics" }),
        ("POST", "/api/orphans/{id}/adopt") => json!({ "branch": "master" }),
        ("PUT", "/api/drift/policies") => json!({ "policies": {} }),
        ("PUT", "/api/applications/{name}") => own(TEMPLATE),
        ("PUT", "/api/ssh-keys/{name}") => {
            json!({ "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD" })
        }
        ("PUT", "/api/projects/{name}") => {
            json!({ "environments": { "production": "org-0000000000000000000000ff-prod" } })
        }
        ("PUT", "/api/organization/grant") => json!({ "role": "viewer" }),
        ("POST", "/api/organizations") => json!({ "name": "another" }),
        ("PUT", "/api/tokens/rules/{name}") => rule(),
        ("PUT", "/api/members/{id}") => json!({ "role": "viewer" }),
        _ => json!({}),
    }
}

/// Things of an organization, one of each kind.
#[derive(Clone, Debug)]
pub(crate) struct Things {
    server: String,
    name: String,
    deployment: String,
    orphan: String,
    member: String,
    invitation: String,
    token: String,
    session: String,
    passkey: String,
    identity: String,
}

impl Things {
    /// Things that are nowhere.
    pub(crate) fn missing() -> Self {
        let id = |prefix: &str| format!("{prefix}_{}", "e".repeat(24));
        Self {
            server: "nowhere".to_owned(),
            name: "nowhere".to_owned(),
            deployment: id("dep"),
            orphan: id("orp"),
            member: id("prn"),
            invitation: id("inv"),
            token: id("prn"),
            session: id("ses"),
            passkey: id("pky"),
            identity: id("idn"),
        }
    }

    /// Makes one of each in the first organization.
    async fn made(noc: &TestApp) -> Self {
        noc.deploy_active("alpha").await;
        noc.make_droplet("lost", &["noc", "noc-server:srv_0123456789abcdef01234567"]);
        noc.pass(4 * 3_600_000).await;
        noc.sweep().await;
        noc.put("/api/applications/ours", &own(TEMPLATE)).await.assert_status(200);
        let key = json!({ "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD" });
        noc.put("/api/ssh-keys/ours", &key).await;
        let environments = json!({ "environments": { "production": "prod" } });
        noc.put("/api/projects/ours", &environments).await.assert_status(200);
        let invitation =
            noc.post("/api/invitations", &json!({ "email": "eve@noc.test", "role": "viewer" })).await;
        let deployments = noc.get("/api/deployments").await.json();
        let member = noc.person("grace", FIRST, "", "viewer").await;
        let session = noc.session(&member, FIRST, false).await;
        let sessions = noc.rows("SELECT id FROM sessions").await;
        let passkey = made(noc, &session, &Authenticator::new(Signer::ed25519())).await;
        let identity = noc.has_identity(&member, &session, "https://id.test").await;
        let owner = noc.session(OWNER, FIRST, true).await;
        noc.ask(&owner, "PUT", "/api/tokens/rules/ours", &rule()).await.assert_status(200);
        noc.token(&member, FIRST, &[Scope::ServersRead]).await;
        let tokens = noc.get("/api/tokens").await.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            server: "alpha".to_owned(),
            name: "ours".to_owned(),
            deployment: text(&deployments["deployments"][0]["id"]),
            orphan: noc.orphans().await[0]["id"].as_str().unwrap().to_owned(),
            member,
            invitation: text(&invitation.assert_status(201)["invitation"]["id"]),
            token: text(&tokens["tokens"][0]["id"]),
            session: sessions[0]["id"].as_str().unwrap().to_owned(),
            passkey: text(&passkey["id"]),
            identity,
        }
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_credential_that_works() {
    let noc = TestApp::new();
    let ended = |session: &str, sql: &str| (session.to_owned(), sql.to_owned());
    let person = noc.person("grace", FIRST, "", "owner").await;
    let mut credentials = vec![
        As::Nobody,
        As::Token("x".to_owned()),
        As::Token(format!("noc_{}", "0".repeat(72))),
        As::Session("x".to_owned()),
    ];
    for (_, sql) in [
        ended("expired", "UPDATE sessions SET expires_at = 1"),
        ended("idle", "UPDATE sessions SET seen_at = seen_at - 604800001 WHERE expires_at > 1"),
        ended("revoked", "DELETE FROM sessions WHERE expires_at > 1 AND seen_at > 1799999000000"),
    ] {
        credentials.push(noc.session(&person, FIRST, true).await);
        noc.in_the_database(&sql).await;
    }
    for sql in [
        "UPDATE tokens SET expires_at = 1 WHERE name = 'script'",
        "DELETE FROM tokens WHERE name = 'script' AND expires_at > 1",
    ] {
        credentials.push(noc.token(&person, FIRST, &Scope::ALL).await);
        noc.in_the_database(sql).await;
    }
    // Somebody who has left, and what they have made.
    let gone = noc.person("gone", FIRST, "", "owner").await;
    credentials.push(noc.session(&gone, FIRST, true).await);
    noc.in_the_database(&format!("DELETE FROM members WHERE user_id = '{gone}'")).await;
    for route in guarded() {
        let path = path(&route, &Things::missing());
        for credential in &credentials {
            let answer = noc.ask(credential, route.method.as_str(), &path, &body(&route)).await;
            let told = answer.assert_refused(401, "unauthorized", None);
            assert_eq!(
                told["error"]["message"],
                "sign in, or send a token that works as `Authorization: Bearer noc_…`",
                "{credential:?} at {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_its_maker_may_and_nothing_else() {
    let noc = TestApp::new();
    let viewer = noc.person("viewer", FIRST, "", "viewer").await;
    for route in guarded() {
        let path = path(&route, &Things::missing());
        let method = route.method.as_str();
        let Some(scope) = scope_of(&route) else {
            if route.requires != Requires::SignedIn {
                let token = noc.token(OWNER, FIRST, &Scope::ALL).await;
                noc.ask(&token, method, &path, &body(&route)).await.assert_refused(403, "forbidden", None);
            }
            continue;
        };
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        let without = noc.token(OWNER, FIRST, &others).await;
        noc.ask(&without, method, &path, &body(&route)).await.assert_refused(403, "forbidden", None);
        let of_viewer = noc.token(&viewer, FIRST, &Scope::ALL).await;
        let answer = noc.ask(&of_viewer, method, &path, &body(&route)).await;
        assert_eq!(answer.status == 403, !Role::Viewer.has(scope), "{method} {path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_a_sensitive_act_takes_the_second_factor() {
    let noc = TestApp::new();
    let viewer = noc.person("viewer", FIRST, "", "viewer").await;
    let owner = noc.person("owner", FIRST, "", "owner").await;
    for route in guarded() {
        let path = path(&route, &Things::missing());
        let method = route.method.as_str();
        let (seen, unproven) =
            (noc.session(&viewer, FIRST, true).await, noc.session(&owner, FIRST, false).await);
        if let Some(scope) = scope_of(&route) {
            let answer = noc.ask(&seen, method, &path, &body(&route)).await;
            assert_eq!(answer.status == 403, !Role::Viewer.has(scope), "{method} {path}");
            assert!(
                !is_change(&route) || answer.status == 403 || method == "POST" && path.ends_with("/render")
            );
        }
        let is_sensitive = match route.requires {
            Requires::Session(proof) => proof == Proof::Factor,
            _ => scope_of(&route).is_some_and(Scope::is_sensitive),
        };
        let answer = noc.ask(&unproven, method, &path, &body(&route)).await;
        let is_refused = answer.text().contains("second_factor_required");
        assert_eq!(is_refused, is_sensitive, "{method} {path}: {}", answer.text());
        assert!(!is_refused || answer.status == 403);
    }
}

#[tokio::test]
async fn the_second_factor_counts_for_ten_minutes() {
    let noc = TestApp::new();
    let owner = noc.person("owner", FIRST, "", "owner").await;
    let session = noc.session(&owner, FIRST, true).await;
    let path = "/api/servers/nowhere";
    let destroy = json!({ "confirm": "DESTROY" });
    noc.skip(599_000);
    noc.ask(&session, "DELETE", path, &destroy).await.assert_refused(404, "not_found", None);
    noc.skip(1_000);
    noc.ask(&session, "DELETE", path, &destroy).await.assert_refused(403, "second_factor_required", None);
}

#[tokio::test]
async fn what_a_page_of_somebody_else_sends_changes_nothing() {
    let noc = TestApp::new();
    let owner = noc.person("owner", FIRST, "", "owner").await;
    for route in app::routes().into_iter().filter(is_change) {
        if route.requires == Requires::Agent {
            continue;
        }
        let path = if route.path.starts_with("/api/sign-in") || route.path.starts_with("/api/faults") {
            route.path.to_owned()
        } else {
            path(&route, &Things::missing())
        };
        let is_open = matches!(route.requires, Requires::Nothing(_));
        for origin in [None, Some("https://evil.test"), Some("null"), Some("http://noc.test")] {
            // Somebody who is not signed in yet is in danger only if a browser says where it comes from.
            if is_open && origin.is_none() {
                continue;
            }
            let session = noc.session(&owner, FIRST, true).await;
            let answer = noc.ask_from(origin, &session, route.method.as_str(), &path, &body(&route)).await;
            answer.assert_refused(403, "forbidden", None);
        }
    }
}

#[tokio::test]
async fn a_thing_of_another_organization_does_not_exist() {
    let noc = TestApp::new();
    let (things, missing) = (Things::made(&noc).await, Things::missing());
    noc.other_organization().await;
    let stranger = noc.person("stranger", OTHER, "", "owner").await;
    let token = noc.token(&stranger, OTHER, &Scope::ALL).await;
    let ledger = noc.simulator.ledger();
    // The first use of a token is written down, which is a query more.
    noc.ask(&token, "GET", "/api/session", &Value::Null).await.assert_status(200);
    let (about_one, others): (Vec<_>, Vec<_>) =
        guarded().into_iter().partition(|route| route.path.contains('{'));
    // The lists go first: what is done below stands in the stranger's own audit.
    for route in others.into_iter().chain(about_one) {
        let who = match route.requires {
            Requires::Session(_) => noc.session(&stranger, OTHER, true).await,
            // Only a person can keep a rule for tokens.
            _ if route.path.starts_with("/api/tokens/rules") => noc.session(&stranger, OTHER, true).await,
            _ => token.clone(),
        };
        let method = route.method.as_str();
        if !route.path.contains('{') {
            if is_change(&route) {
                continue;
            }
            let answer = noc.ask(&who, method, route.path, &Value::Null).await;
            for theirs in
                [&things.deployment, &things.orphan, &things.invitation, &things.member, "alpha", "ours"]
            {
                assert!(!answer.text().contains(theirs), "{} shows {theirs}", route.path);
            }
            continue;
        }
        // Whoever keeps something under a name keeps it in their own organization.
        if method == "PUT" && route.path.ends_with("{name}") {
            let answer = noc.ask(&who, method, &path(&route, &things), &body(&route)).await;
            assert!(answer.status.is_success(), "{}: {}", route.path, answer.text());
            continue;
        }
        // What was kept there above is taken away again, which leaves nothing to find.
        if method == "DELETE" && route.path.ends_with("{name}") {
            noc.ask(&who, method, &path(&route, &things), &body(&route)).await;
        }
        let mut told = Vec::new();
        for things in [&things, &missing] {
            let before = noc.requests();
            let answer = noc.ask(&who, method, &path(&route, things), &body(&route)).await;
            let mut refusal = answer.assert_refused(404, "not_found", None);
            refusal["error"]["request_id"] = Value::Null;
            told.push((refusal, noc.requests() - before));
        }
        assert_eq!(told[0], told[1], "{method} {}", route.path);
    }
    assert_eq!(noc.simulator.ledger(), ledger);
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "unreachable");
    assert_eq!(noc.get("/api/ssh-keys").await.json()["ssh_keys"][0]["name"], "ours");
    assert_eq!(noc.role_of("grace@noc.test").await, "viewer");
}

#[tokio::test]
async fn a_role_in_one_project_reaches_nothing_in_another() {
    let noc = TestApp::new();
    let things = Things::made(&noc).await;
    let project = "prj_0000000000000000000000bb";
    noc.in_the_database(&format!(
        "INSERT INTO projects (id, organization_id, name, created_at) VALUES ('{project}', '{FIRST}', 'second', 0)"
    ))
    .await;
    let outside = noc.person("outside", FIRST, project, "owner").await;
    let inside = noc.person("inside", FIRST, "prj_000000000000000000000001", "viewer").await;
    for route in guarded() {
        let (method, path) = (route.method.as_str(), path(&route, &things));
        let who = noc.session(&outside, FIRST, true).await;
        match route.requires {
            Requires::Scope(_) => {
                noc.ask(&who, method, &path, &body(&route)).await.assert_refused(403, "forbidden", None);
            }
            Requires::InProject(_) if route.path == "/api/deploy" => {
                let answer = noc.ask(&who, method, &path, &body(&route)).await;
                answer.assert_refused(422, "invalid_field", Some("project"));
            }
            Requires::InProject(_) => {
                let answer = noc.ask(&who, method, &path, &body(&route)).await;
                let is_hidden = answer.status == 404 || !answer.text().contains("alpha");
                assert!(is_hidden, "{method} {path}: {}", answer.text());
                let who = noc.session(&inside, FIRST, true).await;
                let answer = noc.ask(&who, method, &path, &body(&route)).await;
                let expected = if is_change(&route) { 403 } else { 200 };
                assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text());
            }
            _ => {}
        }
    }
}

#[test]
fn every_route_that_changes_something_is_audited_under_one_name() {
    for route in app::routes() {
        // A challenge is asked for and leaves nothing behind, and who leaves for a provider may not come back.
        let shows = ["/api/applications/{name}/render", "/api/agents/report", "/api/sign-in/oidc/{id}/link"]
            .contains(&route.path)
            || route.path.ends_with("/challenge");
        // A browser that is led back to NOC can only read, and is signed in nevertheless.
        let leads = ["/api/sign-in/access", "/api/sign-in/oidc/{id}/callback"].contains(&route.path);
        let in_tests = route.path.starts_with("/api/faults");
        let is_audited = !route.operation.audits.is_empty();
        let expected = leads || is_change(&route) && !shows && !in_tests;
        assert_eq!(is_audited, expected, "{} {}", route.method, route.path);
    }
}
