//! What a server's agent and the Worker say to each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::{DeploymentId, ServerId},
    time::Timestamp,
};

/// How a service is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServiceHealth {
    /// Its health check passes.
    Healthy,
    /// Its health check fails.
    Unhealthy,
    /// It was started and has not passed its health check yet.
    Starting,
    /// Nobody has said.
    #[default]
    Unknown,
}

/// The body of `POST /api/agents/claim`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// The server that the agent runs on.
    pub server_id: ServerId,
    /// The deployment that made it.
    pub deployment_id: DeploymentId,
    /// 64 hexadecimal digits that the machine made once and keeps: a claim whose answer was lost is repeated with
    /// the same ones, and anybody else's is refused.
    pub nonce: String,
    /// The machine's own id.
    pub machine_id: String,
    /// The public halves of the machine's SSH host keys.
    pub host_keys: Vec<String>,
}

/// The answer of `POST /api/agents/claim`. It holds secrets, so that it cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimAnswer {
    /// The key that the agent signs its reports with, in 64 hexadecimal digits.
    pub agent_key: String,
    /// The application's secrets.
    pub secrets: BTreeMap<String, String>,
    /// The services that the agent shall report on.
    pub services: Vec<String>,
    /// Seconds between two reports.
    pub interval_seconds: u32,
}

/// How much there is of something, and how much of it is free, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// All of it.
    pub total_bytes: u64,
    /// What is free.
    pub available_bytes: u64,
}

/// A line that a service wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceLine {
    /// The service.
    pub service: String,
    /// When it wrote the line.
    pub at: Timestamp,
    /// The line.
    pub line: String,
}

/// What cloud-init has written of itself, as its own files have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CloudInitReport {
    /// Its `status.json`.
    pub stages: String,
    /// Its `result.json`, once it has ended.
    #[serde(default)]
    pub result: Option<String>,
    /// The end of its output.
    #[serde(default)]
    pub output: String,
}

/// What a machine had to give up while NOC was out of its reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Reports.
    pub reports: u64,
    /// Lines of services.
    pub lines: u64,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommandResult {
    /// The command.
    pub id: u64,
    /// Whether it did what it says.
    pub ok: bool,
    /// What it wrote.
    pub output: String,
}

/// The body of `POST /api/agents/report`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// A number that is higher in each report: one that comes twice, because the answer to the first was lost, is taken
    /// once.
    #[serde(default)]
    pub number: Option<u64>,
    /// When it was made; now when absent. A report may have waited on the machine while NOC was out of its reach.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Seconds since the machine started.
    pub uptime: u64,
    /// The share of the processors' time since the last report that was used, from 0 to 1.
    #[serde(default)]
    pub cpu: Option<f64>,
    /// The load averages over 1, 5 and 15 minutes.
    pub load: [f64; 3],
    /// Memory.
    pub memory: Capacity,
    /// The root disk.
    pub disk: Capacity,
    /// The health of each service.
    pub services: BTreeMap<String, ServiceHealth>,
    /// How often each service was restarted, where that is counted.
    #[serde(default)]
    pub restarts: BTreeMap<String, u64>,
    /// The versions of what runs: the agent's, the system's, those of services.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// How many packages wait for a security update.
    #[serde(default)]
    pub security_updates: Option<u32>,
    /// The public halves of the machine's SSH host keys, when they have changed and each hour.
    #[serde(default)]
    pub host_keys: Option<Vec<String>>,
    /// How far the machine's first start is.
    #[serde(default)]
    pub cloud_init: Option<CloudInitReport>,
    /// What was given up since the last report.
    #[serde(default)]
    pub dropped: Dropped,
    /// What came of commands.
    #[serde(default)]
    pub results: Vec<CommandResult>,
    /// What the services wrote since the last report.
    #[serde(default)]
    pub lines: Vec<ServiceLine>,
}

/// The answer of `POST /api/agents/report`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportAnswer {
    /// Seconds until the next report.
    pub interval_seconds: u32,
    /// What the agent shall do.
    pub commands: Vec<AgentCommand>,
}

/// A command as an agent is given it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AgentCommand {
    /// It only rises. A command is given again until its result has come.
    pub id: u64,
    /// `diagnostics`, `restart`, `rotate` or `update`.
    pub name: String,
    /// What it needs: the service; generation and key; hash and text of the agent in base64.
    pub values: Vec<String>,
}

/// The text that NOC signs its answer to a report with: what it answers, when, to which request.
pub fn signed_answer(status: u16, path: &str, timestamp: i64, counter: u64, body_sha256_hex: &str) -> String {
    format!("{status}\n{path}\n{timestamp}\n{counter}\n{body_sha256_hex}")
}

/// The text that an agent signs: what it does, when, and a counter that makes each report the only one of its kind.
pub fn signed_text(method: &str, path: &str, timestamp: i64, counter: u64, body_sha256_hex: &str) -> String {
    format!("{method}\n{path}\n{timestamp}\n{counter}\n{body_sha256_hex}")
}
