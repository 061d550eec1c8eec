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
pub struct Capacity {
    /// All of it.
    pub total_bytes: u64,
    /// What is free.
    pub available_bytes: u64,
}

/// A line that a service wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceLine {
    /// The service.
    pub service: String,
    /// When it wrote the line.
    pub at: Timestamp,
    /// The line.
    pub line: String,
}

/// The body of `POST /api/agents/report`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Seconds since the machine started.
    pub uptime: u64,
    /// The load averages over 1, 5 and 15 minutes.
    pub load: [f64; 3],
    /// Memory.
    pub memory: Capacity,
    /// The root disk.
    pub disk: Capacity,
    /// The health of each service.
    pub services: BTreeMap<String, ServiceHealth>,
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
}

/// The text that an agent signs: what it does, when, and a counter that makes each report the only one of its kind.
pub fn signed_text(method: &str, path: &str, timestamp: i64, counter: u64, body_sha256_hex: &str) -> String {
    format!("{method}\n{path}\n{timestamp}\n{counter}\n{body_sha256_hex}")
}
