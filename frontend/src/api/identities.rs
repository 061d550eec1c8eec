//! Identities: at which providers one is known.

use noc_shared::{identities::IdentityList, sign_in::ProviderAddress};

use super::{Problem, get, send};
use crate::paths::encode;

/// One's own.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<IdentityList, Problem> {
    get("/api/identities").await
}

/// Where the browser goes to be known at a provider; it comes back to `return_to`.
///
/// # Errors
/// As [`send`].
pub async fn link(provider: &str, return_to: &str) -> Result<ProviderAddress, Problem> {
    let path = format!("/api/sign-in/oidc/{}/link?return_to={}", encode(provider), encode(return_to));
    send("POST", &path, None::<&()>, &[]).await
}

/// Ends that one signs in by it.
///
/// # Errors
/// As [`send`].
pub async fn remove(id: &str) -> Result<(), Problem> {
    send("DELETE", &format!("/api/identities/{}", encode(id)), None::<&()>, &[]).await
}
