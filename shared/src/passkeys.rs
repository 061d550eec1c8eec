//! Passkeys: keys on people's machines that sign in and prove the second factor.

use serde::{Deserialize, Serialize};

use crate::{id::PasskeyId, time::Timestamp};

/// What a passkey is called has at most so many characters.
pub const LONGEST_NAME: usize = 60;

/// A passkey, for the one whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Passkey {
    /// Names it; nobody can sign in with it.
    pub id: PasskeyId,
    /// What it is called.
    pub name: String,
    /// The host that it works at.
    pub host: String,
    /// Whether it is kept on several machines.
    pub is_backed_up: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// The answer of `GET /api/passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyList {
    /// One's own, the newest first.
    pub passkeys: Vec<Passkey>,
}

/// The answer of `POST /api/passkeys/challenge`: what the browser is asked to make. Bytes are in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyOptions {
    /// What is to be signed.
    pub challenge: String,
    /// The host that it will work at.
    pub rp_id: String,
    /// Whose it will be.
    pub user_id: String,
    /// What they are known by.
    pub user_name: String,
    /// What they are called.
    pub user_display_name: String,
    /// The numbers of the algorithms that it may have, best first.
    pub algorithms: Vec<i64>,
    /// Those that there are already, which are not made again.
    pub exclude: Vec<String>,
}

/// The body of `POST /api/passkeys`: what the browser made. Bytes are in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PasskeyRequest {
    /// What to call it.
    pub name: String,
    /// `response.clientDataJSON`.
    pub client_data_json: String,
    /// `response.attestationObject`.
    pub attestation_object: String,
}

/// The answer of `POST /api/sign-in/passkey/challenge` and of `POST /api/session/proof/challenge`: what the browser is
/// asked to sign. Bytes are in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssertionOptions {
    /// What is to be signed.
    pub challenge: String,
    /// The host that the passkey works at.
    pub rp_id: String,
    /// The passkeys that will do; any that is there when empty.
    pub allow: Vec<String>,
}

/// What the browser signed: the body of `POST /api/sign-in/passkey`, and a proof. Bytes are in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// `rawId`: which passkey.
    pub credential_id: String,
    /// `response.clientDataJSON`.
    pub client_data_json: String,
    /// `response.authenticatorData`.
    pub authenticator_data: String,
    /// `response.signature`.
    pub signature: String,
}
