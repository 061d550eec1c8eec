//! Drift.

use noc_shared::{
    deployments::Deployment,
    drift::{DriftList, DriftPolicies},
};

use super::{Problem, get, send};
use crate::paths::encode;

/// The differences, from `cursor` on.
///
/// # Errors
/// As [`get`].
pub async fn list(cursor: Option<&str>) -> Result<DriftList, Problem> {
    match cursor {
        Some(cursor) => get(&format!("/api/drift?cursor={}", encode(cursor))).await,
        None => get("/api/drift").await,
    }
}

/// What is done about each kind.
///
/// # Errors
/// As [`get`].
pub async fn policies() -> Result<DriftPolicies, Problem> {
    get("/api/drift/policies").await
}

/// Says what shall be done about each kind.
///
/// # Errors
/// As [`send`].
pub async fn set_policies(policies: &DriftPolicies) -> Result<DriftPolicies, Problem> {
    send("PUT", "/api/drift/policies", Some(policies), &[]).await
}

/// Begins to repair a server.
///
/// # Errors
/// As [`send`].
pub async fn repair(server: &str) -> Result<Deployment, Problem> {
    send("POST", &format!("/api/servers/{}/repair", encode(server)), None::<&()>, &[]).await
}
