//! Finding servers, for this slice and for others.

use std::sync::PoisonError;

use noc_shared::{
    id::{OrganizationId, ServerId},
    servers::Server,
};

use super::store;
use crate::{app::App, error::ApiError, organizations::Caller};

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
}

/// Servers that are remembered: a server never moves to another name, and 10,000 of them are a megabyte or two.
const REMEMBERED: usize = 10_000;

/// Where a server is whose agent reports: asked of the database once, because a report a minute of each server would be
/// most of what is asked of it. Whether the server is still there, its object knows.
///
/// # Errors
/// When there is none, or the database does not answer.
pub async fn locate_reporting(app: &App, server: &ServerId) -> Result<Located, ApiError> {
    let remembered = || app.located.lock().unwrap_or_else(PoisonError::into_inner);
    let known = remembered().get(server).cloned();
    if let Some(located) = known {
        return Ok(located);
    }
    let located = locate(app, server).await?;
    let mut all = remembered();
    if all.len() >= REMEMBERED {
        all.clear();
    }
    all.insert(server.clone(), located.clone());
    Ok(located)
}

/// Where the server with this identifier is.
///
/// # Errors
/// When there is none now, or the database does not answer.
pub async fn locate(app: &App, server: &ServerId) -> Result<Located, ApiError> {
    let found = store::locate(&*app.database, server).await.map_err(ApiError::database("find the server"))?;
    let (organization_id, name) = found.ok_or(ApiError::NotFound("server"))?;
    Ok(Located { organization_id, name })
}

/// Every server within somebody's reach.
///
/// # Errors
/// When the database does not answer.
pub async fn within_reach(app: &App, caller: &Caller) -> Result<Vec<Server>, ApiError> {
    store::all(&*app.database, &caller.organization_id, &caller.reach)
        .await
        .map_err(ApiError::database("list the servers"))
}

/// The server that has this name now, if it is within somebody's reach. Another one does not exist for them.
///
/// # Errors
/// When there is none, or the database does not answer.
pub async fn find(app: &App, caller: &Caller, name: &str) -> Result<ServerId, ApiError> {
    let found = store::find(&*app.database, &caller.organization_id, &caller.reach, name)
        .await
        .map_err(ApiError::database("find the server"))?;
    found.ok_or(ApiError::NotFound("server"))
}
