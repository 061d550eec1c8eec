//! Identities: who somebody is at an issuer whom NOC believes.

use serde::{Deserialize, Serialize};

use crate::{id::IdentityId, time::Timestamp};

/// An identity, for the one whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identity {
    /// Names it; nobody can sign in with it.
    pub id: IdentityId,
    /// Who vouches.
    pub issuer: String,
    /// What people know the issuer by; `null` if nobody can sign in by it at present.
    pub name: Option<String>,
    /// The issuer's own name for them.
    pub subject: String,
    /// Since when it signs in.
    pub created_at: Timestamp,
}

/// The answer of `GET /api/identities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IdentityList {
    /// One's own, the newest first.
    pub identities: Vec<Identity>,
}
