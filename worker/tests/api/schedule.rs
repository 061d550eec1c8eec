//! What is done every hour.

use noc_audit::Verifier;
use noc_worker::schedule::{EVERY_HOUR, EVERY_MINUTE};
use serde_json::{Value, json};

use crate::support::{TestApp, json_request};

const URL: &str = "https://archive.test/heads";

/// A NOC that hands its heads over.
fn handing_over() -> TestApp {
    TestApp::with(noc_simulator::Settings::default(), |name, value| match name {
        "NOC_AUDIT_WEBHOOK" => Some(URL.to_owned()),
        _ => value,
    })
}

#[test]
fn the_platform_is_asked_for_each_of_them() {
    let crons = format!("crons = [{EVERY_MINUTE:?}, {EVERY_HOUR:?}]");
    assert!(include_str!("../../../wrangler.toml").contains(&crons));
}

#[tokio::test]
async fn the_chains_of_all_organizations_are_signed_and_handed_over_however_many_there_are() {
    let noc = handing_over();
    noc.publishes(URL, &json!({}));
    noc.in_the_database(
        "WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 310)
         INSERT INTO organizations (id, name, created_at) SELECT printf('org_%024x', n + 256), 'o' || n, 0 FROM numbers",
    )
    .await;
    noc.in_the_database(
        "INSERT INTO audit_events (organization_id, number, at, action, principal_id, target, request_id, hash, document)
         SELECT id, 1, 0, 'a', 'p', 't', 'r', 'h', '{}' FROM organizations WHERE name LIKE 'o%'",
    )
    .await;
    let requests = noc.requests();
    noc.strike_the_hour().await;
    let requests = noc.requests() - requests + noc.asked_of(URL);
    assert!(requests <= 50, "{requests} requests, of which the free plan allows 50");
    let signed = noc
        .rows(
            "SELECT COUNT(DISTINCT organization_id) AS signed, COUNT(exported_at) AS handed_over FROM audit_heads",
        )
        .await;
    assert_eq!((&signed[0]["signed"], &signed[0]["handed_over"]), (&json!(310), &json!(310)));
}

#[tokio::test]
async fn whatever_was_signed_longest_ago_comes_first_and_nobody_keeps_the_chains_of_others_waiting() {
    let noc = handing_over();
    noc.publishes(URL, &json!({}));
    // Somebody has made many organizations of late. Others are there for long, and had a head then; and the chains of some
    // are not what was signed of them any more.
    noc.in_the_database(
        "WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 320)
         INSERT INTO organizations (id, name, created_at) SELECT printf('org_%024x', n + 256),
             CASE WHEN n <= 110 THEN 'changed' WHEN n <= 260 THEN 'new' ELSE 'old' END || n,
             CASE WHEN n <= 110 THEN 0 WHEN n <= 260 THEN 5000 ELSE 4000 END
         FROM numbers",
    )
    .await;
    let event = |number: u64, which: &str| {
        format!(
            "INSERT INTO audit_events (organization_id, number, at, action, principal_id, target, request_id, hash, document)
             SELECT id, {number}, 0, 'a', 'p', 't', 'r', 'h{number}', '{{}}' FROM organizations WHERE name {which}"
        )
    };
    noc.in_the_database(&event(1, "GLOB '[cno]*[0-9]'")).await;
    noc.in_the_database(&event(2, "LIKE 'old%'")).await;
    noc.in_the_database(
        "INSERT INTO audit_heads (organization_id, number, signed_at, document)
         SELECT id, 1, created_at, json_object('at', '1970-01-01T00:00:04Z', 'number', 1, 'organization_id', id,
             'signature', '', 'hash', CASE WHEN name LIKE 'old%' THEN 'h1' ELSE 'h0' END)
         FROM organizations WHERE name LIKE 'old%' OR name LIKE 'changed%'",
    )
    .await;
    // Only the first hundred are kept.
    noc.in_the_database(
        "CREATE TRIGGER full BEFORE INSERT ON audit_heads WHEN (SELECT COUNT(*) FROM audit_heads) >= 270
         BEGIN SELECT RAISE(ABORT, 'full'); END",
    )
    .await;
    let signed = async |name: &str| {
        let rows = noc
            .rows(&format!(
                "SELECT COUNT(*) AS count FROM audit_heads JOIN organizations ON organization_id = id
                 WHERE signed_at > 5000 AND name LIKE '{name}%'"
            ))
            .await;
        rows[0]["count"].as_u64().unwrap()
    };
    noc.strike_the_hour().await;
    assert_eq!((signed("old").await, signed("new").await, signed("changed").await), (60, 40, 0));
    noc.in_the_database("DROP TRIGGER full").await;
    let requests = noc.requests();
    noc.strike_the_hour().await;
    let requests = noc.requests() - requests + noc.asked_of(URL);
    assert!(requests <= 50, "{requests} requests, of which the free plan allows 50");
    assert_eq!((signed("old").await, signed("new").await, signed("changed").await), (60, 150, 0));
    // The heads of long ago, which nobody had taken, went with the first 300.
    assert_eq!(noc.asked_of(URL), 2);
    let sent: Value = serde_json::from_str(&noc.sent_to(URL)).unwrap();
    let late = sent["heads"].as_array().unwrap();
    assert_eq!(late.len(), 60 + 110 + 60 + 150 - 300);
    assert!(late.iter().all(|head| head["at"] != "1970-01-01T00:00:04Z"), "{late:#?}");
}

#[tokio::test]
async fn signed_heads_go_to_whoever_takes_them_and_again_until_they_are_taken() {
    let noc = handing_over();
    let key = json!({ "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD" });
    let heads = || -> Vec<u64> {
        let sent: Value = serde_json::from_str(&noc.sent_to(URL)).unwrap();
        sent["heads"].as_array().unwrap().iter().map(|head| head["number"].as_u64().unwrap()).collect()
    };
    noc.put("/api/ssh-keys/one", &key).await.assert_status(200);
    noc.strike_the_hour().await;
    assert_eq!((noc.asked_of(URL), heads()), (1, vec![1]));
    assert!(noc.log.all().contains("they are sent again in an hour"));
    noc.publishes(URL, &json!({}));
    noc.put("/api/ssh-keys/two", &key).await.assert_status(200);
    noc.pass(3_600_000).await;
    noc.strike_the_hour().await;
    assert_eq!((noc.asked_of(URL), heads()), (2, vec![1, 2]));
    // What was taken is not sent again.
    noc.pass(3_600_000).await;
    noc.strike_the_hour().await;
    assert_eq!(noc.asked_of(URL), 2);
    noc.put("/api/ssh-keys/three", &key).await.assert_status(200);
    noc.pass(3_600_000).await;
    noc.strike_the_hour().await;
    assert_eq!((noc.asked_of(URL), heads()), (3, vec![3]));
    let verified = Verifier::verify(
        noc.get("/api/audit/key").await.json()["public_key"].as_str().map(str::to_owned),
        &noc.get("/api/audit/export").await.body,
    );
    assert_eq!(verified.unwrap().events, 3);
}

#[tokio::test]
async fn attempts_to_sign_in_are_forgotten_a_day_after_the_last_wrong_one() {
    let noc = TestApp::new();
    let left = async || noc.rows("SELECT COUNT(*) AS count FROM sign_in_attempts").await[0]["count"].clone();
    let guess = json!({ "token": "a guess", "email": "eve@noc.test", "name": "Eve" });
    let request =
        json_request(http::Method::POST, "/api/sign-in/bootstrap").header("cf-connecting-ip", "203.0.113.7");
    assert_eq!(noc.send_bare(request, guess.to_string()).await.status, 401);
    assert_eq!(left().await, 1);
    noc.pass(86_400_000 - 60_000).await;
    noc.strike_the_hour().await;
    assert_eq!(left().await, 1);
    noc.pass(120_000).await;
    noc.strike_the_hour().await;
    assert_eq!(left().await, 0);
}
