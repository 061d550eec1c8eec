//! Orphans.

use noc_shared::orphans::OrphanList;
use serde_json::Value;

use super::{Problem, get, send};
use crate::paths::encode;

/// The orphans, from `cursor` on.
///
/// # Errors
/// As [`get`].
pub async fn list(cursor: Option<&str>) -> Result<OrphanList, Problem> {
    match cursor {
        Some(cursor) => get(&format!("/api/orphans?cursor={}", encode(cursor))).await,
        None => get("/api/orphans").await,
    }
}

/// Gives an orphan back to its server.
///
/// # Errors
/// As [`send`].
pub async fn adopt(id: &str) -> Result<Value, Problem> {
    send("POST", &format!("/api/orphans/{}/adopt", encode(id)), None::<&()>, &[]).await
}

/// Removes an orphan at its provider.
///
/// # Errors
/// As [`send`].
pub async fn remove(id: &str) -> Result<Value, Problem> {
    send("DELETE", &format!("/api/orphans/{}", encode(id)), None::<&()>, &[]).await
}
