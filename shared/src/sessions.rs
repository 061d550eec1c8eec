//! Sessions: who is signed in, and where.

use serde::{Deserialize, Serialize};

use crate::{
    access::{Role, Scope},
    id::{OrganizationId, PrincipalId, SessionId},
    time::Timestamp,
};

/// The header in which a page says in which organization it believes that it acts. A session acts in one at a time, for all
/// pages of its browser: what a page of another organization asks for is refused, and not done to what has the same name.
pub const ORGANIZATION_HEADER: &str = "noc-organization";

/// The code of that refusal.
pub const OTHER_ORGANIZATION: &str = "other_organization";

/// The answer of `GET /api/session`: who asks, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhoAmI {
    /// Who.
    pub principal_id: PrincipalId,
    /// What it is: `user` or `token`.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// The address, if it is a person.
    pub email: Option<String>,
    /// The organization that is acted in.
    pub organization: OrganizationChoice,
    /// What may be done in the whole organization.
    pub scopes: Vec<Scope>,
    /// What may be done at least in one project.
    pub project_scopes: Vec<Scope>,
    /// Every organization that there is for this person, the one that is acted in among them.
    pub organizations: Vec<OrganizationChoice>,
    /// The session, if it is one.
    pub session: Option<Session>,
    /// Until when the second factor counts as proven; null when it is to be proven first.
    pub proven_until: Option<Timestamp>,
    /// When the break-glass credential was last used in the last 30 days, for those who may read the audit.
    pub break_glass_used_at: Option<Timestamp>,
}

/// An organization, for somebody who may act in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrganizationChoice {
    /// Which.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// The role in all of it; null when there are only roles in projects.
    pub role: Option<Role>,
}

/// A session, for the one whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Session {
    /// Names it; nobody can sign in with it.
    pub id: SessionId,
    /// How it began: `bootstrap`, `break_glass`, `invitation`, `link`, `oidc`, `access` or `passkey`.
    pub method: String,
    /// From which address.
    pub address: Option<String>,
    /// With which program, as that says of itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, give or take five minutes.
    pub seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// The answer of `GET /api/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionList {
    /// Those that have not ended, the newest first.
    pub sessions: Vec<Session>,
}

/// The body of `PUT /api/session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SwitchRequest {
    /// The organization to act in from now on.
    pub organization_id: OrganizationId,
}
