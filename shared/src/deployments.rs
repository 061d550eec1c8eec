//! Deployments: runs of a saga on a target.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    errors::ProviderRefusal,
    id::{DeploymentId, ServerId},
    money::Usd,
    time::Timestamp,
};

/// The body of `POST /api/deploy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeployRequest {
    /// The server's name: a DNS label that still fits with the longest suffix of the application's domains.
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))
    )]
    pub server_name: String,
    /// The provider's name of the size, as `s-2vcpu-4gb`.
    pub droplet_size: String,
    /// The provider's name of the region, as `nyc1`.
    pub droplet_region: String,
    /// The git branch that the machine runs.
    pub branch: String,
    /// Whether the domains go through Cloudflare's proxy.
    pub enable_cloudflare_proxy: bool,
    /// What runs on the server; `flaggerlink` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The project that it belongs to; `default` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The project's environment; `production` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
}

/// The answer of `POST /api/deploy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeployAnswer {
    /// True: the request was taken. Whether it is done, the status says (200, or 202 for not yet).
    pub success: bool,
    /// The run that makes the server.
    pub deployment_id: DeploymentId,
    /// The provider's id of the machine; null while there is none.
    pub droplet_id: Option<String>,
    /// Its public IPv4 address; null while there is none.
    pub droplet_ip: Option<String>,
    /// The server's domains.
    pub domains: Vec<String>,
}

/// Which saga a deployment runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SagaKind {
    /// Makes a server.
    Deploy,
    /// Takes a server away.
    Destroy,
    /// Makes a server again what it should be, where it has drifted.
    Repair,
    /// Makes a server of a machine that is there.
    Adopt,
}

impl SagaKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Destroy => "destroy",
            Self::Repair => "repair",
            Self::Adopt => "adopt",
        }
    }

    /// Whether a server comes to be by it.
    pub const fn makes_a_server(self) -> bool {
        matches!(self, Self::Deploy | Self::Adopt)
    }
}

/// How a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeploymentStatus {
    /// Going forward.
    Running,
    /// Undoing what it did.
    Unwinding,
    /// Done.
    Succeeded,
    /// Everything that it did is undone.
    Unwound,
    /// It could not go on and was not undone: something is left over, or not mended. A retry goes on from there.
    Stuck,
    /// A destroy of the same server took over what it had made.
    Superseded,
}

impl DeploymentStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Unwinding, Self::Succeeded, Self::Unwound, Self::Stuck, Self::Superseded];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Unwinding => "unwinding",
            Self::Succeeded => "succeeded",
            Self::Unwound => "unwound",
            Self::Stuck => "stuck",
            Self::Superseded => "superseded",
        }
    }

    /// Whether nothing more will happen by itself.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Running | Self::Unwinding)
    }
}

/// A deployment, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeploymentSummary {
    /// Its identifier.
    pub id: DeploymentId,
    /// Which saga it runs.
    pub saga: SagaKind,
    /// The version of the saga's rules that it runs under.
    pub saga_version: u32,
    /// The server's name.
    pub server_name: String,
    /// The server.
    pub server_id: ServerId,
    /// How it stands.
    pub status: DeploymentStatus,
    /// The step that it is at.
    pub step: Option<String>,
    /// Why it is not going on, or did not.
    pub failure: Option<Failure>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A deployment with its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deployment {
    /// The deployment, in short.
    #[serde(flatten)]
    pub summary: DeploymentSummary,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// What is left at a provider and could not be removed.
    pub leftovers: Vec<Leftover>,
}

/// The answer of `GET /api/deployments`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeploymentList {
    /// Deployments, newest first.
    pub deployments: Vec<DeploymentSummary>,
    /// What to send as `cursor` for those that follow; null at the end.
    pub next_cursor: Option<String>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Begun; an attempt is under way or will be repeated.
    Running,
    /// Waiting for something to happen; `waiting_for` says what.
    Waiting,
    /// Done.
    Done,
    /// Failed for good.
    Failed,
    /// Its undo has begun.
    Undoing,
    /// Undone.
    Undone,
    /// Its undo failed for good: something may be left over.
    UndoFailed,
}

/// A step of a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: StepStatus,
    /// How often it was attempted.
    pub attempts: u32,
    /// How often its undo was attempted.
    pub undo_attempts: u32,
    /// When it was first attempted.
    pub started_at: Option<Timestamp>,
    /// When it was done, or failed for good.
    pub finished_at: Option<Timestamp>,
    /// When it is tried or looked at again.
    pub next_attempt_at: Option<Timestamp>,
    /// When it gives up.
    pub deadline_at: Option<Timestamp>,
    /// What it is waiting for.
    pub waiting_for: Option<String>,
    /// What last went wrong.
    pub error: Option<String>,
    /// What shows that it is done, as the provider's id of the machine that it made. Never a secret.
    #[serde(default)]
    pub evidence: BTreeMap<String, Evidence>,
}

/// A piece of what shows that a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Evidence {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
    /// Several of them.
    List(Vec<String>),
}

/// Something that is left at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Leftover {
    /// The provider that has it.
    pub provider: String,
    /// What it is: `droplet`, `dns_record` or `domain_reservation`.
    pub kind: String,
    /// The provider's id of it, where it is known.
    pub id: Option<String>,
    /// Why it could not be removed.
    pub reason: String,
    /// What it costs per month in US dollars.
    pub price_monthly: Usd,
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// A provider refused, and would refuse again.
    ProviderRefused,
    /// A provider could not be reached or was not able to answer until the step's deadline.
    ProviderUnavailable,
    /// The domain belongs to another server, or a DNS record of that name exists already.
    DomainTaken,
    /// The secret store does not have a secret that the application needs.
    SecretMissing,
    /// The size and the region are not, or no longer, in the catalog.
    NotInCatalog,
    /// The machine did not report in time.
    DeadlineExceeded,
    /// The machine says that its first start has failed.
    MachineFailed,
    /// Somebody has asked for it to be undone.
    Cancelled,
    /// A part of NOC itself did not do its work.
    Internal,
}

/// Why a deployment is not going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// What kind of thing it is.
    pub code: FailureCode,
    /// A sentence that says what went wrong.
    pub message: String,
    /// What the provider answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderRefusal>,
}

/// An event of a deployment's story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeploymentEvent {
    /// Its place in the story; it only rises. As an event stream's id it says where to go on.
    pub id: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, as `step_started` or `step_done`.
    pub kind: String,
    /// The step that it is about.
    pub step: Option<String>,
    /// A sentence for people.
    pub message: String,
}

/// The answer of `GET /api/deployments/{id}/events` for those that want JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventPage {
    /// Events, oldest first, at most 500: those behind the last one are asked for with its id in `Last-Event-ID`.
    pub events: Vec<DeploymentEvent>,
    /// Whether there will be no more.
    pub ended: bool,
}
