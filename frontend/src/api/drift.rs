//! Drift.

use noc_shared::drift::{DriftList, DriftPolicies, RepairAnswer, RepairRequest};

use super::{Problem, get, send};
use crate::paths::encode;

/// As many as the API gives at once.
const PAGE: u32 = 500;

/// The differences of one server, or of all when it is empty; all pages of them.
///
/// # Errors
/// As [`get`].
pub async fn list(server: &str) -> Result<DriftList, Problem> {
    let mut path = format!("/api/drift?limit={PAGE}");
    if !server.is_empty() {
        path.push_str(&format!("&server={}", encode(server)));
    }
    let mut all: DriftList = get(&path).await?;
    while let Some(cursor) = all.next_cursor.take() {
        let next: DriftList = get(&format!("{path}&cursor={}", encode(&cursor))).await?;
        all.drifts.extend(next.drifts);
        all.next_cursor = next.next_cursor;
    }
    Ok(all)
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

/// Begins to repair a server, in all that can be mended.
///
/// # Errors
/// As [`send`].
pub async fn repair(server: &str) -> Result<RepairAnswer, Problem> {
    let path = format!("/api/servers/{}/repair", encode(server));
    send("POST", &path, Some(&RepairRequest::default()), &[("prefer", "respond-async")]).await
}
