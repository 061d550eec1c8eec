//! Applications.

use noc_shared::applications::{
    ApplicationList, ApplicationRequest, ApplicationView, RenderAnswer, RenderRequest,
};

use super::{Problem, get, send};
use crate::paths::encode;

/// All of them.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<ApplicationList, Problem> {
    get("/api/applications").await
}

/// One, with its template if it is the organization's own.
///
/// # Errors
/// As [`get`].
pub async fn show(name: &str) -> Result<ApplicationView, Problem> {
    get(&path(name)).await
}

/// Keeps one.
///
/// # Errors
/// As [`send`].
pub async fn put(name: &str, request: &ApplicationRequest) -> Result<ApplicationView, Problem> {
    send("PUT", &path(name), Some(request), &[]).await
}

/// Forgets one.
///
/// # Errors
/// As [`send`].
pub async fn remove(name: &str) -> Result<(), Problem> {
    send("DELETE", &path(name), None::<&()>, &[]).await
}

/// What a machine would get.
///
/// # Errors
/// As [`send`].
pub async fn render(name: &str, request: &RenderRequest) -> Result<RenderAnswer, Problem> {
    send("POST", &format!("{}/render", path(name)), Some(request), &[]).await
}

fn path(name: &str) -> String {
    format!("/api/applications/{}", encode(name))
}
