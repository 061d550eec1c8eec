//! The machine of a server, as its agent acts.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Answer, TestApp, json_request};

/// A machine's host key.
pub(crate) const HOST_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";

/// What a machine knows from its user data.
pub(crate) struct Machine {
    pub(crate) document: Value,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) nonce: String,
}

impl Machine {
    pub(super) fn of(user_data: &str) -> Self {
        let (first, rest) = user_data.split_once('\n').unwrap();
        assert_eq!(first, "#cloud-config");
        let document: Value = serde_json::from_str(rest).unwrap();
        let files = document["write_files"].as_array().unwrap();
        let env = files.iter().find(|file| file["path"] == "/etc/noc/agent.env").unwrap();
        let lines = env["content"].as_str().unwrap().lines();
        let env = lines
            .map(|line| line.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect();
        Self { document, env, nonce: "ab".repeat(32) }
    }

    pub(crate) fn server_id(&self) -> &str {
        &self.env["NOC_SERVER_ID"]
    }

    /// Claims the secrets.
    pub(crate) async fn claim(&self, noc: &TestApp) -> Answer {
        self.claim_with(noc, &self.env["NOC_CLAIM_TOKEN"]).await
    }

    /// Claims the secrets with some token.
    pub(crate) async fn claim_with(&self, noc: &TestApp, token: &str) -> Answer {
        let body = json!({
            "server_id": self.server_id(),
            "deployment_id": self.env["NOC_DEPLOYMENT_ID"],
            "nonce": self.nonce,
            "machine_id": "machine",
            "host_keys": [HOST_KEY],
        });
        let request = json_request(http::Method::POST, "/api/agents/claim")
            .header("authorization", format!("Bearer {token}"));
        noc.send(request, body.to_string()).await
    }

    /// The key that the machine gets with its claim.
    pub(crate) async fn key(&self, noc: &TestApp) -> String {
        self.claim(noc).await.assert_status(200)["agent_key"].as_str().unwrap().to_owned()
    }

    /// Reports, with everything in order.
    pub(crate) async fn report(&self, noc: &TestApp, counter: u64) -> Answer {
        let key = derived_key(noc, self.server_id());
        let signed = Signed { counter, timestamp: noc.app.clock.now().seconds(), key, body: report_body() };
        signed.send(noc, self.server_id()).await
    }
}

/// The key that NOC derives for a server: the same as the one of the claim, also after the claim's time.
pub(crate) fn derived_key(noc: &TestApp, server: &str) -> String {
    key_of_generation(noc, server, 1)
}

/// The key of a generation that NOC derives for a server.
pub(crate) fn key_of_generation(noc: &TestApp, server: &str, generation: u32) -> String {
    let server = noc_shared::id::ServerId::parse(server).unwrap();
    hex::encode(noc_worker::keys::agent_key(&noc.app.platform().unwrap().master_key, &server, generation))
}

/// A report as it is signed and sent.
pub(crate) struct Signed {
    pub(crate) counter: u64,
    pub(crate) timestamp: i64,
    pub(crate) key: String,
    pub(crate) body: Value,
}

impl Signed {
    pub(crate) async fn send(&self, noc: &TestApp, server: &str) -> Answer {
        self.send_as(noc, server, 1).await
    }

    /// Sends it as one that is signed with the key of a generation.
    pub(crate) async fn send_as(&self, noc: &TestApp, server: &str, generation: u32) -> Answer {
        let body = self.body.to_string();
        let digest = hex::encode(Sha256::digest(&body));
        let text = format!("POST\n/api/agents/report\n{}\n{}\n{digest}", self.timestamp, self.counter);
        let key = hex::decode(&self.key).unwrap();
        let signature = hex::encode(noc_worker::keys::authenticate(&key, &[text.as_bytes()]));
        let request = json_request(http::Method::POST, "/api/agents/report")
            .header("x-noc-server", server)
            .header("x-noc-generation", generation.to_string())
            .header("x-noc-timestamp", self.timestamp.to_string())
            .header("x-noc-counter", self.counter.to_string())
            .header("x-noc-signature", signature);
        noc.send(request, body).await
    }
}

/// A report of a machine that is well.
pub(crate) fn report_body() -> Value {
    let capacity = json!({ "total_bytes": 4_000_000_000_u64, "available_bytes": 3_000_000_000_u64 });
    json!({
        "uptime": 86_400,
        "cpu": 0.25, "load": [0.5, 0.25, 0.125],
        "memory": capacity,
        "disk": capacity,
        "services": { "api": "healthy", "texting": "healthy", "redis": "healthy", "rabbitmq": "starting" },
        "lines": [{ "service": "api", "at": "2027-01-15T08:00:00Z", "line": "listening" }],
    })
}
