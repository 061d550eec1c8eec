//! Projects.

use std::collections::BTreeMap;

use noc_shared::organizations::{Project, ProjectList, ProjectRequest};

use super::{Problem, get, send};
use crate::paths::encode;

/// All of them.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<ProjectList, Problem> {
    get("/api/projects").await
}

/// Keeps one with these environments.
///
/// # Errors
/// As [`send`].
pub async fn put(name: &str, environments: BTreeMap<String, String>) -> Result<Project, Problem> {
    send("PUT", &format!("/api/projects/{}", encode(name)), Some(&ProjectRequest { environments }), &[]).await
}

/// Takes one away.
///
/// # Errors
/// As [`send`].
pub async fn remove(name: &str) -> Result<(), Problem> {
    send("DELETE", &format!("/api/projects/{}", encode(name)), None::<&()>, &[]).await
}
