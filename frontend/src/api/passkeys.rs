//! Passkeys.

use noc_shared::{
    passkeys::{Assertion, AssertionOptions},
    second_factor::ProofRequest,
};

use super::{Problem, authenticator, send};

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
