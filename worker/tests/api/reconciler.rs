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
    // It stands, though its machine says nothing here.
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "unreachable");
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
    assert_eq!(noc.orphans().await[0]["reason"], "its server was destroyed, or its adoption was undone");
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

#[tokio::test]
async fn a_machine_whose_tags_somebody_has_taken_away_drifts_and_is_no_orphan() {
    let (noc, _) = with_one_server().await;
    let (droplet, server) = (noc.droplet(), noc.server_id().await);
    let tag = format!("noc-server:{server}");
    let resources =
        json!({ "resources": [{ "resource_id": droplet.to_string(), "resource_type": "droplet" }] });
    noc.at_digitalocean("DELETE", &format!("/tags/{tag}/resources"), &resources);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
    assert_eq!(noc.differences().await, [["tags", &format!("droplet tag {tag}"), &tag, "-"]]);
    // Nor does a tag of another server make it another's.
    noc.at_digitalocean("POST", "/tags", &json!({ "name": "noc-server:srv_0123456789abcdef01234567" }));
    let path = "/tags/noc-server:srv_0123456789abcdef01234567/resources";
    noc.at_digitalocean("POST", path, &resources);
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_machine_that_was_restored_in_the_place_of_a_servers_own_is_nobodys_to_delete() {
    let (noc, _) = with_one_server().await;
    let (droplet, server) = (noc.droplet(), noc.server_id().await);
    noc.make_droplet("alpha", &["noc", &format!("noc-server:{server}")]);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    assert_eq!(orphans[0]["reason"], "its server has another machine");
    assert!(noc.simulator.vanish_droplet(droplet));
    let path = format!("/api/orphans/{}", orphans[0]["id"].as_str().unwrap());
    noc.delete(&path, &json!({})).await.assert_refused(409, "not_possible_now", None);
    assert_eq!(noc.simulator.ledger().counts.droplets, 1);
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["droplet_missing", "droplet", &droplet.to_string(), "-"]]);
}

#[tokio::test]
async fn a_record_in_the_way_is_told_once_and_the_repair_is_left_alone_for_six_hours() {
    let (noc, domain) = with_one_server().await;
    set_policies(&noc, json!({ "dns_missing": "fix" })).await;
    noc.in_the_zone("DELETE", &format!("/{}", noc.record(&domain).id), &Value::Null);
    let theirs = json!({ "name": domain, "type": "A", "ttl": 1, "content": "203.0.113.9" });
    noc.in_the_zone("POST", "", &theirs);
    let repairs = async || {
        let listed = noc.get("/api/deployments?limit=500").await.json();
        let listed = listed["deployments"].as_array().unwrap().clone();
        let repairs: Vec<Value> = listed.into_iter().filter(|one| one["saga"] == "repair").collect();
        assert!(repairs.iter().all(|repair| repair["status"] == "stuck"), "{repairs:#?}");
        repairs.len()
    };
    for _ in 0..8 {
        noc.sweep().await;
    }
    assert_eq!(repairs().await, 1);
    let since = noc.drifts().await[0]["since"].clone();
    noc.pass(6 * 3_600_000).await;
    noc.sweep().await;
    assert_eq!((repairs().await, &noc.drifts().await[0]["since"]), (2, &since));
}

#[tokio::test]
async fn what_takes_no_visitors_away_does_not_stand_in_the_way_and_a_record_made_by_hand_is_marked() {
    let (noc, domain) = with_one_server().await;
    let record = noc.record(&domain);
    let text = json!({ "name": domain, "type": "TXT", "ttl": 1, "content": "\"verified\"" });
    noc.in_the_zone("POST", "", &text);
    noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    let by_hand =
        json!({ "name": domain, "type": "A", "ttl": 1, "content": record.content, "proxied": true });
    noc.in_the_zone("POST", "", &by_hand);
    let begun = noc.post("/api/servers/alpha/repair", &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    let path = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&path).await.json()["status"], "succeeded");
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    noc.destroy("alpha").await.assert_status(200);
    let left = noc.simulator.ledger().dns_records.into_iter().filter(|record| record.name == domain);
    assert_eq!(left.map(|record| record.kind).collect::<Vec<_>>(), ["TXT"]);
}

#[tokio::test]
async fn a_repair_of_other_things_is_not_taken_for_the_one_that_is_under_way() {
    let (noc, _) = with_one_server().await;
    let power_off = json!({ "type": "power_off" });
    noc.at_digitalocean("POST", &format!("/droplets/{}/actions", noc.droplet()), &power_off);
    noc.pass(60_000).await;
    let repair = async |kinds: Value| noc.post("/api/servers/alpha/repair", &json!({ "kinds": kinds })).await;
    let first = repair(json!(["power", "tags"])).await.assert_status(202);
    let again = repair(json!(["power"])).await.assert_status(202);
    assert_eq!(first["deployment_id"], again["deployment_id"]);
    repair(json!(["dns_missing"])).await.assert_refused(409, "not_possible_now", None);
    noc.pass(60_000).await;
    repair(json!(["dns_missing"])).await.assert_status(202);
}

#[tokio::test]
async fn a_server_whose_record_was_lost_and_whose_object_was_not_is_listed_again_and_never_deleted() {
    let (noc, _) = with_one_server().await;
    let deployments = async || noc.get("/api/deployments").await.json()["deployments"].clone();
    let before = deployments().await;
    // What changes is told, and the server with it: nothing changes any more after its machine was missed.
    noc.pass(300_000).await;
    noc.lose_the_database().await;
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let path = format!("/api/orphans/{}", orphans[0]["id"].as_str().unwrap());
    noc.delete(&path, &json!({})).await.assert_refused(409, "not_possible_now", None);
    let adopted = noc.post(&format!("{path}/adopt"), &json!({})).await.assert_status(202);
    assert_eq!(adopted["deployment_id"], before[0]["id"], "nothing new was begun");
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "unreachable");
    assert_eq!(deployments().await, before);
    noc.sweep().await;
    noc.sweep().await;
    let left: Vec<Value> = noc.orphans().await;
    assert!(left.iter().all(|one| one["kind"] != "droplet"), "{left:#?}");
    noc.assert_one_server();
}

#[tokio::test]
async fn a_record_of_a_server_that_is_gone_is_adopted_by_the_one_that_has_its_name() {
    let (noc, domain) = with_one_server().await;
    let record = noc.record(&domain);
    let gone = "noc srv_0123456789abcdef01234567 dep_0123456789abcdef01234567";
    let stale = json!({ "name": domain, "type": "A", "ttl": 1, "content": "203.0.113.9", "proxied": false,
        "comment": gone });
    noc.in_the_zone("PUT", &format!("/{}", record.id), &stale);
    let nobodys = json!({ "name": domain.replace("alpha", "nobody"), "type": "A", "ttl": 1,
        "content": "203.0.113.9", "comment": gone });
    noc.in_the_zone("POST", "", &nobodys);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let path = |name: &str| {
        let one = orphans.iter().find(|one| one["name"] == name).unwrap();
        format!("/api/orphans/{}", one["id"].as_str().unwrap())
    };
    let adopted = noc.post(&format!("{}/adopt", path(&domain)), &json!({})).await.assert_status(200);
    assert_eq!(adopted, json!({ "success": true, "server_name": "alpha", "deployment_id": null }));
    let adopted = noc.record(&domain);
    assert_eq!((adopted.id, adopted.content, adopted.proxied), (record.id, record.content, true));
    let refused = noc.post(&format!("{}/adopt", path(nobodys["name"].as_str().unwrap())), &json!({})).await;
    refused.assert_refused(409, "not_possible_now", None);
    noc.delete(&path(nobodys["name"].as_str().unwrap()), &json!({})).await.assert_status(200);
    noc.sweep().await;
    assert_eq!((noc.orphans().await, noc.differences().await), (vec![], vec![]));
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
    let (noc, _) = with_one_server().await;
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
