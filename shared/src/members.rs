//! Members of an organization, and invitations to it.

use serde::{Deserialize, Serialize};

use crate::{
    access::Role,
    id::{InvitationId, PrincipalId},
    time::Timestamp,
};

/// Somebody who is in an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// Who.
    pub principal_id: PrincipalId,
    /// The address.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// The role in the whole organization; null when there are only roles in projects.
    pub role: Option<Role>,
    /// Roles in projects alone.
    pub projects: Vec<ProjectRole>,
    /// Since when.
    pub since: Timestamp,
}

/// A role in one project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProjectRole {
    /// The project's name.
    pub project: String,
    /// The role in it.
    pub role: Role,
}

/// The answer of `GET /api/members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemberList {
    /// Everybody, by address.
    pub members: Vec<Member>,
}

/// The body of `PUT /api/members/{id}`: all roles from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MemberRequest {
    /// The role in the whole organization; absent or null for roles in projects alone.
    #[serde(default)]
    pub role: Option<Role>,
    /// Roles in projects.
    #[serde(default)]
    pub projects: Vec<ProjectRole>,
}

/// An invitation that nobody has accepted yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invitation {
    /// Names it; nobody can accept it with that.
    pub id: InvitationId,
    /// Who is invited.
    pub email: String,
    /// The role in the whole organization, or in the project if one is named.
    pub role: Role,
    /// The project that the role is in alone.
    pub project: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// The answer of `GET /api/invitations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationList {
    /// Those that can be accepted, the newest first.
    pub invitations: Vec<Invitation>,
}

/// The body of `POST /api/invitations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {
    /// Who is invited.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The project that the role is in alone; the whole organization when absent.
    #[serde(default)]
    pub project: Option<String>,
}

/// The answer of `POST /api/invitations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InvitationMade {
    /// The invitation.
    pub invitation: Invitation,
    /// The link to hand over. It is shown this one time, and works once.
    pub url: String,
}

/// The body of `POST /api/invitations/accept`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptRequest {
    /// What stood in the link.
    pub invitation: String,
    /// What the new person is called; not needed by somebody who is signed in.
    #[serde(default)]
    pub name: Option<String>,
}
