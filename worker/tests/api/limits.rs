//! How often one may ask.

use noc_shared::access::Scope;
use noc_worker::ports::A_MINUTE;
use serde_json::Value;

use crate::support::{As, FIRST, TestApp};

const OWNER: &str = "prn_000000000000000000000001";

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_again_and_nobody_else_is() {
    let noc = TestApp::new();
    let (first, second) =
        (noc.token(OWNER, FIRST, &Scope::ALL).await, noc.token(OWNER, FIRST, &Scope::ALL).await);
    let ask = async |who: &As, path: &str| noc.ask(who, "GET", path, &Value::Null).await;
    for _ in 0..A_MINUTE {
        ask(&first, "/api/catalog").await.assert_status(200);
    }
    let refused = ask(&first, "/api/catalog").await;
    refused.assert_refused(429, "too_many_requests", None);
    assert_eq!(
        (refused.header("retry-after"), refused.header("ratelimit")),
        (Some("60"), Some("\"route\";r=0;t=60"))
    );
    let policy = ask(&first, "/api/servers").await;
    let expected = format!("\"route\";q={A_MINUTE};w=60");
    assert_eq!(policy.header("ratelimit-policy"), Some(expected.as_str()));
    let limit = format!("simple = {{ limit = {A_MINUTE}, period = 60 }}");
    assert!(include_str!("../../../wrangler.toml").contains(&limit), "the platform counts to another number");
    ask(&second, "/api/catalog").await.assert_status(200);
    noc.skip(60_000);
    ask(&first, "/api/catalog").await.assert_status(200);
}

#[tokio::test]
async fn what_leads_nowhere_is_counted_too_and_does_not_fill_the_log() {
    let noc = TestApp::new();
    let wander = async |path: &str| {
        let request = http::Request::get(path).header("cf-connecting-ip", "203.0.113.7");
        noc.send_bare(request, "").await.status.as_u16()
    };
    let long = format!("/api/{}", "x".repeat(8_000));
    for _ in 0..A_MINUTE {
        assert_eq!(wander(&long).await, 404);
    }
    assert_eq!(wander("/api/nowhere").await, 429);
    assert!(!noc.log.all().contains(&"x".repeat(201)));
}

#[tokio::test]
async fn whoever_is_refused_too_often_is_counted_by_the_network_that_they_come_from() {
    let noc = TestApp::new();
    let stranger = async |address: &str| {
        let request = http::Request::get("/api/servers").header("cf-connecting-ip", address);
        let unknown = noc_worker::access::Bearer::Token.issue(&*noc.app.random);
        let bearer = format!("Bearer {}", unknown.secret.expose());
        noc.send_bare(request.header("authorization", bearer), "").await.status.as_u16()
    };
    for number in 0..A_MINUTE {
        assert_eq!(stranger(&format!("2001:db8::{number:x}")).await, 401);
    }
    assert_eq!(stranger("2001:db8::ffff:1").await, 429);
    assert_eq!(stranger("2001:db8:0:1::1").await, 401);
    noc.skip(60_000);
    assert_eq!(stranger("2001:db8::ffff:1").await, 401);
}
