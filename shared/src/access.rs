//! Who may do what: scopes, and the roles that have them.

use serde::{Deserialize, Serialize};

/// Something that one may be allowed to do. A route names the one that it requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Scope {
    /// See what can be deployed, and how it is rendered.
    #[serde(rename = "applications:read")]
    ApplicationsRead,
    /// Keep and delete the organization's own applications.
    #[serde(rename = "applications:write")]
    ApplicationsWrite,
    /// Read and export the audit.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// See sizes, regions and prices.
    #[serde(rename = "catalog:read")]
    CatalogRead,
    /// Cancel deployments, and have them go on.
    #[serde(rename = "deployments:operate")]
    DeploymentsOperate,
    /// See deployments.
    #[serde(rename = "deployments:read")]
    DeploymentsRead,
    /// Make organizations, and say what the parent's members may do in this one.
    #[serde(rename = "grants:write")]
    GrantsWrite,
    /// See who is in the organization, and who is invited.
    #[serde(rename = "members:read")]
    MembersRead,
    /// Invite people, change their roles and let them go.
    #[serde(rename = "members:write")]
    MembersWrite,
    /// See the organization's projects and SSH keys.
    #[serde(rename = "organization:read")]
    OrganizationRead,
    /// Keep and delete projects and SSH keys.
    #[serde(rename = "organization:write")]
    OrganizationWrite,
    /// Make servers, repair them and adopt machines.
    #[serde(rename = "servers:deploy")]
    ServersDeploy,
    /// Take servers away, and what nobody owns.
    #[serde(rename = "servers:destroy")]
    ServersDestroy,
    /// Send commands to machines.
    #[serde(rename = "servers:operate")]
    ServersOperate,
    /// See servers, their logs and their drift.
    #[serde(rename = "servers:read")]
    ServersRead,
    /// See API tokens, but never what they are.
    #[serde(rename = "tokens:read")]
    TokensRead,
    /// Make API tokens and revoke them.
    #[serde(rename = "tokens:write")]
    TokensWrite,
}

impl Scope {
    /// Every scope, by the alphabet.
    pub const ALL: [Self; 17] = [
        Self::ApplicationsRead,
        Self::ApplicationsWrite,
        Self::AuditRead,
        Self::CatalogRead,
        Self::DeploymentsOperate,
        Self::DeploymentsRead,
        Self::GrantsWrite,
        Self::MembersRead,
        Self::MembersWrite,
        Self::OrganizationRead,
        Self::OrganizationWrite,
        Self::ServersDeploy,
        Self::ServersDestroy,
        Self::ServersOperate,
        Self::ServersRead,
        Self::TokensRead,
        Self::TokensWrite,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApplicationsRead => "applications:read",
            Self::ApplicationsWrite => "applications:write",
            Self::AuditRead => "audit:read",
            Self::CatalogRead => "catalog:read",
            Self::DeploymentsOperate => "deployments:operate",
            Self::DeploymentsRead => "deployments:read",
            Self::GrantsWrite => "grants:write",
            Self::MembersRead => "members:read",
            Self::MembersWrite => "members:write",
            Self::OrganizationRead => "organization:read",
            Self::OrganizationWrite => "organization:write",
            Self::ServersDeploy => "servers:deploy",
            Self::ServersDestroy => "servers:destroy",
            Self::ServersOperate => "servers:operate",
            Self::ServersRead => "servers:read",
            Self::TokensRead => "tokens:read",
            Self::TokensWrite => "tokens:write",
        }
    }

    /// The scope that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// Whether it only lets one look.
    pub fn only_reads(self) -> bool {
        self.as_str().ends_with(":read")
    }

    /// Whether what it allows cannot be taken back, or gives power to others: a person proves the second factor for it,
    /// and a token has it only if its maker gave it expressly.
    pub const fn is_sensitive(self) -> bool {
        matches!(
            self,
            // What machines run as root, who logs in to them, and which secrets they get.
            Self::ApplicationsWrite
                | Self::OrganizationWrite
                | Self::GrantsWrite
                | Self::MembersWrite
                | Self::ServersDestroy
                | Self::TokensWrite
        )
    }

    /// Whether it can be held on a project alone, because what it is about belongs to one.
    pub const fn is_of_projects(self) -> bool {
        matches!(
            self,
            Self::DeploymentsOperate
                | Self::DeploymentsRead
                | Self::ServersDeploy
                | Self::ServersDestroy
                | Self::ServersOperate
                | Self::ServersRead
        )
    }
}

/// What somebody is in an organization, or in a project of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees servers and deployments.
    Viewer,
    /// Deploys, operates and destroys.
    Operator,
    /// Does that, and manages applications, members and tokens.
    Admin,
    /// Does all that there is.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Admin, Self::Owner];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether the role has a scope.
    pub fn has(self, scope: Scope) -> bool {
        self >= least(scope)
    }
}

/// The least role that has a scope.
const fn least(scope: Scope) -> Role {
    match scope {
        Scope::ApplicationsRead
        | Scope::CatalogRead
        | Scope::DeploymentsRead
        | Scope::OrganizationRead
        | Scope::ServersRead => Role::Viewer,
        Scope::DeploymentsOperate | Scope::ServersDeploy | Scope::ServersDestroy | Scope::ServersOperate => {
            Role::Operator
        }
        Scope::ApplicationsWrite
        | Scope::AuditRead
        | Scope::MembersRead
        | Scope::MembersWrite
        | Scope::OrganizationWrite
        | Scope::TokensRead
        | Scope::TokensWrite => Role::Admin,
        Scope::GrantsWrite => Role::Owner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_on_the_wire() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert!(Scope::ALL.is_sorted_by_key(|scope| scope.as_str()));
    }

    #[test]
    fn a_viewer_only_looks_and_an_owner_does_all() {
        for scope in Scope::ALL {
            assert!(!Role::Viewer.has(scope) || scope.only_reads(), "{scope:?}");
            assert!(Role::Owner.has(scope), "{scope:?}");
            assert!(!scope.is_sensitive() || !scope.only_reads(), "{scope:?}");
        }
    }
}
