//! The reconciler: what it finds, and what is done about it.

use noc_simulator::{Effect, Provider, Settings};
use serde_json::{Value, json};

use crate::support::{TestApp, json_request};

/// What is so old belongs to no deploy that is under way.
const OLD_MS: u64 = 4 * 3_600_000;

impl TestApp {
    /// Lets the reconciler look at everything once more.
    async fn sweep(&self) {
        self.pass(15 * 60_000).await;
        for _ in 0..6 {
            self.tick().await;
            self.pass(60_000).await;
        }
    }

    async fn drifts(&self) -> Vec<Value> {
        self.get("/api/drift").await.assert_status(200)["drifts"].as_array().unwrap().clone()
    }

    /// Kind, field, desired and observed of each drift.
    async fn differences(&self) -> Vec<[String; 4]> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let told = |drift: &Value| ["kind", "field", "desired", "observed"].map(|name| text(&drift[name]));
        self.drifts().await.iter().map(told).collect()
    }

    /// Orphans, machines first.
    async fn orphans(&self) -> Vec<Value> {
        let mut orphans =
            self.get("/api/orphans").await.assert_status(200)["orphans"].as_array().unwrap().clone();
        orphans.sort_by_key(|one| (one["kind"] != "droplet", one["first_seen_at"].to_string()));
        orphans
    }

    /// What somebody does at DigitalOcean behind NOC's back.
    fn at_digitalocean(&self, method: &str, path: &str, body: &Value) -> Value {
        self.behind_its_back(method, &format!("/digitalocean/v2{path}"), body)
    }

    /// What somebody does in the zone behind NOC's back.
    fn in_the_zone(&self, method: &str, path: &str, body: &Value) -> Value {
        let zone = self.simulator.settings().zone_id;
        let path = format!("/cloudflare/client/v4/zones/{zone}/dns_records{path}");
        self.behind_its_back(method, &path, body)
    }

    fn droplet(&self) -> u64 {
        self.simulator.ledger().droplets[0].id
    }

    /// The record of a name, as the provider has it.
    fn record(&self, name: &str) -> noc_simulator::LedgerRecord {
        let records = self.simulator.ledger().dns_records;
        records.into_iter().find(|record| record.name == name).unwrap()
    }
}

async fn set_policies(noc: &TestApp, policies: Value) {
    let request = json_request(http::Method::PUT, "/api/drift/policies");
    noc.send(request, json!({ "policies": policies }).to_string()).await.assert_status(200);
}

async fn with_one_server() -> (TestApp, String) {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let domain = noc.get("/api/servers/alpha/status").await.json()["domains"][0].as_str().unwrap().to_owned();
    (noc, domain)
}

#[tokio::test]
async fn what_is_as_it_was_made_does_not_drift() {
    let (noc, _) = with_one_server().await;
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
    let listed = noc.get("/api/drift").await.json();
    for swept in ["droplets_swept_at", "dns_records_swept_at"] {
        assert!(listed[swept].is_string(), "{listed:#}");
    }
}

#[tokio::test]
async fn each_kind_of_drift_is_told_field_by_field_and_goes_when_it_is_over() {
    let (noc, domain) = with_one_server().await;
    let droplet = noc.droplet();
    let server = noc.server_id().await;
    let ip = noc.get("/api/servers/alpha/status").await.json()["ip"].as_str().unwrap().to_owned();
    let record = noc.record(&domain);
    let changed = |content: &str, proxied: bool, comment: Option<&str>| json!({ "name": domain, "type": "A", "ttl": 1, "content": content, "proxied": proxied, "comment": comment });
    let comment = record.comment.clone();
    let put = |body: &Value| noc.in_the_zone("PUT", &format!("/{}", record.id), body);
    let extra = "an id";
    // What somebody does, what is told of it, and how it is undone.
    put(&changed("203.0.113.9", true, comment.as_deref()));
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["dns_content", &format!("{domain} content"), &ip, "203.0.113.9"]]);
    let since = noc.drifts().await[0]["since"].clone();
    put(&changed(&ip, false, comment.as_deref()));
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["dns_proxied", &format!("{domain} proxied"), "proxied", "not proxied"]]
    );
    put(&changed(&ip, true, Some("mine")));
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["dns_content", &format!("{domain} comment"), &format!("noc {server}"), "mine"]]
    );
    put(&changed(&ip, true, comment.as_deref()));
    let second = noc.in_the_zone("POST", "", &changed("203.0.113.10", true, None));
    let second = second["result"]["id"].as_str().unwrap_or(extra).to_owned();
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["dns_extra", &format!("{domain} A {second}"), "-", "203.0.113.10"]]
    );
    noc.in_the_zone("DELETE", &format!("/{second}"), &Value::Null);
    noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["dns_missing", &domain, &ip, "-"]]);
    noc.sweep().await;
    assert!(noc.drifts().await[0]["since"].as_str() > since.as_str());
    assert_eq!(noc.drifts().await[0]["policy"], "report");
    noc.in_the_zone("POST", "", &changed(&ip, true, comment.as_deref()));
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &json!({ "type": "power_off" }));
    noc.at_digitalocean(
        "DELETE",
        "/tags/noc/resources",
        &json!({ "resources": [{ "resource_id": droplet.to_string(), "resource_type": "droplet" }] }),
    );
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["power", "droplet power", "on", "off"], ["tags", "droplet tag noc", "noc", "-"]]
    );
    let resize = json!({ "type": "resize", "size": "s-4vcpu-8gb" });
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &resize);
    noc.pass(60_000).await;
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &json!({ "type": "power_on" }));
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["size", "droplet size", "s-2vcpu-4gb", "s-4vcpu-8gb"], ["tags", "droplet tag noc", "noc", "-"]]
    );
    assert!(noc.simulator.vanish_droplet(droplet));
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["droplet_missing", "droplet", &droplet.to_string(), "-"]]);
    noc.destroy("alpha").await.assert_status(200);
    noc.tick().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
}

#[tokio::test]
async fn a_policy_has_a_repair_mend_the_drift_and_only_that() {
    let (noc, domain) = with_one_server().await;
    let droplet = noc.droplet();
    let record = noc.record(&domain);
    set_policies(&noc, json!({ "power": "fix", "dns_missing": "fix", "tags": "ignore" })).await;
    noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &json!({ "type": "power_off" }));
    let other = noc.get("/api/servers/alpha/status").await.json()["domains"][1].as_str().unwrap().to_owned();
    let unproxied = noc.record(&other);
    let body = json!({ "name": other, "type": "A", "ttl": 1, "content": unproxied.content, "proxied": false,
        "comment": unproxied.comment });
    noc.in_the_zone("PUT", &format!("/{}", unproxied.id), &body);
    noc.sweep().await;
    noc.sweep().await;
    let left: Vec<String> = noc.differences().await.into_iter().map(|[kind, ..]| kind).collect();
    assert_eq!(left, ["dns_proxied"], "what is only reported is not touched");
    assert_eq!(noc.record(&domain).content, record.content);
    let deployments = noc.get("/api/deployments").await.json()["deployments"].clone();
    assert_eq!((&deployments[0]["saga"], &deployments[0]["status"]), (&json!("repair"), &json!("succeeded")));
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "active");
    // Whoever asks for it has the rest mended, too.
    let begun = noc.post("/api/servers/alpha/repair", &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    let path = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&path).await.json()["status"], "succeeded");
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    noc.destroy("alpha").await.assert_status(200);
    noc.assert_clean();
}

#[tokio::test]
async fn a_repair_that_cannot_mend_says_why_and_leaves_the_server_what_it_is() {
    let (noc, domain) = with_one_server().await;
    let body = json!({ "name": domain, "type": "AAAA", "ttl": 1, "content": "2001:db8::1", "proxied": true });
    noc.in_the_zone("POST", "", &body);
    let begun = noc.post("/api/servers/alpha/repair", &json!({ "kinds": ["dns_extra"] })).await;
    let begun = begun.assert_status(202);
    noc.pass(60_000).await;
    let path = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    let repair = noc.get(&path).await.json();
    assert_eq!((&repair["status"], &repair["failure"]["code"]), (&json!("stuck"), &json!("domain_taken")));
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "active");
    noc.post(&format!("{path}/cancel"), &json!({})).await.assert_refused(409, "not_possible_now", None);
    // It mends what there is to mend when it is asked to go on.
    let foreign =
        noc.simulator.ledger().dns_records.into_iter().find(|record| record.kind == "AAAA").unwrap();
    noc.in_the_zone("DELETE", &format!("/{}", foreign.id), &Value::Null);
    noc.post(&format!("{path}/retry"), &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    assert_eq!(noc.get(&path).await.json()["status"], "succeeded");
}

#[tokio::test]
async fn only_a_server_that_is_there_is_repaired_and_only_what_can_be() {
    let (noc, _) = with_one_server().await;
    noc.post("/api/servers/nobody/repair", &json!({})).await.assert_refused(404, "not_found", None);
    for kinds in [json!(["size"]), json!([])] {
        let body = json!({ "kinds": kinds });
        noc.post("/api/servers/alpha/repair", &body).await.assert_refused(
            422,
            "invalid_field",
            Some("kinds"),
        );
    }
    for (policies, field) in [
        (json!({ "size": "fix" }), "policies.size"),
        (json!({ "droplet_missing": "fix" }), "policies.droplet_missing"),
    ] {
        let request = json_request(http::Method::PUT, "/api/drift/policies");
        let answer = noc.send(request, json!({ "policies": policies }).to_string()).await;
        answer.assert_refused(422, "invalid_field", Some(field));
    }
    noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", 9, Effect::status(403));
    noc.destroy("alpha").await.assert_status(502);
    noc.post("/api/servers/alpha/repair", &json!({})).await.assert_refused(409, "not_possible_now", None);
}

#[tokio::test]
async fn what_no_record_knows_is_an_orphan_when_it_is_old_enough_and_is_deleted_with_one_call() {
    let noc = TestApp::new();
    let server = "srv_0123456789abcdef01234567";
    noc.make_droplet("lost", &["noc", &format!("noc-server:{server}")]);
    noc.make_droplet("theirs", &["web"]);
    let zone = noc.simulator.settings().zone_name;
    let record = json!({ "name": format!("lost.{zone}"), "type": "A", "ttl": 1, "content": "203.0.113.7",
        "comment": format!("noc {server} dep_0123456789abcdef01234567") });
    noc.in_the_zone("POST", "", &record);
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new(), "they may be of a deploy that is under way");
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let told: Vec<_> = orphans.iter().map(|one| (one["kind"].as_str().unwrap(), &one["server_id"])).collect();
    assert_eq!(told, [("droplet", &json!(server)), ("dns_record", &json!(server))], "{orphans:#?}");
    assert_eq!(noc.get("/api/orphans").await.json()["price_monthly"], 24);
    let id = |index: usize| orphans[index]["id"].as_str().unwrap().to_owned();
    noc.sweep().await;
    assert_eq!(noc.orphans().await[0]["id"], orphans[0]["id"], "it is the same one");
    for index in [0, 1] {
        let path = format!("/api/orphans/{}", id(index));
        noc.delete(&path, &json!({})).await.assert_status(200);
        noc.delete(&path, &json!({})).await.assert_refused(404, "not_found", None);
    }
    let ledger = noc.simulator.ledger();
    assert_eq!(ledger.droplets.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["theirs"]);
    assert_eq!(ledger.counts.dns_records, 0);
}

#[tokio::test]
async fn a_machine_whose_records_were_lost_is_adopted_and_lives_on() {
    let (noc, domain) = with_one_server().await;
    let machine = noc.machine("alpha");
    noc.lose_all_records().await;
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let droplet = orphans.iter().find(|one| one["kind"] == "droplet").unwrap();
    let path = format!("/api/orphans/{}/adopt", droplet["id"].as_str().unwrap());
    noc.post(&path, &json!({})).await.assert_refused(422, "invalid_field", Some("branch"));
    let body = json!({ "branch": "master", "enable_cloudflare_proxy": true });
    let begun = noc.post(&path, &body).await.assert_status(202);
    noc.pass(5_000).await;
    machine.report(&noc, 7).await.assert_status(200);
    noc.pass(5_000).await;
    let deployment = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    let adopted = noc.get(&deployment).await.json();
    assert_eq!((&adopted["saga"], &adopted["status"]), (&json!("adopt"), &json!("succeeded")), "{adopted:#}");
    assert_eq!(noc.get("/api/servers/alpha/status").await.json()["status"], "active");
    assert_eq!(noc.record(&domain).content, noc.get("/api/servers/alpha/status").await.json()["ip"]);
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    noc.destroy("alpha").await.assert_status(200);
    noc.assert_clean();
}

#[tokio::test]
async fn an_adoption_without_an_agent_is_undone_and_leaves_the_machine_alone() {
    let noc = TestApp::new();
    let server = "srv_0123456789abcdef01234567";
    noc.make_droplet("lost", &["noc", &format!("noc-server:{server}")]);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let path = format!("/api/orphans/{}/adopt", noc.orphans().await[0]["id"].as_str().unwrap());
    let begun = noc.post(&path, &json!({ "branch": "master" })).await.assert_status(202);
    noc.pass(20 * 60_000).await;
    let deployment = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&deployment).await.json()["status"], "unwound");
    let ledger = noc.simulator.ledger();
    assert_eq!((ledger.counts.droplets, ledger.counts.dns_records), (1, 0));
    noc.sweep().await;
    assert_eq!(noc.orphans().await[0]["reason"], "its server was destroyed");
}

#[tokio::test]
async fn a_second_machine_and_one_of_no_server_are_orphans_that_are_deleted_and_not_adopted() {
    let (noc, _) = with_one_server().await;
    let server = noc.server_id().await;
    noc.make_droplet("alpha", &["noc", &format!("noc-server:{server}")]);
    noc.make_droplet("anybody", &["noc"]);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    assert_eq!(orphans.len(), 2, "{orphans:#?}");
    for orphan in orphans {
        let path = format!("/api/orphans/{}", orphan["id"].as_str().unwrap());
        let adopted = noc.post(&format!("{path}/adopt"), &json!({ "branch": "master" })).await;
        adopted.assert_refused(409, "not_possible_now", None);
        noc.delete(&path, &json!({})).await.assert_status(200);
    }
    noc.assert_one_server();
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
}

#[tokio::test]
async fn a_provider_that_is_away_stops_one_sweep_and_not_the_other_and_nothing_is_forgotten() {
    let (noc, domain) = with_one_server().await;
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
}
