//! `GET /api/health`.

use noc_simulator::{Effect, Provider, Settings};
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_noc_that_is_well_says_so() {
    let noc = TestApp::new();
    let body = noc.get("/api/health").await.assert_status(200);
    let names: Vec<_> =
        body["parts"].as_array().unwrap().iter().map(|part| part["name"].as_str().unwrap()).collect();
    assert_eq!((body["ok"].as_bool(), names), (Some(true), vec!["d1", "kv", "durable_objects"]));
    let body = noc.get("/api/health?deep=1").await.assert_status(200);
    assert_eq!(body["parts"].as_array().unwrap().len(), 6);
    assert!(body["parts"][3]["remaining_requests"].is_u64(), "{body:#}");
    let asked = noc.simulator.calls().len();
    noc.get("/api/health?deep=1").await.assert_status(200);
    assert_eq!(
        noc.simulator.calls().len(),
        asked,
        "anybody may ask, so that the providers are not asked each time"
    );
    // An instance that has never asked says what another one has found.
    let elsewhere = noc.another_instance();
    let there = elsewhere.get("/api/health?deep=1").await.assert_status(200);
    assert_eq!((there["parts"].as_array().unwrap().len(), noc.simulator.calls().len()), (6, asked));
    noc.pass(30_000).await;
    noc.get("/api/health?deep=1").await.assert_status(200);
    assert!(noc.simulator.calls().len() > asked);
}

#[tokio::test]
async fn a_provider_that_is_away_shows_only_when_it_is_asked() {
    let noc = TestApp::new();
    noc.inject(Provider::Cloudflare, "GET", "", u64::MAX, Effect::status(503));
    noc.get("/api/health").await.assert_status(200);
    let body = noc.get("/api/health?deep=1").await.assert_status(503);
    let down: Vec<_> = body["parts"].as_array().unwrap().iter().filter(|part| part["ok"] == false).collect();
    assert_eq!(down.len(), 1);
    assert_eq!(down[0]["name"], "cloudflare");
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_named_and_what_does_not_need_it_works() {
    // A digit is missing: without a word nobody would know before the day on which it is needed.
    let digest = "ab".repeat(31);
    let noc = TestApp::with(Settings::default(), |asked, value| match asked {
        "NOC_BREAK_GLASS_SHA256" => Some(digest.clone()),
        _ => value,
    });
    let body = noc.get("/api/health").await.assert_status(503);
    assert_eq!((&body["missing"], &body["unusable"]), (&json!([]), &json!(["NOC_BREAK_GLASS_SHA256"])));
    assert!(noc.log.all().contains("NOC_BREAK_GLASS_SHA256"));
    assert!(!noc.log.all().contains(&digest));
    noc.deploy("alpha").await.assert_status(200);
}

#[tokio::test]
async fn a_setting_that_is_missing_is_named_and_a_deploy_is_refused_before_it_begins() {
    for name in ["DIGITALOCEAN_TOKEN", "CLOUDFLARE_ZONE_ID", "INFISICAL_CLIENT_SECRET", "NOC_MASTER_KEY"] {
        let noc = TestApp::with(Settings::default(), |asked, value| value.filter(|_| asked != name));
        assert_eq!(noc.get("/api/health").await.assert_status(503)["missing"], json!([name]));
        let body = noc.deploy("alpha").await.assert_refused(503, "not_configured", None);
        assert_eq!(body["error"]["details"]["missing"], json!([name]));
        assert!(noc.log.all().contains(name));
        assert!(noc.simulator.calls().is_empty());
    }
}
