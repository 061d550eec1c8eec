//! The second factor: what there is, and proving it.

use noc_shared::second_factor::{ProofRequest, Proven, SecondFactor};

use super::{Problem, get, send};

/// What one can prove it with.
///
/// # Errors
/// As [`get`].
pub async fn show() -> Result<SecondFactor, Problem> {
    get("/api/second-factor").await
}

/// Proves it.
///
/// # Errors
/// As [`send`].
pub async fn prove(request: &ProofRequest) -> Result<Proven, Problem> {
    send("POST", "/api/session/proof", Some(request), &[]).await
}
