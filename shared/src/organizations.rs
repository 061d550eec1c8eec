//! What belongs to an organization as a whole.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A key that an organization's people log in to its new machines with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshKey {
    /// Its name.
    pub name: String,
    /// Its public half, as `ssh-ed25519 AAAA…`.
    pub public_key: String,
    /// When it was put here.
    pub created_at: Timestamp,
}

/// The body of `PUT /api/ssh-keys/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshKeyRequest {
    /// Its public half, as `ssh-ed25519 AAAA…`; a remark behind it is left out.
    pub public_key: String,
}

/// The answer of `GET /api/ssh-keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SshKeyList {
    /// Keys by name.
    pub ssh_keys: Vec<SshKey>,
}
