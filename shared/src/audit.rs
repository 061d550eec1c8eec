//! The audit: what principals did to what.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    id::{OrganizationId, PrincipalId, RequestId, SessionId},
    time::Timestamp,
};

/// What a principal did to what. Its fields stand in the order of the alphabet, which is the order in which they are
/// written, hashed and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditEvent {
    /// What was done, as `servers.deploy`.
    pub action: String,
    /// Who did it.
    pub actor: AuditActor,
    /// What it is after that, or what was asked for.
    pub after: Option<Value>,
    /// When.
    pub at: Timestamp,
    /// What it was before.
    pub before: Option<Value>,
    /// Its place in the chain, counted from 1 without a gap.
    pub number: u64,
    /// Whose chain it is in.
    pub organization_id: OrganizationId,
    /// The hash of the event before it; 64 zeros for the first.
    pub previous_hash: String,
    /// In which request.
    pub request_id: RequestId,
    /// What it was done to.
    pub target: AuditTarget,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditActor {
    /// From where, if that is known.
    pub address: Option<String>,
    /// What it is: `user`, `token`, `agent` or `system`.
    pub kind: String,
    /// What it is called, for people.
    pub name: String,
    /// Who it is.
    pub principal_id: PrincipalId,
    /// By which session, if by one.
    pub session_id: Option<SessionId>,
}

/// What something is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuditTarget {
    /// Its identifier, or its name where that is what it goes by.
    pub id: String,
    /// What it is, as `server`.
    pub kind: String,
}

/// The answer of `GET /api/audit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
