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
