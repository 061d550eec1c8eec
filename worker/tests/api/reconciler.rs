//! The reconciler's sweeps: how they go on, and what they cost.

use noc_simulator::{Effect, Provider, Settings};
use serde_json::{Value, json};

use crate::support::{OLD_MS, TestApp};

#[tokio::test]
async fn a_provider_that_is_away_stops_one_sweep_and_not_the_other_and_nothing_is_forgotten() {
    let (noc, domain) = TestApp::with_one_server().await;
    noc.in_the_zone("DELETE", &format!("/{}", noc.record(&domain).id), &Value::Null);
    noc.sweep().await;
    let before = noc.differences().await;
    assert_eq!(before.len(), 1);
    noc.inject(Provider::Cloudflare, "GET", "/dns_records", 500, Effect::status(503));
    noc.at_digitalocean(
        "POST",
        &format!("/droplets/{}/actions", noc.droplet()),
        &json!({ "type": "power_off" }),
    );
    noc.sweep().await;
    let kinds: Vec<String> = noc.differences().await.into_iter().map(|[kind, ..]| kind).collect();
    assert_eq!(kinds, ["dns_missing", "power"]);
}

#[tokio::test]
async fn a_tick_stays_inside_the_requests_of_the_free_plan_however_much_there_is() {
    let settings = Settings { droplet_limit: 2_000, rate_limits: false, ..Settings::default() };
    let noc = TestApp::with(settings, |_, value| value);
    // Five full pages of machines, of which a look by itself finds a few in each sweep to be nobody's.
    for index in 0..1_000 {
        noc.make_droplet(&format!("lost-{index}"), &["noc", &format!("noc-server:srv_{index:024}")]);
    }
    // A server whose records are gone, which the policy has a repair mend.
    noc.deploy_active("alpha").await;
    noc.set_policies(&json!({ "dns_missing": "fix" })).await.assert_status(200);
    for record in noc.simulator.ledger().dns_records.iter().filter(|record| record.comment.is_some()) {
        noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    }
    noc.pass(OLD_MS).await;
    let mut found = 0;
    for _ in 0..20 {
        let (calls, requests) = (noc.simulator.calls().len(), noc.requests());
        noc.tick().await;
        let (calls, requests) = (noc.simulator.calls().len() - calls, noc.requests() - requests);
        assert!(calls <= 8 && requests <= 50, "{calls} calls, and {requests} requests, in one tick");
        noc.pass(60_000).await;
        let before = std::mem::replace(&mut found, noc.orphans().await.len());
        assert!(before <= found, "nothing is forgotten");
    }
    assert!(found > 0);
    let newest = noc.get("/api/deployments").await.json()["deployments"][0].clone();
    assert_eq!((&newest["saga"], &newest["status"]), (&json!("repair"), &json!("succeeded")));
}

#[tokio::test]
async fn a_sweep_that_is_cut_off_goes_on_at_the_page_where_it_was() {
    let settings = Settings { droplet_limit: 2_000, rate_limits: false, ..Settings::default() };
    let noc = TestApp::with(settings, |_, value| value);
    for index in 0..450 {
        noc.make_droplet(&format!("web-{index}"), &["noc"]);
    }
    let pages = |from: usize| {
        let calls = noc.simulator.calls().split_off(from);
        let page = |target: &str| Some(target.split("page=").nth(2)?.split('&').next()?.to_owned());
        let listed = calls
            .iter()
            .filter(|call| call.target.contains("tag_name=noc&") || call.target.ends_with("tag_name=noc"));
        listed.filter_map(|call| page(&call.target)).collect::<Vec<_>>()
    };
    let begun = noc.simulator.calls().len();
    noc.inject(Provider::DigitalOcean, "GET", "&page=2", 2, Effect::status(503));
    for _ in 0..3 {
        noc.tick().await;
        noc.pass(60_000).await;
    }
    assert_eq!(pages(begun), ["1", "2", "2", "2", "3"]);
    let listed = noc.get("/api/drift").await.json();
    assert!(listed["droplets_swept_at"].is_string(), "{listed:#}");
}

#[tokio::test]
async fn lists_page_by_cursor_and_another_organizations_orphan_does_not_exist() {
    let (noc, _) = TestApp::with_one_server().await;
    for record in noc.simulator.ledger().dns_records.iter().filter(|record| record.comment.is_some()) {
        noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    }
    for name in ["one", "two", "three"] {
        noc.make_droplet(name, &["noc"]);
    }
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    for (path, list) in [("/api/drift", "drifts"), ("/api/orphans", "orphans")] {
        let whole = noc.get(path).await.json()[list].as_array().unwrap().clone();
        assert_eq!(whole.len(), 3, "{whole:#?}");
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        while paged.len() < whole.len() {
            let page = noc.get(&format!("{path}?limit=1&cursor={cursor}")).await.assert_status(200);
            paged.extend(page[list].as_array().unwrap().clone());
            cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!((paged, cursor.as_str()), (whole, ""));
        noc.get(&format!("{path}?cursor=x")).await.assert_refused(422, "invalid_field", Some("cursor"));
    }
    let id = noc.orphans().await[0]["id"].as_str().unwrap().to_owned();
    noc.give_away(&id).await;
    assert_eq!(noc.orphans().await.len(), 2);
    let missing = format!("orp_{}", "0".repeat(24));
    for id in [id.as_str(), &missing, "x", "orp_"] {
        noc.delete(&format!("/api/orphans/{id}"), &json!({})).await.assert_refused(404, "not_found", None);
        let adopt = noc.post(&format!("/api/orphans/{id}/adopt"), &json!({})).await;
        adopt.assert_refused(404, "not_found", None);
    }
}
