//! Servers: the machines that NOC created.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    agents::{Capacity, Dropped, ServiceHealth},
    id::{DeploymentId, ServerId},
    money::Usd,
    time::Timestamp,
};

/// How a server stands. It is what the last evidence says, not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServerStatus {
    /// Being made: its machine has not reported yet.
    Provisioning,
    /// Its machine's agent said so, signed.
    Active,
    /// It was active, and its agent has been silent for three of its intervals.
    Unreachable,
    /// Being taken away, or what was begun of it is.
    Destroying,
    /// Something of it is left at a provider and could not be removed; its deployment says what.
    Stuck,
    /// Gone.
    Destroyed,
}

impl ServerStatus {
    /// Every status that a server in a list can have.
    pub const LISTED: [Self; 5] =
        [Self::Provisioning, Self::Active, Self::Unreachable, Self::Destroying, Self::Stuck];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Unreachable => "unreachable",
            Self::Destroying => "destroying",
            Self::Stuck => "stuck",
            Self::Destroyed => "destroyed",
        }
    }
}

/// A server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Server {
    /// Its identifier, which no later server of the same name has.
    pub id: ServerId,
    /// Its name, unique among the servers that its organization has now.
    pub name: String,
    /// How it stands.
    pub status: ServerStatus,
    /// The provider's id of its machine, once there is one.
    pub droplet_id: Option<String>,
    /// Its public IPv4 address, once it has one.
    pub ip: Option<String>,
    /// The provider's name of its region.
    pub region: String,
    /// The provider's name of its size.
    pub size: String,
    /// What it costs per month in US dollars.
    pub price_monthly: Usd,
    /// Its domains.
    pub domains: Vec<String>,
    /// Whether its domains go through Cloudflare's proxy.
    pub proxied: bool,
    /// What runs on it.
    pub application: String,
    /// The git branch that it runs.
    pub branch: String,
    /// Its environment.
    pub environment: String,
    /// The projects that it is in.
    pub projects: Vec<String>,
    /// The health of each service, as the agent last said; `unknown` before its first report.
    pub services: BTreeMap<String, ServiceHealth>,
    /// When its deployment began.
    pub created_at: Timestamp,
    /// When its machine first reported.
    pub active_since: Option<Timestamp>,
    /// The newest deployment on it.
    pub deployment_id: DeploymentId,
}

/// The answer of `GET /api/servers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerList {
    /// Servers by name.
    pub servers: Vec<Server>,
    /// What to send as `cursor` for those that follow; null at the end.
    pub next_cursor: Option<String>,
}

/// The answer of `GET /api/servers/{name}/status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerStatusAnswer {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: ServerStatus,
    /// Seconds since its machine started, as its agent last said; null before its first report.
    pub uptime: Option<u64>,
    /// The health of each service, as the agent last said; `unknown` before its first report.
    pub services: BTreeMap<String, ServiceHealth>,
    /// When the agent last reported.
    pub last_report_at: Option<Timestamp>,
    /// Since when it has been silent for too long.
    pub unreachable_since: Option<Timestamp>,
    /// How often each service was restarted, where that is counted.
    pub restarts: BTreeMap<String, u64>,
    /// The versions of what runs.
    pub versions: BTreeMap<String, String>,
    /// How many packages wait for a security update.
    pub security_updates: Option<u32>,
    /// The public halves of its SSH host keys, as its agent has said, signed.
    #[serde(default)]
    pub host_keys: Vec<String>,
    /// How far the machine's first start is, or what came of it.
    pub cloud_init: Option<CloudInitProgress>,
    /// What the machine had to give up, over its life, while NOC was out of its reach.
    pub dropped: Dropped,
    /// Seconds between two reports.
    pub interval_seconds: u32,
    /// The share of the processors' time that was used between the last two reports, from 0 to 1.
    pub cpu: Option<f64>,
    /// The load averages over 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// Memory in bytes.
    pub memory: Option<Capacity>,
    /// The root disk in bytes.
    pub disk: Option<Capacity>,
    /// The provider's id of its machine.
    pub droplet_id: Option<String>,
    /// Its public IPv4 address.
    pub ip: Option<String>,
    /// Its domains.
    pub domains: Vec<String>,
    /// When its deployment began.
    pub created_at: Timestamp,
    /// The newest deployment on it.
    pub deployment_id: DeploymentId,
}

/// Where a line of a server's story comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogSource {
    /// A deployment on the server.
    Deployment,
    /// The server's agent.
    Agent,
    /// What NOC has noticed of the server.
    Server,
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Of interest to those who look for a fault.
    Debug,
    /// What happened.
    Info,
    /// What somebody should look at when there is time.
    Warning,
    /// What somebody should look at now.
    Error,
}

impl LogLevel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warning, Self::Error];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How far a machine's first start is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CloudInitProgress {
    /// `running`, `done` or `failed`.
    pub status: CloudInitStatus,
    /// The stage that it is in, as cloud-init calls it.
    pub stage: Option<String>,
    /// What went wrong in it, in cloud-init's words.
    pub errors: Vec<String>,
    /// The end of its output.
    pub output: Vec<String>,
}

/// What came of a machine's first start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CloudInitStatus {
    /// It goes on.
    Running,
    /// It has ended without an error.
    Done,
    /// It has ended with errors.
    Failed,
}

/// A line of a server's story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogLine {
    /// Its place in the story; it only rises.
    pub id: u64,
    /// When it happened, as its source says.
    pub at: Timestamp,
    /// Where it comes from.
    pub source: LogSource,
    /// How much it matters: what a line of a service says of itself, or `info`.
    pub level: LogLevel,
    /// The service that wrote it.
    pub service: Option<String>,
    /// The deployment that it belongs to.
    pub deployment_id: Option<DeploymentId>,
    /// The line.
    pub message: String,
}

/// The answer of `GET /api/servers/{name}/logs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogPage {
    /// Lines, oldest first.
    pub lines: Vec<LogLine>,
    /// What to send as `cursor` for those that follow; null at the end.
    pub next_cursor: Option<String>,
}

/// The body of `DELETE /api/servers/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DestroyRequest {
    /// The word `DESTROY`. One that is absent is no confirmation, and is told so.
    #[serde(default)]
    pub confirm: String,
}

/// The answer of `DELETE /api/servers/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DestroyAnswer {
    /// True: the request was taken. Whether it is done, the status says (200, or 202 for not yet).
    pub success: bool,
    /// The run that takes the server away.
    pub deployment_id: DeploymentId,
    /// The provider's id of the machine that was deleted; null if there was none or not yet.
    pub deleted_droplet: Option<String>,
    /// How many DNS records were deleted so far.
    pub deleted_dns_records: u32,
}
