//! Organizations, and who acts in them.

mod projects;
mod ssh_keys;
mod store;
mod tenancy;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use noc_shared::{
    id::{OrganizationId, PrincipalId, ProjectId, RequestId, SessionId},
    time::Timestamp,
};

use crate::{
    access::{PROVEN_MS, Power, Reach},
    api::Route,
    app::App,
    error::ApiError,
};

/// The routes of organizations.
pub fn routes() -> Vec<Route> {
    [projects::routes(), ssh_keys::routes(), tenancy::routes()].into_iter().flatten().collect()
}

/// Who asks, for which organization. Handlers get it from the gate and hand it on; nothing below assumes one.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The organization that is acted in.
    pub organization_id: OrganizationId,
    /// Who acts.
    pub principal_id: PrincipalId,
    /// What kind of principal it is.
    pub kind: PrincipalKind,
    /// What it is called.
    pub name: String,
    /// The address, if it is a person.
    pub email: Option<String>,
    /// By which session, if by one.
    pub session: Option<CurrentSession>,
    /// What it may do in the organization.
    pub power: Power,
    /// How far what the route requires reaches.
    pub reach: Reach,
    /// From where, if that is known.
    pub address: Option<String>,
    /// In which request.
    pub request_id: RequestId,
}

/// The session that somebody acts by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentSession {
    /// Which.
    pub id: SessionId,
    /// When its person has shown who they are: at its beginning, or before, where another session vouched for it.
    pub signed_in_at: Timestamp,
    /// When the second factor was last proven.
    pub proven_at: Option<Timestamp>,
    /// Whether the person has a second factor at all.
    pub has_second_factor: bool,
}

impl CurrentSession {
    /// Until when the second factor counts as proven, if it does.
    pub fn proven_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.proven_at.map(|at| at.plus(PROVEN_MS)).filter(|until| *until > now)
    }

    /// Whether the second factor counts as proven.
    pub fn is_proven(&self, now: Timestamp) -> bool {
        self.proven_until(now).is_some()
    }
}

/// What kind of principal acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A script, by its token.
    Token,
    /// A server's machine.
    Agent,
    /// NOC itself, by a policy.
    System,
}

impl PrincipalKind {
    /// The word in the audit.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }
}

impl Caller {
    /// The machine of a server of an organization, acting for nobody but itself.
    pub fn agent(organization_id: OrganizationId, request_id: RequestId) -> Self {
        Self {
            kind: PrincipalKind::Agent,
            name: "agent".to_owned(),
            ..Self::system(organization_id, request_id)
        }
    }

    /// NOC itself, acting for an organization.
    pub fn system(organization_id: OrganizationId, request_id: RequestId) -> Self {
        Self {
            organization_id,
            principal_id: system(),
            kind: PrincipalKind::System,
            name: "system".to_owned(),
            email: None,
            session: None,
            power: Power::default(),
            reach: Reach::Everything,
            address: None,
            request_id,
        }
    }
}

/// The gate has put it there. A route that requires nobody has none to give.
impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        let doing = "find out who asks";
        let cause = "the route requires nobody, and its handler asks for somebody";
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| ApiError::Internal { doing, cause: cause.to_owned() })
    }
}

/// What the identifiers of the first migration are made of.
const FIRST: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// What the identifier of the system's own principal is made of.
const SYSTEM: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

/// What the identifier of the principal of the break-glass credential is made of.
const BREAK_GLASS: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];

/// The first owner.
pub fn first_owner() -> PrincipalId {
    PrincipalId::from_random(FIRST)
}

/// The organization that runs this NOC: what belongs to nobody else is shown to it.
pub fn first() -> OrganizationId {
    OrganizationId::from_random(FIRST)
}

/// Who signs in with the break-glass credential.
pub fn break_glass() -> PrincipalId {
    PrincipalId::from_random(BREAK_GLASS)
}

/// Who acts when nobody asked.
pub fn system() -> PrincipalId {
    PrincipalId::from_random(SYSTEM)
}

/// A project's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The project.
    pub project_id: ProjectId,
    /// What the secret store calls the environment.
    pub secret_environment: String,
}

/// Finds an environment of a project that is within somebody's reach.
///
/// # Errors
/// When there is no such project or environment, or the database does not answer.
pub async fn find_environment(
    app: &App,
    caller: &Caller,
    project: &str,
    environment: &str,
) -> Result<Environment, ApiError> {
    let found = store::find_environment(&*app.database, &caller.organization_id, project, environment)
        .await
        .map_err(ApiError::database("find the project"))?;
    let invalid = |field: &str, message: &str| ApiError::Invalid {
        field: field.to_owned(),
        message: message.to_owned(),
    };
    let (project_id, secret_environment) = found
        .filter(|(id, _)| caller.reach.includes(id))
        .ok_or_else(|| invalid("project", "there is no such project"))?;
    let secret_environment =
        secret_environment.ok_or_else(|| invalid("environment", "the project has no such environment"))?;
    Ok(Environment { project_id, secret_environment })
}

/// The projects of an organization with their names, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn projects(
    app: &App,
    organization: &OrganizationId,
) -> Result<Vec<(ProjectId, String)>, ApiError> {
    store::projects(&*app.database, organization).await.map_err(ApiError::database("list the projects"))
}

/// The keys that an organization's people log in with.
///
/// # Errors
/// When the database does not answer.
pub async fn ssh_keys(app: &App, organization: &OrganizationId) -> Result<Vec<String>, ApiError> {
    let keys = store::ssh_keys(&*app.database, organization)
        .await
        .map_err(ApiError::database("list the SSH keys"))?;
    Ok(keys.into_iter().map(|key| key.public_key).collect())
}
