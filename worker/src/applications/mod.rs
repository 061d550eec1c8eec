//! Applications: what runs on servers. Some are built in, and an organization may have its own.

mod built_in;
mod check;
mod render;
mod routes;
mod schema;
mod store;
mod yaml;

pub use built_in::{all, find};
pub use routes::routes;

pub(crate) use built_in::AGENT_SCRIPT;
pub(crate) use check::LONGEST_READY_SECONDS;
pub(crate) use render::{RenderError, Rendered, render};

use noc_shared::{applications::Application, id::OrganizationId};
use serde_json::Value;

use crate::{app::App, error::ApiError};

/// An application with its template.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// What it is.
    pub application: Application,
    /// The template of one that is an organization's own: what is deployed goes on with it, whatever it becomes later.
    pub template: Option<Value>,
}

/// The application that has a name in an organization: one that is built in, or its own.
///
/// # Errors
/// When the database does not answer.
pub async fn resolve(
    app: &App,
    organization: &OrganizationId,
    name: &str,
) -> Result<Option<Resolved>, ApiError> {
    if let Some(application) = find(name) {
        return Ok(Some(Resolved { application, template: None }));
    }
    let own = store::find(&*app.database, organization, name)
        .await
        .map_err(ApiError::database("find the application"))?;
    Ok(own.map(|own| Resolved { application: own.application, template: Some(own.tree) }))
}

/// Everything that an organization can deploy, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn of_organization(app: &App, organization: &OrganizationId) -> Result<Vec<Application>, ApiError> {
    let own = store::all(&*app.database, organization)
        .await
        .map_err(ApiError::database("list the applications"))?;
    let mut all = all();
    all.extend(own.into_iter().map(|own| own.application));
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}
