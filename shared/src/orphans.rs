//! Orphans: things at the providers with NOC's mark that no record knows.

use serde::{Deserialize, Serialize};

use crate::{
    id::{DeploymentId, OrphanId, ServerId},
    money::Usd,
    time::Timestamp,
};

/// What kind of thing an orphan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrphanKind {
    /// A machine.
    Droplet,
    /// A DNS record.
    DnsRecord,
}

impl OrphanKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Droplet => "droplet",
            Self::DnsRecord => "dns_record",
        }
    }

    /// The kind that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Droplet, Self::DnsRecord].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A thing at a provider that has NOC's mark, and that no record knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Orphan {
    /// Its identifier here.
    pub id: OrphanId,
    /// The provider that has it.
    pub provider: String,
    /// What it is.
    pub kind: OrphanKind,
    /// The provider's id of it.
    pub provider_id: String,
    /// Its name at the provider.
    pub name: String,
    /// The address that it has, or points to.
    pub content: Option<String>,
    /// A machine's region.
    pub region: Option<String>,
    /// A machine's size.
    pub size: Option<String>,
    /// The server that its mark names.
    pub server_id: Option<ServerId>,
    /// The name of that server, if there is a record of one.
    pub server_name: Option<String>,
    /// Why it is nobody's.
    pub reason: String,
    /// When it was made, as the provider says.
    pub created_at: Option<Timestamp>,
    /// When it was first found.
    pub first_seen_at: Timestamp,
    /// When it was last found.
    pub seen_at: Timestamp,
    /// What it costs per month in US dollars.
    pub price_monthly: Usd,
}

/// The answer of `GET /api/orphans`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrphanList {
    /// Orphans, the oldest find first.
    pub orphans: Vec<Orphan>,
    /// What all of them cost per month in US dollars, those on other pages included.
    pub price_monthly: Usd,
    /// When all machines were last looked at; null before that was done once.
    #[serde(default)]
    pub droplets_swept_at: Option<Timestamp>,
    /// When all DNS records were last looked at; null before that was done once.
    #[serde(default)]
    pub dns_records_swept_at: Option<Timestamp>,
    /// What to send as `cursor` for those that follow; null at the end.
    pub next_cursor: Option<String>,
}

/// The body of `POST /api/orphans/{id}/adopt`. What is absent is taken from the record of the server that was, or is
/// what a deploy takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[serde(deny_unknown_fields)]
pub struct AdoptRequest {
    /// The server's name; the machine's own when absent.
    pub server_name: Option<String>,
    /// The git branch that the machine runs.
    pub branch: Option<String>,
    /// Whether the domains go through Cloudflare's proxy.
    pub enable_cloudflare_proxy: Option<bool>,
    /// What runs on it.
    pub application: Option<String>,
    /// The project that it belongs to.
    pub project: Option<String>,
    /// The project's environment.
    pub environment: Option<String>,
}

/// The answer of `POST /api/orphans/{id}/adopt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdoptAnswer {
    /// True: the request was taken. Whether it is done, the status says (200, or 202 for not yet).
    pub success: bool,
    /// The server that it belongs to from now on.
    pub server_name: String,
    /// The run that makes a server of a machine; null for a DNS record, whose mark is changed at once.
    pub deployment_id: Option<DeploymentId>,
}

/// The answer of `DELETE /api/orphans/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemoveAnswer {
    /// True: the provider was told to remove it. Whether it is gone, the status says (200, or 202 for not yet).
    pub success: bool,
}
