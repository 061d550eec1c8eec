//! The second factor: what proves once more that it is the same person.

use serde::{Deserialize, Serialize};

use crate::{passkeys::Assertion, time::Timestamp};

/// The answer of `GET /api/second-factor`: what one can prove it with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecondFactor {
    /// How many passkeys there are.
    pub passkeys: u32,
    /// Whether an app shows codes.
    pub has_codes: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
}

/// The answer of `POST /api/second-factor/codes`: what an app needs to show codes. It is shown this one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CodesBegun {
    /// What an app reads, as a picture mostly.
    pub otpauth_url: String,
    /// The same for typing, in base32.
    pub secret: String,
}

/// The body of `POST /api/second-factor/codes/confirm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// The code that the app shows.
    pub code: String,
}

/// The answer of `POST /api/second-factor/codes/confirm` and of `POST /api/second-factor/recovery`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecoveryCodes {
    /// Each proves the second factor once. They are shown this one time; those from before are good for nothing.
    pub recovery_codes: Vec<String>,
}

/// The body of `POST /api/session/proof`: one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProofRequest {
    /// What a passkey has signed.
    #[serde(default)]
    pub passkey: Option<Assertion>,
    /// The code that an app shows.
    #[serde(default)]
    pub code: Option<String>,
    /// One of the recovery codes.
    #[serde(default)]
    pub recovery_code: Option<String>,
}

/// The answer of `POST /api/session/proof`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proven {
    /// Until when it counts.
    pub proven_until: Timestamp,
}
