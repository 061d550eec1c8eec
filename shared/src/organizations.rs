//! What belongs to an organization as a whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    access::Role,
    id::{OrganizationId, ProjectId},
    time::Timestamp,
};

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
#[serde(deny_unknown_fields)]
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

/// A named group of servers, with its environments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Its environments, each with what the secret store calls it.
    pub environments: BTreeMap<String, String>,
    /// How many servers there are in it.
    pub servers: u64,
}

/// The answer of `GET /api/projects`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectList {
    /// Projects by name.
    pub projects: Vec<Project>,
}

/// The body of `PUT /api/projects/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProjectRequest {
    /// Its environments, each with what the secret store calls it, as `{"production": "prod"}`.
    pub environments: BTreeMap<String, String>,
}

/// The body of `POST /api/organizations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OrganizationRequest {
    /// What it is called.
    pub name: String,
    /// Whether the organization that one acts in becomes its parent. A parent's members may do nothing in it until it grants
    /// them something.
    #[serde(default)]
    pub is_child: bool,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Organization {
    /// Which.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its parent, if it has one.
    pub parent_id: Option<OrganizationId>,
    /// What the parent's members may be in it at most; null for nothing at all.
    pub granted: Option<Role>,
}

/// The body of `PUT /api/organization/grant`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// What the parent's members may be here at most.
    pub role: Role,
}
