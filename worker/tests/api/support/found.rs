//! What the reconciler has found, and somebody who changes things at the providers.

use serde_json::{Value, json};

use super::{Answer, TestApp};

/// What is so old belongs to no deploy that is under way.
pub(crate) const OLD_MS: u64 = noc_worker::orphans::YOUNGEST_MS as u64 + 3_600_000;

impl TestApp {
    /// Lets the reconciler look at everything once more.
    pub(crate) async fn sweep(&self) {
        self.pass(15 * 60_000).await;
        for _ in 0..6 {
            self.tick().await;
            self.pass(60_000).await;
        }
    }

    pub(crate) async fn drifts(&self) -> Vec<Value> {
        self.get("/api/drift").await.assert_status(200)["drifts"].as_array().unwrap().clone()
    }

    /// Kind, field, desired and observed of each drift.
    pub(crate) async fn differences(&self) -> Vec<[String; 4]> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let told = |drift: &Value| ["kind", "field", "desired", "observed"].map(|name| text(&drift[name]));
        self.drifts().await.iter().map(told).collect()
    }

    /// Orphans, machines first.
    pub(crate) async fn orphans(&self) -> Vec<Value> {
        let mut orphans =
            self.get("/api/orphans").await.assert_status(200)["orphans"].as_array().unwrap().clone();
        orphans.sort_by_key(|one| (one["kind"] != "droplet", one["first_seen_at"].to_string()));
        orphans
    }

    /// What somebody does at DigitalOcean behind NOC's back.
    pub(crate) fn at_digitalocean(&self, method: &str, path: &str, body: &Value) -> Value {
        self.behind_its_back(method, &format!("/digitalocean/v2{path}"), body)
    }

    /// What somebody does in the zone behind NOC's back.
    pub(crate) fn in_the_zone(&self, method: &str, path: &str, body: &Value) -> Value {
        let zone = self.simulator.settings().zone_id;
        let path = format!("/cloudflare/client/v4/zones/{zone}/dns_records{path}");
        self.behind_its_back(method, &path, body)
    }

    /// A record of the zone that was there before NOC.
    pub(crate) fn somebodys_record(&self, name: &str, kind: &str, content: &str) {
        let body = json!({ "name": name, "type": kind, "content": content });
        self.behind_its_back("POST", "/_simulator/records", &body);
    }

    pub(crate) fn droplet(&self) -> u64 {
        self.simulator.ledger().droplets[0].id
    }

    /// The record of a name, as the provider has it.
    pub(crate) fn record(&self, name: &str) -> noc_simulator::LedgerRecord {
        let records = self.simulator.ledger().dns_records;
        records.into_iter().find(|record| record.name == name).unwrap()
    }

    /// A NOC with one active server, and the first of its domains.
    pub(crate) async fn with_one_server() -> (Self, String) {
        let noc = Self::new();
        noc.deploy_active("alpha").await;
        let status = noc.get("/api/servers/alpha/status").await.json();
        (noc, status["domains"][0].as_str().unwrap().to_owned())
    }

    /// Says what is done about kinds of drift.
    pub(crate) async fn set_policies(&self, policies: &Value) -> Answer {
        self.put("/api/drift/policies", &json!({ "policies": policies })).await
    }
}
