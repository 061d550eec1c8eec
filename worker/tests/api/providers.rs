//! The providers against the simulator: pages, refusals, rate limits, and what each answer means.

use noc_simulator::{Effect, Provider, Request, Secret, Settings, Zone};
use noc_worker::providers::{NewRecord, ProviderErrorKind};
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_list_of_several_pages_is_read_to_its_end() {
    let zones = (0..120).map(|n| Zone { id: format!("{n:032x}"), name: format!("zone-{n}.test") }).collect();
    let noc = TestApp::with(Settings { other_zones: zones, ..Settings::default() }, |_, value| value);
    let dns = &noc.app.providers().unwrap().dns;
    assert_eq!(dns.zone_name().await.unwrap(), noc.simulator.settings().zone_name);

    let name = format!("many.{}", noc.simulator.settings().zone_name);
    for n in 0..101 {
        let body =
            json!({ "name": name, "type": "TXT", "content": format!("text {n}"), "comment": "of many" });
        let made = noc.simulator.handle(0, &Request::new("POST", "/_simulator/records").json(&body));
        assert!(made.reply.unwrap().status < 300);
    }
    assert_eq!(dns.named(&name).await.unwrap().len(), 101);
    assert_eq!(dns.commented("of many").await.unwrap().len(), 101);
    assert_eq!(dns.commented("of few").await.unwrap(), []);
}

#[tokio::test]
async fn a_zone_that_the_token_does_not_reach_is_a_refusal_that_names_the_setting() {
    let noc = TestApp::with(Settings::default(), |name, value| {
        if name == "CLOUDFLARE_ZONE_ID" { Some("0".repeat(32)) } else { value }
    });
    let error = noc.app.providers().unwrap().dns.zone_name().await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Refused);
    assert!(error.to_string().contains("CLOUDFLARE_ZONE_ID"), "{error}");
}

#[tokio::test]
async fn a_batch_makes_all_records_or_none() {
    let noc = TestApp::new();
    let dns = &noc.app.providers().unwrap().dns;
    let zone = noc.simulator.settings().zone_name;
    let record = |name: &str| NewRecord {
        name: format!("{name}.{zone}"),
        address: "198.51.100.7".to_owned(),
        proxied: false,
        comment: "a test".to_owned(),
    };
    dns.create(&[record("one")]).await.unwrap();
    let error = dns.create(&[record("two"), record("one")]).await.unwrap_err();
    assert_eq!((error.kind, error.refusal.code.as_deref()), (ProviderErrorKind::Exists, Some("81058")));
    let left = dns.commented("a test").await.unwrap();
    assert_eq!(left.len(), 1);
    let ids: Vec<String> = left.into_iter().map(|record| record.id).collect();
    dns.delete(&ids).await.unwrap();
    noc.assert_clean();
}

#[tokio::test]
async fn each_answer_means_what_can_be_done_about_it() {
    let rate_limited = |after| ProviderErrorKind::RateLimited(Some(after));
    let cases = [
        (Effect::status(500), ProviderErrorKind::Unavailable),
        (Effect::status(504), ProviderErrorKind::Unavailable),
        (Effect::status(401), ProviderErrorKind::Refused),
        (Effect::status(403), ProviderErrorKind::Refused),
        (Effect::status(422), ProviderErrorKind::Refused),
        (Effect::too_many(7), rate_limited(7_000)),
        (Effect::Hang { hang_ms: 31_000, after: false }, ProviderErrorKind::Unavailable),
        (
            Effect::Status { status: 200, retry_after: None, body: Some(json!("{")) },
            ProviderErrorKind::Unreadable,
        ),
        (
            Effect::Status { status: 200, retry_after: None, body: Some(json!({})) },
            ProviderErrorKind::Unreadable,
        ),
        (Effect::Status { status: 302, retry_after: None, body: None }, ProviderErrorKind::Refused),
    ];
    for (effect, expected) in cases {
        let noc = TestApp::new();
        let what = format!("{effect:?}");
        noc.inject(Provider::DigitalOcean, "GET", "", 1, effect);
        let error = noc.app.providers().unwrap().compute.tagged("x").await.unwrap_err();
        assert_eq!(error.kind, expected, "{what}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_endless_is_cut_off() {
    let noc = TestApp::new();
    let page = json!({ "droplets": [], "links": { "pages": { "next": "http://elsewhere/" } } });
    let effect = Effect::Status { status: 200, retry_after: None, body: Some(page) };
    noc.inject(Provider::DigitalOcean, "GET", "", u64::MAX, effect);
    let error = noc.app.providers().unwrap().compute.tagged("x").await.unwrap_err();
    assert!(error.to_string().contains("does not end"), "{error}");
    assert!(noc.simulator.calls().len() <= 20);
}

#[tokio::test]
async fn secrets_of_the_folder_win_over_imported_ones_and_hidden_ones_are_left_out() {
    let mut settings = Settings::default();
    settings
        .secrets
        .push(Secret { path: "/shared".to_owned(), ..Secret::new("prod", "REDIS_PASSWORD", "imported") });
    settings
        .secrets
        .push(Secret { path: "/shared".to_owned(), ..Secret::new("prod", "ONLY_IMPORTED", "yes") });
    settings.secrets.push(Secret { value_hidden: true, ..Secret::new("prod", "HIDDEN", "value") });
    settings.secret_imports.push((
        "prod".to_owned(),
        "/".to_owned(),
        "prod".to_owned(),
        "/shared".to_owned(),
    ));
    let own = settings.secrets.iter().find(|secret| secret.environment == "prod").unwrap().clone();
    let noc = TestApp::with(settings, |_, value| value);
    let found = noc.app.providers().unwrap().secrets.read("prod").await.unwrap();
    assert_eq!(found.get(&own.key).unwrap().expose(), own.value);
    assert_eq!(found.get("ONLY_IMPORTED").unwrap().expose(), "yes");
    assert!(!found.contains_key("HIDDEN"));
}

#[tokio::test]
async fn a_token_that_the_secret_store_has_lost_is_a_fault_that_passes() {
    let noc = TestApp::new();
    let body = json!({ "reqId": "r", "statusCode": 403, "message": "Your token has expired.", "error": "TokenError" });
    let effect = Effect::Status { status: 403, retry_after: None, body: Some(body) };
    let fault = noc.inject(Provider::Infisical, "GET", "/v4/secrets", 1, effect);
    noc.deploy("alpha").await.assert_status(200);
    assert_eq!(noc.simulator.fired(fault), 1);
}
