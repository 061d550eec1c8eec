//! Passkeys (WebAuthn): keys on people's machines that sign in and prove the second factor.
//!
//! A passkey is taken only from somebody who has shown it that it is them (by a finger, a face or a number), so that it
//! counts as two factors: what one has, and what one is or knows.

mod cbor;
mod ceremony;
mod challenge;
mod cose;
mod routes;
mod sign_in;
mod store;
mod verify;

pub use routes::routes;
pub use verify::{Asked, Verified, ask_for_proof, count, verify_proof};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Bytes as they are sent and kept.
fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
