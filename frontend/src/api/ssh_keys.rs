//! SSH keys.

use noc_shared::organizations::{SshKey, SshKeyList, SshKeyRequest};

use super::{Problem, get, send};
use crate::paths::encode;

/// All of them.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<SshKeyList, Problem> {
    get("/api/ssh-keys").await
}

/// Keeps one.
///
/// # Errors
/// As [`send`].
pub async fn put(name: &str, public_key: String) -> Result<SshKey, Problem> {
    send("PUT", &format!("/api/ssh-keys/{}", encode(name)), Some(&SshKeyRequest { public_key }), &[]).await
}

/// Forgets one.
///
/// # Errors
/// As [`send`].
pub async fn remove(name: &str) -> Result<(), Problem> {
    send("DELETE", &format!("/api/ssh-keys/{}", encode(name)), None::<&()>, &[]).await
}
