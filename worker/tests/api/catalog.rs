//! `GET /api/catalog`.

use noc_simulator::{Effect, Provider};
use serde_json::json;

use crate::support::TestApp;

const HOUR_MS: u64 = 60 * 60_000;

#[tokio::test]
async fn the_catalog_has_sizes_with_prices_regions_and_applications() {
    let noc = TestApp::new();
    let body = noc.get("/api/catalog").await.assert_status(200);
    let sizes = body["sizes"].as_array().unwrap();
    let size = sizes.iter().find(|size| size["slug"] == "s-2vcpu-4gb").unwrap();
    assert_eq!(size["price_monthly"], 24);
    assert!(sizes.is_sorted_by_key(|size| (size["price_monthly"].as_f64().unwrap() * 100.0) as i64));
    assert!(body["regions"].as_array().unwrap().iter().any(|region| region["slug"] == "nyc1"));
    assert!(
        body["applications"]
            .as_array()
            .unwrap()
            .iter()
            .any(|application| application["name"] == "flaggerlink")
    );
    assert_eq!((&body["stale"], &body["zone"]), (&json!(false), &json!("flaggerlink.test")));
}

#[tokio::test]
async fn sizes_are_shown_while_the_provider_of_the_zone_is_away() {
    let noc = TestApp::new();
    noc.inject(Provider::Cloudflare, "GET", "", u64::MAX, Effect::status(500));
    let body = noc.get("/api/catalog").await.assert_status(200);
    assert_eq!(body["zone"], json!(null));
    assert!(!body["sizes"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_provider_is_asked_once_an_hour_and_an_old_catalog_is_better_than_none() {
    let noc = TestApp::new();
    noc.get("/api/catalog").await.assert_status(200);
    let asked = || noc.simulator.calls().iter().filter(|call| call.target.contains("/sizes")).count();
    noc.get("/api/catalog").await.assert_status(200);
    assert_eq!(asked(), 1);
    noc.inject(Provider::DigitalOcean, "GET", "", u64::MAX, Effect::status(500));
    noc.pass(HOUR_MS + 1).await;
    assert_eq!(noc.get("/api/catalog").await.assert_status(200)["stale"], true);
    noc.simulator.clear_faults();
    let body = noc.get("/api/catalog").await.assert_status(200);
    assert_eq!((body["stale"].as_bool(), asked()), (Some(false), 3));
}

#[tokio::test]
async fn without_any_catalog_the_providers_fault_is_told() {
    let noc = TestApp::new();
    noc.inject(Provider::DigitalOcean, "GET", "", u64::MAX, Effect::status(500));
    noc.get("/api/catalog").await.assert_refused(503, "provider_unavailable", None);
}
