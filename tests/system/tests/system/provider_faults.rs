//! Providers that fail, over real sockets.

use noc_simulator::{Cut, Effect, Provider};
use noc_system_tests::{Noc, Options};
use serde_json::json;

#[test]
fn connections_that_are_cut_after_the_work_was_done_double_nothing() {
    let noc = Noc::start(Options::default());
    let cut = |provider, path| noc.inject(provider, "POST", path, 1, Effect::cut(Cut::After));
    let create = cut(Provider::DigitalOcean, "/droplets");
    let batch = cut(Provider::Cloudflare, "/dns_records/batch");
    noc.deploy("cut-off").assert_status(200);
    assert_eq!((noc.providers.fired(create), noc.providers.fired(batch)), (1, 1));
    let ledger = noc.providers.ledger();
    assert_eq!((ledger.counts.droplets, ledger.counts.dns_records), (1, 3), "{ledger:#?}");
    let deletion = noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", 1, Effect::cut(Cut::After));
    let body = noc.destroy("cut-off").assert_status(200);
    assert_eq!((noc.providers.fired(deletion), &body["deleted_dns_records"]), (1, &json!(3)));
    noc.assert_nothing_left();
}

#[test]
fn a_call_that_takes_longer_than_any_alarm_waits_is_made_once() {
    let noc = Noc::start(Options::default());
    let fault = noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, Effect::Delay { delay_ms: 6_000 });
    noc.deploy("patience").assert_status(200);
    assert_eq!(noc.providers.fired(fault), 1);
    let calls = noc.providers.calls();
    let creates = calls.iter().filter(|call| call.method == "POST" && call.target.ends_with("/droplets"));
    assert_eq!(creates.count(), 1, "{calls:#?}");
    assert_eq!(noc.made("patience"), (1, 3));
}

#[test]
fn a_refusal_is_told_in_the_providers_words_without_any_token() {
    let noc = Noc::start(Options::default());
    let token = noc.providers.settings().digitalocean_token;
    let said = json!({
        "id": "forbidden",
        "message": format!("the owner of {token} may not make more droplets"),
        "request_id": "5f3c1c9a-refused",
    });
    let effect = Effect::Status { status: 403, retry_after: None, body: Some(said) };
    let fault = noc.inject(Provider::DigitalOcean, "POST", "/droplets", u64::MAX, effect);
    let answer = noc.deploy("forbidden");
    let body = answer.assert_refused(502, "provider_refused", None);
    let told = &body["error"]["details"]["provider"];
    assert_eq!(told["provider"], "digitalocean");
    assert_eq!(told["message"], "the owner of (secret) may not make more droplets");
    assert_eq!(told["request_id"], "5f3c1c9a-refused");
    assert_eq!(noc.providers.fired(fault), 1, "what is refused is not tried again");
    let id = body["error"]["details"]["deployment_id"].as_str().unwrap();
    let deployment = noc.wait_until_ended(id);
    assert_eq!(deployment["status"], "unwound");
    noc.assert_nothing_left();
    noc.assert_no_secret_in(&answer.text);
    noc.assert_no_secret_in(&deployment.to_string());
    noc.assert_no_secret_in(&noc.console.text());
    // The name is free again.
    noc.providers.clear_faults();
    noc.deploy("forbidden").assert_status(200);
}
