//! Organizations, and who acts in them.

mod routes;
mod store;

pub use routes::routes;

use std::{convert::Infallible, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use noc_shared::id::{OrganizationId, PrincipalId, ProjectId, RequestId};

use crate::{app::App, error::ApiError};

/// Who asks, for which organization. Handlers get it from the request and hand it on; nothing below assumes one.
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
    /// From where, if that is known.
    pub address: Option<String>,
    /// In which request.
    pub request_id: RequestId,
}

/// What kind of principal acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person.
    User,
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
            address: None,
            request_id,
        }
    }
}

/// Until people sign in, every request is one of the principal that the first migration made.
impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let request_id = parts.extensions.get::<RequestId>().cloned();
        Ok(Self {
            organization_id: OrganizationId::from_random(FIRST),
            principal_id: PrincipalId::from_random(FIRST),
            kind: PrincipalKind::User,
            name: "operator".to_owned(),
            address: None,
            request_id: request_id.unwrap_or_else(|| RequestId::from_random(app.random.identifier())),
        })
    }
}

/// What the identifiers of the first migration are made of.
const FIRST: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// What the identifier of the system's own principal is made of.
const SYSTEM: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

/// The organization that runs this NOC: what belongs to nobody else is shown to it.
pub fn first() -> OrganizationId {
    OrganizationId::from_random(FIRST)
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

/// Finds an environment of a project of an organization.
///
/// # Errors
/// When there is no such project or environment, or the database does not answer.
pub async fn find_environment(
    app: &App,
    organization: &OrganizationId,
    project: &str,
    environment: &str,
) -> Result<Environment, ApiError> {
    let found = store::find_environment(&*app.database, organization, project, environment)
        .await
        .map_err(ApiError::database("find the project"))?;
    let invalid = |field: &str, message: &str| ApiError::Invalid {
        field: field.to_owned(),
        message: message.to_owned(),
    };
    let (project_id, secret_environment) =
        found.ok_or_else(|| invalid("project", "there is no such project"))?;
    let secret_environment =
        secret_environment.ok_or_else(|| invalid("environment", "the project has no such environment"))?;
    Ok(Environment { project_id, secret_environment })
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
