//! The catalog.

use noc_shared::catalog::CatalogAnswer;

use super::{Problem, get};

/// Sizes, regions and applications.
///
/// # Errors
/// As [`get`].
pub async fn show() -> Result<CatalogAnswer, Problem> {
    get("/api/catalog").await
}
