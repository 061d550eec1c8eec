//! API tokens, for scripts.

use serde::{Deserialize, Serialize};

use crate::{access::Scope, id::PrincipalId, time::Timestamp};

/// An API token, but for what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Token {
    /// Names it, also in the audit.
    pub id: PrincipalId,
    /// What it is for.
    pub name: String,
    /// What it may be used for; at most what its maker may do at that time.
    pub scopes: Vec<Scope>,
    /// The projects that it is limited to; null for no such limit.
    pub projects: Option<Vec<String>>,
    /// The address of who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, give or take ten minutes.
    pub last_used_at: Option<Timestamp>,
}

/// The answer of `GET /api/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenList {
    /// Those that work, the newest first.
    pub tokens: Vec<Token>,
}

/// The body of `POST /api/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What it is for.
    pub name: String,
    /// What it may be used for. One that is sensitive stands here expressly or is not had.
    pub scopes: Vec<Scope>,
    /// The projects that it is limited to; no such limit when absent.
    #[serde(default)]
    pub projects: Option<Vec<String>>,
    /// After how many days it ends, up to 365; 90 when absent.
    #[serde(default)]
    pub days: Option<u32>,
}

/// The answer of `POST /api/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenMade {
    /// The token's record.
    pub token: Token,
    /// What to send as `Authorization: Bearer …`. It is shown this one time.
    pub secret: String,
}
