//! Passkeys.

use noc_shared::{
    passkeys::{Assertion, AssertionOptions, Passkey, PasskeyList, PasskeyOptions, PasskeyRequest},
    second_factor::ProofRequest,
};

use super::{Problem, authenticator, get, send};
use crate::paths::encode;

/// One's own.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<PasskeyList, Problem> {
    get("/api/passkeys").await
}

/// Makes one on this device, or on one that the browser reaches.
///
/// # Errors
/// As [`send`], and when the browser made none.
pub async fn make(name: String) -> Result<Passkey, Problem> {
    let options: PasskeyOptions = send("POST", "/api/passkeys/challenge", None::<&()>, &[]).await?;
    let request: PasskeyRequest = authenticator::make(&options, name).await?;
    send("POST", "/api/passkeys", Some(&request), &[]).await
}

/// Forgets one.
///
/// # Errors
/// As [`send`].
pub async fn remove(id: &str) -> Result<(), Problem> {
    send("DELETE", &format!("/api/passkeys/{}", encode(id)), None::<&()>, &[]).await
}

/// Signs in by one.
///
/// # Errors
/// As [`send`], and when no passkey was used.
pub async fn sign_in() -> Result<(), Problem> {
    let options: AssertionOptions = send("POST", "/api/sign-in/passkey/challenge", None::<&()>, &[]).await?;
    let assertion = authenticator::sign(&options).await?;
    send("POST", "/api/sign-in/passkey", Some(&assertion), &[]).await
}

/// Has a passkey prove the second factor: gives what is to be sent.
///
/// # Errors
/// As [`send`], and when no passkey was used.
pub async fn proof() -> Result<ProofRequest, Problem> {
    let options: AssertionOptions = send("POST", "/api/session/proof/challenge", None::<&()>, &[]).await?;
    if options.allow.is_empty() {
        return Err(Problem::Browser(
            "A passkey works at the host where it was made, and you have none for this one.",
        ));
    }
    let passkey: Assertion = authenticator::sign(&options).await?;
    Ok(ProofRequest { passkey: Some(passkey), ..ProofRequest::default() })
}
