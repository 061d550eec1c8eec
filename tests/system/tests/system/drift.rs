//! The reconciler on the platform's schedule.

use http::Method;
use noc_simulator::{Origin, Request, http::wall_clock};
use noc_system_tests::{Noc, Options, json_request, wait_for, wait_until};
use serde_json::json;

#[test]
fn what_somebody_deletes_at_the_provider_is_found_by_the_schedule_and_mended_as_the_policy_asks_for() {
    let noc = Noc::start(Options::default());
    noc.deploy("drifter").assert_status(200);
    noc.wait_until_active("drifter");
    let policies = json!({ "policies": { "dns_missing": "fix" } }).to_string();
    noc.send(json_request(Method::PUT, "/api/drift/policies"), policies).assert_status(200);
    let records = || {
        let records = noc.providers.ledger().dns_records;
        records.into_iter().filter(|record| record.origin == Origin::Api).collect::<Vec<_>>()
    };
    let (before, settings) = (records(), noc.providers.settings());
    let path = format!("/cloudflare/client/v4/zones/{}/dns_records/{}", before[0].zone_id, before[0].id);
    let delete = Request::new("DELETE", &path).bearer(&settings.cloudflare_token);
    let reply = noc.providers.handle(wall_clock(), &delete).reply.expect("the provider answers");
    assert_eq!((reply.status, records().len()), (200, 2));

    assert_eq!(noc.get("/cdn-cgi/handler/scheduled").status, 200);
    let repair = wait_for("the drift and its repair", || {
        let drifts = noc.get("/api/drift").assert_status(200)["drifts"].clone();
        let drift = drifts.as_array()?.first()?.clone();
        assert_eq!((&drift["kind"], &drift["field"]), (&json!("dns_missing"), &json!(before[0].name)));
        drift["deployment_id"].as_str().map(str::to_owned)
    });
    assert_eq!(noc.wait_until_ended(&repair)["status"], "succeeded");
    let told = |records: Vec<noc_simulator::LedgerRecord>| {
        records.into_iter().map(|record| (record.name, record.content, record.proxied)).collect::<Vec<_>>()
    };
    assert_eq!(told(records()), told(before));
    // A tick may come before the picture of the repair.
    wait_until("what is mended to be forgotten", || {
        assert_eq!(noc.get("/cdn-cgi/handler/scheduled").status, 200);
        noc.get("/api/drift").json()["drifts"] == json!([])
    });
    noc.destroy("drifter").assert_status(200);
    noc.assert_nothing_left();
}
