//! The audit: every change has its event, and no event, no change.

use noc_audit::{Broken, Found, Kept, Sealed, Verifier};
use noc_shared::{access::Scope, audit::AuditEvent, id::OrganizationId};
use serde_json::{Value, json};

use crate::applications::{TEMPLATE, own};
use crate::second_factor::shown;
use crate::support::{Authenticator, FIRST, OTHER, Signer, TestApp, deploy_body, json_request};
use crate::token_rules::rule;

/// Where heads are taken.
const TAKEN: &str = "https://archive.test/heads";

async fn events(noc: &TestApp, query: &str) -> Vec<Value> {
    let listed = noc.get(&format!("/api/audit{query}")).await.assert_status(200);
    listed["events"].as_array().unwrap().clone()
}

/// Routes that let somebody in, with what the audit calls it.
const SIGN_INS: [(&str, &str); 9] = [
    ("GET /api/sign-in/access", "sessions.begin"),
    ("GET /api/sign-in/oidc/{id}/callback", "sessions.begin"),
    ("POST /api/invitations/accept", "members.join"),
    ("POST /api/sign-in/bootstrap", "sign_in.bootstrap"),
    ("POST /api/sign-in/break-glass", "sign_in.break_glass"),
    ("POST /api/sign-in/invitation", "members.join"),
    ("POST /api/sign-in/link", "sessions.begin"),
    ("POST /api/sign-in/passkey", "sessions.begin"),
    ("POST /api/tokens/exchange", "tokens.exchange"),
];

/// A change: its route, its action, and what came of asking for it.
type Change = (&'static str, &'static str, u16);

/// Does everything that changes something once, as far as it can be done, and says what came of it.
async fn change_everything(noc: &TestApp, deployment: &str) -> Vec<Change> {
    let put = async |path: &str, body: Value| {
        noc.send(json_request(http::Method::PUT, path), body.to_string()).await
    };
    let cancel = format!("/api/deployments/{deployment}/cancel");
    let retry = format!("/api/deployments/{deployment}/retry");
    let orphans = noc.get("/api/orphans").await.json()["orphans"].as_array().unwrap().clone();
    let orphan = |kind: &str| {
        let one = orphans.iter().find(|one| one["kind"] == kind).unwrap();
        format!("/api/orphans/{}", one["id"].as_str().unwrap())
    };
    let grace = noc.person("grace", FIRST, "", "viewer").await;
    let ada = "prn_000000000000000000000001";
    let (session, _) = (noc.session(ada, FIRST, true).await, noc.session(ada, FIRST, true).await);
    noc.other_organization().await;
    let join = "INSERT OR IGNORE INTO members (organization_id, user_id, project_id, role, created_at)
                VALUES ('org_0000000000000000000000ff', 'prn_000000000000000000000001', '', 'viewer', 0)";
    noc.in_the_database(join).await;
    let elsewhere = noc.session(ada, OTHER, true).await;
    let by_person =
        async |method: &str, path: &str, body: Value| noc.ask(&session, method, path, &body).await;
    let sessions = by_person("GET", "/api/sessions", Value::Null).await.json();
    let is_other = |session: &&Value| session["is_current"] == false;
    let other = sessions["sessions"].as_array().unwrap().iter().find(is_other).unwrap();
    let other_session = format!("/api/sessions/{}", other["id"].as_str().unwrap());
    noc.token(ada, FIRST, &[Scope::ServersRead]).await;
    let tokens = noc.get("/api/tokens").await.json();
    let old_token = format!("/api/tokens/{}", tokens["tokens"][0]["id"].as_str().unwrap());
    let token = json!({ "name": "CI", "scopes": ["servers:read"] });
    let to_first = json!({ "organization_id": FIRST });
    let member = format!("/api/members/{grace}");
    let invite = json!({ "email": "eve@noc.test", "role": "viewer" });
    let invited = noc.post("/api/invitations", &invite).await;
    let invitation = match invited.json()["invitation"]["id"].as_str() {
        Some(id) => format!("/api/invitations/{id}"),
        None => "/api/invitations/none".to_owned(),
    };
    let invited = ("POST /api/invitations", "members.invite", invited);
    noc.in_the_database(
        "UPDATE organizations SET parent_id = 'org_0000000000000000000000ff' WHERE name = 'default'",
    )
    .await;
    let (grant, project, made) =
        ("/api/organization/grant", "/api/projects/mine", json!({ "name": "third" }));
    let environments = json!({ "environments": { "production": "prod" } });
    let application = own(TEMPLATE);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";
    let (ours, ssh_key) = ("/api/applications/ours", "/api/ssh-keys/me");
    let destroy = json!({ "confirm": "DESTROY" });
    // Hopper has an old passkey that proves who it is, and makes another one.
    let hopper = noc.person("hopper", FIRST, "", "owner").await;
    let (old_key, new_key) = (Authenticator::new(Signer::ed25519()), Authenticator::new(Signer::ed25519()));
    noc.has_passkey(&hopper, "pky_0123456789abcdef01234567", &old_key).await;
    let of_hopper = noc.session(&hopper, FIRST, true).await;
    let at_issuer = noc.has_identity(&hopper, &of_hopper, "https://id.test").await;
    let hoppers =
        async |method: &str, path: &str, body: Value| noc.ask(&of_hopper, method, path, &body).await;
    let to_make = hoppers("POST", "/api/passkeys/challenge", Value::Null).await.json();
    let to_prove = hoppers("POST", "/api/session/proof/challenge", Value::Null).await.json();
    let factor = "/api/second-factor";
    let begun = hoppers("POST", &format!("{factor}/codes"), Value::Null).await;
    let secret = begun.json()["secret"].as_str().unwrap_or_default().to_owned();
    let code = json!({ "code": shown(&secret, noc.app.clock.now().seconds()) });
    let rules = "/api/tokens/rules/site";
    let done = [
        invited,
        ("POST /api/second-factor/codes", "second_factor.begin", begun),
        (
            "POST /api/second-factor/codes/confirm",
            "second_factor.codes",
            hoppers("POST", &format!("{factor}/codes/confirm"), code).await,
        ),
        (
            "POST /api/second-factor/recovery",
            "second_factor.recovery",
            hoppers("POST", &format!("{factor}/recovery"), Value::Null).await,
        ),
        (
            "DELETE /api/second-factor/codes",
            "second_factor.remove",
            hoppers("DELETE", &format!("{factor}/codes"), Value::Null).await,
        ),
        (
            "POST /api/passkeys",
            "passkeys.make",
            hoppers("POST", "/api/passkeys", new_key.make(&to_make, "new")).await,
        ),
        (
            "POST /api/session/proof",
            "sessions.prove",
            hoppers("POST", "/api/session/proof", json!({ "passkey": old_key.answer(&to_prove) })).await,
        ),
        (
            "DELETE /api/identities/{id}",
            "identities.delete",
            hoppers("DELETE", &format!("/api/identities/{at_issuer}"), Value::Null).await,
        ),
        (
            "DELETE /api/passkeys/{id}",
            "passkeys.delete",
            hoppers("DELETE", "/api/passkeys/pky_0123456789abcdef01234567", Value::Null).await,
        ),
        ("PUT /api/tokens/rules/{name}", "tokens.rules.put", hoppers("PUT", rules, rule()).await),
        (
            "DELETE /api/tokens/rules/{name}",
            "tokens.rules.delete",
            hoppers("DELETE", rules, Value::Null).await,
        ),
        (
            "PUT /api/drift/policies",
            "drift.policies",
            put("/api/drift/policies", json!({ "policies": { "power": "fix" } })).await,
        ),
        ("PUT /api/ssh-keys/{name}", "ssh_keys.put", put(ssh_key, json!({ "public_key": key })).await),
        ("DELETE /api/ssh-keys/{name}", "ssh_keys.delete", noc.delete(ssh_key, &json!({})).await),
        ("PUT /api/applications/{name}", "applications.put", put(ours, application).await),
        ("DELETE /api/applications/{name}", "applications.delete", noc.delete(ours, &json!({})).await),
        (
            "POST /api/servers/{name}/commands",
            "servers.command",
            noc.post("/api/servers/alpha/commands", &json!({ "command": "collect_diagnostics" })).await,
        ),
        (
            "POST /api/servers/{name}/repair",
            "servers.repair",
            noc.post("/api/servers/alpha/repair", &json!({})).await,
        ),
        ("DELETE /api/orphans/{id}", "orphans.delete", noc.delete(&orphan("dns_record"), &json!({})).await),
        (
            "POST /api/orphans/{id}/adopt",
            "orphans.adopt",
            noc.post(&format!("{}/adopt", orphan("droplet")), &json!({ "branch": "master" })).await,
        ),
        ("POST /api/deployments/{id}/cancel", "deployments.cancel", noc.post(&cancel, &json!({})).await),
        ("POST /api/deployments/{id}/retry", "deployments.retry", noc.post(&retry, &json!({})).await),
        ("DELETE /api/invitations/{id}", "members.uninvite", noc.delete(&invitation, &json!({})).await),
        ("PUT /api/members/{id}", "members.change", noc.put(&member, &json!({ "role": "admin" })).await),
        ("DELETE /api/members/{id}", "members.remove", noc.delete(&member, &json!({})).await),
        ("POST /api/tokens", "tokens.make", by_person("POST", "/api/tokens", token).await),
        ("DELETE /api/tokens/{id}", "tokens.revoke", noc.delete(&old_token, &json!({})).await),
        ("PUT /api/session", "sessions.switch", noc.ask(&elsewhere, "PUT", "/api/session", &to_first).await),
        (
            "POST /api/session/links",
            "sign_in.link",
            by_person("POST", "/api/session/links", Value::Null).await,
        ),
        ("DELETE /api/sessions/{id}", "sessions.end", by_person("DELETE", &other_session, Value::Null).await),
        (
            "DELETE /api/sessions",
            "sessions.end_others",
            by_person("DELETE", "/api/sessions", Value::Null).await,
        ),
        (
            "POST /api/organizations",
            "organizations.make",
            by_person("POST", "/api/organizations", made).await,
        ),
        (
            "PUT /api/organization/grant",
            "organizations.grant",
            noc.put(grant, &json!({ "role": "viewer" })).await,
        ),
        ("DELETE /api/organization/grant", "organizations.ungrant", noc.delete(grant, &json!({})).await),
        ("PUT /api/projects/{name}", "projects.put", noc.put(project, &environments).await),
        ("DELETE /api/projects/{name}", "projects.delete", noc.delete(project, &json!({})).await),
        ("POST /api/agents/claim", "agents.claim", noc.machine("starting").claim(noc).await),
        ("DELETE /api/session", "sessions.end", by_person("DELETE", "/api/session", Value::Null).await),
        ("DELETE /api/servers/{name}", "servers.destroy", noc.delete("/api/servers/alpha", &destroy).await),
        ("POST /api/deploy", "servers.deploy", noc.post("/api/deploy", &deploy_body("bravo")).await),
    ];
    done.into_iter().map(|(route, action, answer)| (route, action, answer.status.as_u16())).collect()
}

/// A server, and the machine of another one that has not claimed anything yet.
async fn with_one_server() -> (TestApp, String) {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let lost = "srv_0123456789abcdef01234567";
    noc.make_droplet("lost", &["noc", &format!("noc-server:{lost}")]);
    let record = json!({ "name": format!("lost.{}", noc.simulator.settings().zone_name), "type": "A", "ttl": 1,
        "content": "203.0.113.7", "comment": format!("noc {lost} dep_0123456789abcdef01234567") });
    let zone = noc.simulator.settings().zone_id;
    noc.behind_its_back("POST", &format!("/cloudflare/client/v4/zones/{zone}/dns_records"), &record);
    noc.pass(4 * 3_600_000).await;
    for _ in 0..4 {
        noc.tick().await;
        noc.pass(60_000).await;
    }
    let deployments = noc.get("/api/deployments").await.json();
    let deployment = deployments["deployments"][0]["id"].as_str().unwrap().to_owned();
    noc.deploy("starting").await.assert_status(200);
    (noc, deployment)
}

#[tokio::test]
async fn every_change_leaves_an_event_and_an_export_of_all_is_whole() {
    let (noc, deployment) = with_one_server().await;
    let done = change_everything(&noc, &deployment).await;
    assert!(done.iter().all(|(_, _, status)| [200, 201, 202, 204, 409].contains(status)), "{done:?}");
    let mut expected: Vec<&str> = done.iter().map(|(_, action, _)| *action).rev().collect();
    expected.extend(["servers.deploy", "agents.claim", "servers.deploy"]);
    let listed = events(&noc, "").await;
    let actions: Vec<&str> = listed.iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(actions, expected, "{done:?}");
    let policies = &events(&noc, "?action=drift.policies").await[0];
    assert_eq!(
        (&policies["before"]["power"], &policies["after"]["power"]),
        (&json!("report"), &json!("fix"))
    );
    assert_eq!(policies["actor"]["kind"], "token");
    assert_eq!(events(&noc, "?target=server/alpha").await.len(), 5);
    let claim = &events(&noc, "?action=agents.claim").await[0];
    // As `ssh-keygen -l` says it.
    let key = "SHA256:chlHM2uS2Ea98LfGVh2udcPB+y9MuHp1G4BFx6xYtWE";
    assert_eq!((&claim["actor"]["kind"], &claim["target"]["id"]), (&json!("agent"), &json!("starting")));
    assert_eq!(claim["after"], json!({ "machine_id": "machine", "host_keys": [key] }));
    let story = noc.get("/api/servers/starting/logs?limit=1000").await.json();
    let told = story["lines"].as_array().unwrap().iter();
    let told: Vec<_> = told.filter(|line| line["message"].as_str().unwrap().contains(key)).collect();
    assert_eq!(told.len(), 1, "{story:#}");
    assert_eq!(events(&noc, "?principal=prn_0000000000000000000000ff").await, Vec::<Value>::new());

    let page = noc.get("/api/audit?limit=2").await.json();
    let next = format!("/api/audit?limit=500&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = noc.get(&next).await.json()["events"].as_array().unwrap().clone();
    assert_eq!([page["events"].as_array().unwrap().clone(), rest].concat(), listed);

    let key = noc.get("/api/audit/key").await.json()["public_key"].as_str().unwrap().to_owned();
    let export = noc.get("/api/audit/export").await;
    assert_eq!(export.header("content-type"), Some("application/x-ndjson"));
    let verified = Verifier::verify(Some(key), &export.body).unwrap();
    assert_eq!(verified.events, listed.len() as u64);
}

#[tokio::test]
async fn a_change_whose_event_cannot_be_written_does_not_happen() {
    let (noc, deployment) = with_one_server().await;
    noc.database_refuses("audit_events").await;
    let (ledger, calls) = (noc.simulator.ledger(), noc.simulator.calls().len());
    for (route, _, status) in change_everything(&noc, &deployment).await {
        // What is not there cannot be deleted, whoever writes that down.
        let absent = [
            "DELETE /api/ssh-keys/{name}",
            "DELETE /api/applications/{name}",
            "DELETE /api/invitations/{id}",
            "DELETE /api/projects/{name}",
            "DELETE /api/second-factor/codes",
            "DELETE /api/tokens/rules/{name}",
            "POST /api/second-factor/codes/confirm",
        ];
        let expected = if absent.contains(&route) { 404 } else { 503 };
        assert_eq!(status, expected, "{route}");
    }
    noc.pass(600_000).await;
    let asked = noc.simulator.calls().split_off(calls);
    let changing: Vec<_> = asked.iter().filter(|call| call.method != "GET").collect();
    assert!(changing.is_empty(), "{changing:#?}");
    // Not even for the machine that has claimed them were the secrets read.
    assert!(asked.iter().all(|call| call.provider != noc_simulator::Provider::Infisical), "{asked:#?}");
    assert_eq!(noc.simulator.ledger(), ledger);
    assert_eq!(noc.get("/api/ssh-keys").await.json()["ssh_keys"], json!([]));
    assert_eq!(noc.get("/api/drift/policies").await.json()["policies"]["power"], "report");
    // Nobody has heard of its machine since; nothing was done to it.
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "unreachable");
    assert_eq!(noc.get("/api/deployments").await.json()["deployments"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_written_over_in_the_database_is_found_in_the_export() {
    let (noc, deployment) = with_one_server().await;
    change_everything(&noc, &deployment).await;
    let key = noc.get("/api/audit/key").await.json()["public_key"].as_str().unwrap().to_owned();
    for sql in [
        "UPDATE audit_events SET document = replace(document, 'alpha', 'delta') WHERE number = 1",
        "DELETE FROM audit_events WHERE number = 3",
        "UPDATE audit_events SET number = number + 100 WHERE number = 4",
    ] {
        noc.in_the_database(sql).await;
        let export = noc.get("/api/audit/export").await;
        assert!(Verifier::verify(Some(key.clone()), &export.body).is_err(), "{sql}");
    }
}

/// Somebody who has the database writes a chain anew from its second event on, with the numbers and hashes that belong to
/// it.
async fn write_anew(noc: &TestApp) {
    let rows = noc.rows("SELECT hash, document FROM audit_events ORDER BY number").await;
    let mut before = rows[0]["hash"].as_str().unwrap().to_owned();
    for row in &rows[1..] {
        let mut event: AuditEvent = serde_json::from_str(row["document"].as_str().unwrap()).unwrap();
        event.actor.name = "somebody else".to_owned();
        event.previous_hash = before;
        let Sealed { document, hash } = Sealed::of(&event).unwrap();
        noc.in_the_database(&format!(
            "UPDATE audit_events SET document = '{document}', hash = '{hash}' WHERE number = {}",
            event.number
        ))
        .await;
        before = hash;
    }
}

#[tokio::test]
async fn a_chain_that_was_written_anew_or_cut_off_is_not_signed_and_fits_no_head_that_was_kept_elsewhere() {
    for (attack, in_the_log) in [
        ("", "event 3 had the hash"),
        ("DELETE FROM audit_events WHERE number > 2", "is not there any more"),
        ("DELETE FROM audit_events", "is not there any more"),
        ("UPDATE audit_heads SET document = 'x'", "cannot be read"),
    ] {
        let noc = TestApp::with(noc_simulator::Settings::default(), |name, value| match name {
            "NOC_AUDIT_WEBHOOK" => Some(TAKEN.to_owned()),
            _ => value,
        });
        noc.publishes(TAKEN, &json!({}));
        let key = json!({ "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD" });
        let put = async |name| noc.put(&format!("/api/ssh-keys/{name}"), &key).await.assert_status(200);
        for name in ["one", "two", "three"] {
            put(name).await;
        }
        noc.strike_the_hour().await;
        let kept = Kept::read(noc.sent_to(TAKEN).as_bytes(), OrganizationId::parse(FIRST).unwrap()).unwrap();
        put("four").await;
        let public = noc.get("/api/audit/key").await.json()["public_key"].as_str().unwrap().to_owned();
        let export = async || noc.get("/api/audit/export").await.body;
        let holding = Verifier::holding(public.clone(), kept);
        assert_eq!(holding.clone().all(&export().await).unwrap().held.unwrap().checked, 1);

        if attack.is_empty() {
            write_anew(&noc).await
        } else {
            noc.in_the_database(attack).await
        }
        let there = noc.rows("SELECT number FROM audit_events").await.len() as u64;
        // While the newest head is in the database, NOC sees it itself: it signs neither every hour nor at the end of an
        // export, and signs the chains of others as before.
        noc.other_organization().await;
        noc.in_the_database(
            "INSERT INTO audit_events (organization_id, number, at, action, principal_id, target, request_id, hash, document)
             SELECT id, 1, 0, 'a', 'p', 't', 'r', 'h', '{}' FROM organizations WHERE name = 'other'",
        )
        .await;
        noc.strike_the_hour().await;
        let heads =
            noc.rows("SELECT organization_id, number FROM audit_heads ORDER BY organization_id").await;
        let signed: Vec<_> =
            heads.iter().map(|head| (head["organization_id"] == FIRST, &head["number"])).collect();
        assert_eq!(signed, [(true, &json!(3)), (false, &json!(1))], "{attack}");
        assert!(noc.log.all().contains(&format!("{FIRST}: NOC did not sign")), "{attack}");
        assert!(noc.log.all().contains(in_the_log), "{attack}: {}", noc.log.all());
        for verifier in [Verifier::new(None), Verifier::new(Some(public.clone()))] {
            let Broken { line, found } = verifier.all(&export().await).unwrap_err();
            assert_eq!(line, there + 1, "{attack}: {found}");
            assert!(matches!(found, Found::Unsigned(_)), "{attack}: {found}");
        }

        // When that head is gone, too, only those that are kept elsewhere show it.
        noc.in_the_database("DELETE FROM audit_heads").await;
        let export = export().await;
        assert!(Verifier::verify(Some(public), &export).is_ok(), "{attack}");
        let held = holding.all(&export).map_err(|broken| (broken.line, broken.found));
        match (attack, held) {
            ("", Err((3, Found::Rewritten { number: 3, since: 0, .. }))) => {}
            ("UPDATE audit_heads SET document = 'x'", Ok(_)) => {}
            (_, Err((line, Found::CutOff { number: 3, found, .. }))) if line == found + 2 => {}
            (_, other) => panic!("{attack}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn no_route_that_changes_something_is_forgotten() {
    let (noc, deployment) = with_one_server().await;
    let done = change_everything(&noc, &deployment).await;
    let mut covered: Vec<(String, String)> =
        done.into_iter().map(|(route, action, _)| (route.to_owned(), action.to_owned())).collect();
    // These sign somebody in or take them in; their own tests look at their events.
    covered.extend(SIGN_INS.map(|(route, action)| (route.to_owned(), action.to_owned())));
    covered.sort();
    let mut changing: Vec<(String, String)> = noc_worker::app::routes()
        .iter()
        .filter(|route| !route.operation.audits.is_empty())
        .map(|route| (format!("{} {}", route.method, route.path), route.operation.audits.to_owned()))
        .collect();
    changing.sort();
    assert_eq!(covered, changing);
}
