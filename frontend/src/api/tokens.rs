//! API tokens.

use noc_shared::tokens::{TokenList, TokenMade, TokenRequest};

use super::{Problem, get, send};
use crate::paths::encode;

/// Those that work.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<TokenList, Problem> {
    get("/api/tokens").await
}

/// Makes one.
///
/// # Errors
/// As [`send`].
pub async fn make(request: &TokenRequest) -> Result<TokenMade, Problem> {
    send("POST", "/api/tokens", Some(request), &[]).await
}

/// Revokes one.
///
/// # Errors
/// As [`send`].
pub async fn revoke(id: &str) -> Result<(), Problem> {
    send("DELETE", &format!("/api/tokens/{}", encode(id)), None::<&()>, &[]).await
}
