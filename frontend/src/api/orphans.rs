//! Orphans.

use noc_shared::orphans::{AdoptAnswer, AdoptRequest, OrphanList, RemoveAnswer};

use super::{Problem, get, send};
use crate::paths::encode;

/// As many as the API gives at once.
const PAGE: u32 = 500;

/// The orphans; all pages of them.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<OrphanList, Problem> {
    let path = format!("/api/orphans?limit={PAGE}");
    let mut all: OrphanList = get(&path).await?;
    while let Some(cursor) = all.next_cursor.take() {
        let next: OrphanList = get(&format!("{path}&cursor={}", encode(&cursor))).await?;
        all.orphans.extend(next.orphans);
        all.next_cursor = next.next_cursor;
    }
    Ok(all)
}

/// Makes a server of a machine, as the request says, or gives a record back to its server.
///
/// # Errors
/// As [`send`].
pub async fn adopt(id: &str, request: &AdoptRequest) -> Result<AdoptAnswer, Problem> {
    let path = format!("/api/orphans/{}/adopt", encode(id));
    send("POST", &path, Some(request), &[("prefer", "respond-async")]).await
}

/// Removes an orphan at its provider.
///
/// # Errors
/// As [`send`].
pub async fn remove(id: &str) -> Result<RemoveAnswer, Problem> {
    send("DELETE", &format!("/api/orphans/{}", encode(id)), None::<&()>, &[]).await
}
