//! How NOC itself is, and what it needs to know before anything can be deployed.

use noc_simulator::Provider;
use noc_system_tests::{Noc, Options};
use serde_json::{Value, json};

#[test]
fn a_setting_that_is_missing_is_named_at_the_start_and_by_health() {
    let noc = Noc::start(Options { without: vec!["DIGITALOCEAN_TOKEN"], ..Options::default() });
    let health = noc.get("/api/health").assert_status(503);
    assert_eq!((&health["ok"], &health["missing"]), (&json!(false), &json!(["DIGITALOCEAN_TOKEN"])));
    let line =
        noc.console.wait_for("the line of the start", |line| line["message"] == "nothing can be deployed");
    assert_eq!(line["level"], "error");
    assert!(line["error"].as_str().unwrap().contains("DIGITALOCEAN_TOKEN"), "{line:#}");
    let body = noc.deploy("early").assert_refused(503, "not_configured", None);
    assert_eq!(body["error"]["details"]["missing"], json!(["DIGITALOCEAN_TOKEN"]));
    assert!(noc.providers.calls().is_empty(), "{:#?}", noc.providers.calls());
    // What needs no provider works.
    assert_eq!(noc.get("/api/servers").assert_status(200)["servers"], json!([]));
}

#[test]
fn health_looks_at_each_part_and_at_the_providers_when_asked() {
    let noc = Noc::start(Options::default());
    let names = |health: &Value| {
        let parts = health["parts"].as_array().unwrap();
        assert!(parts.iter().all(|part| part["ok"] == true && part["latency_ms"].is_u64()), "{health:#}");
        parts.iter().map(|part| part["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let own = ["d1", "kv", "durable_objects"];
    assert_eq!(names(&noc.get("/api/health").assert_status(200)), own);
    assert!(noc.providers.calls().is_empty());
    let deep = noc.get("/api/health?deep=1").assert_status(200);
    assert_eq!(names(&deep), [&own[..], &["digitalocean", "cloudflare", "infisical"]].concat());
    for provider in [Provider::DigitalOcean, Provider::Cloudflare, Provider::Infisical] {
        assert!(noc.providers.calls().iter().any(|call| call.provider == provider), "{provider:?}");
    }
}

#[test]
fn the_catalog_is_asked_of_the_provider_once() {
    let mut noc = Noc::start(Options::default());
    let first = noc.get("/api/catalog").assert_status(200);
    let asked = noc.providers.calls().len();
    assert!(asked > 0);
    let sizes = first["sizes"].as_array().unwrap();
    let size = sizes.iter().find(|size| size["slug"] == "s-2vcpu-4gb").unwrap();
    assert_eq!((&size["price_monthly"], &first["stale"]), (&json!(24), &json!(false)));
    assert_eq!(noc.get("/api/catalog").assert_status(200), first);
    // It is not the Worker's memory that remembers it.
    noc.kill();
    noc.start_again();
    assert_eq!(noc.get("/api/catalog").assert_status(200), first);
    assert_eq!(noc.providers.calls().len(), asked);
}
