//! The audit as the API shows it.

use serde::{Deserialize, Serialize};

use crate::{
    id::{OrganizationId, PrincipalId, RequestId},
    time::Timestamp,
};

/// What a principal did to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEvent {
    /// Its place in the chain, counted from 1 without a gap.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What was done, as `servers.deploy`.
    pub action: String,
    /// Who did it.
    pub actor: AuditActor,
    /// What it was done to.
    pub target: AuditTarget,
    /// In which request.
    pub request_id: RequestId,
    /// Whose chain it is in.
    pub organization_id: OrganizationId,
    /// The hash of the event before it.
    pub previous_hash: String,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditActor {
    /// Who it is.
    pub principal_id: PrincipalId,
    /// What it is: `user`, `token`, `agent` or `system`.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// From where.
    pub address: Option<String>,
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditTarget {
    /// What it is.
    pub kind: String,
    /// Its identifier, or the name that it goes by.
    pub id: String,
}

/// The answer of `GET /api/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditList {
    /// Events, newest first.
    pub events: Vec<AuditEvent>,
    /// What to send as `cursor` for those that follow; null at the end.
    pub next_cursor: Option<String>,
}

/// The answer of `GET /api/audit/key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditKey {
    /// The Ed25519 public key, in hexadecimal digits.
    pub public_key: String,
}
