//! Drift: where what a provider has is not what NOC made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    id::{DeploymentId, ServerId},
    time::Timestamp,
};

/// What has drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// The droplet is gone.
    DropletMissing,
    /// The droplet is of another size.
    Size,
    /// The droplet is in another region.
    Region,
    /// A tag by which NOC finds the droplet is gone.
    Tags,
    /// The droplet is switched off.
    Power,
    /// A domain has no DNS record of NOC's.
    DnsMissing,
    /// A DNS record of NOC's points somewhere else, or has lost its mark.
    DnsContent,
    /// A DNS record of NOC's goes through the proxy and should not, or the other way round.
    DnsProxied,
    /// A domain has a DNS record beside NOC's, or the server has a record of a name that is none of its domains.
    DnsExtra,
}

impl DriftKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::DropletMissing,
        Self::Size,
        Self::Region,
        Self::Tags,
        Self::Power,
        Self::DnsMissing,
        Self::DnsContent,
        Self::DnsProxied,
        Self::DnsExtra,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DropletMissing => "droplet_missing",
            Self::Size => "size",
            Self::Region => "region",
            Self::Tags => "tags",
            Self::Power => "power",
            Self::DnsMissing => "dns_missing",
            Self::DnsContent => "dns_content",
            Self::DnsProxied => "dns_proxied",
            Self::DnsExtra => "dns_extra",
        }
    }

    /// The kind that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether a repair can mend it. A droplet that is gone is gone with its data, one does not move to another region,
    /// and a size that somebody has changed cannot be changed back without switching the machine off.
    pub const fn is_mendable(self) -> bool {
        !matches!(self, Self::DropletMissing | Self::Size | Self::Region)
    }
}

/// What is done about a kind of drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DriftPolicy {
    /// It is listed.
    #[default]
    Report,
    /// It is listed, and a repair mends it.
    Fix,
    /// It is not listed.
    Ignore,
}

impl DriftPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Report, Self::Fix, Self::Ignore];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Fix => "fix",
            Self::Ignore => "ignore",
        }
    }

    /// The policy that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

/// One field of a server that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drift {
    /// The server.
    pub server_id: ServerId,
    /// Its name.
    pub server_name: String,
    /// What has drifted.
    pub kind: DriftKind,
    /// Which field: `droplet size`, or a domain with the part of its record.
    pub field: String,
    /// What it should be; null for something that should not be there.
    pub desired: Option<String>,
    /// What it is; null for something that is not there.
    pub observed: Option<String>,
    /// When it was first seen so.
    pub since: Timestamp,
    /// When it was last seen so.
    pub seen_at: Timestamp,
    /// What is done about it.
    pub policy: DriftPolicy,
    /// The repair that was last begun for it.
    pub deployment_id: Option<DeploymentId>,
}

/// The answer of `GET /api/drift`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DriftList {
    /// Drifts by server, kind and field.
    pub drifts: Vec<Drift>,
    /// When all machines were last looked at; null before that was done once.
    pub droplets_swept_at: Option<Timestamp>,
    /// When all DNS records were last looked at; null before that was done once.
    pub dns_records_swept_at: Option<Timestamp>,
    /// What to send as `cursor` for those that follow; null at the end.
    pub next_cursor: Option<String>,
}

/// The body of `PUT /api/drift/policies`, and the answer of it and of `GET`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DriftPolicies {
    /// What is done about each kind. A kind that is not sent stays as it is.
    pub policies: BTreeMap<DriftKind, DriftPolicy>,
}

/// The body of `POST /api/servers/{name}/repair`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RepairRequest {
    /// What is to be mended; everything that can be when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<DriftKind>>,
}

/// The answer of `POST /api/servers/{name}/repair`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RepairAnswer {
    /// True: the request was taken. `Location` says where to follow it.
    pub success: bool,
    /// The run that mends the server.
    pub deployment_id: DeploymentId,
}
