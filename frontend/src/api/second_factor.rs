//! The second factor: what there is, and proving it.

use noc_shared::second_factor::{
    CodesBegun, ConfirmRequest, ProofRequest, Proven, RecoveryCodes, SecondFactor,
};

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

/// Gives an app what it needs to show codes.
///
/// # Errors
/// As [`send`].
pub async fn begin_codes() -> Result<CodesBegun, Problem> {
    send("POST", "/api/second-factor/codes", None::<&()>, &[]).await
}

/// Says the first code of an app: from now on they count.
///
/// # Errors
/// As [`send`].
pub async fn confirm_codes(code: String) -> Result<RecoveryCodes, Problem> {
    send("POST", "/api/second-factor/codes/confirm", Some(&ConfirmRequest { code }), &[]).await
}

/// From now on codes prove nothing.
///
/// # Errors
/// As [`send`].
pub async fn remove_codes() -> Result<(), Problem> {
    send("DELETE", "/api/second-factor/codes", None::<&()>, &[]).await
}

/// Makes new recovery codes in the place of those from before.
///
/// # Errors
/// As [`send`].
pub async fn renew_recovery_codes() -> Result<RecoveryCodes, Problem> {
    send("POST", "/api/second-factor/recovery", None::<&()>, &[]).await
}
