//! An audit event, and how it is written.

use noc_shared::{
    id::{OrganizationId, PrincipalId, RequestId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What stands for the hash of the event before the first one.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a principal did to what. Its fields stand in the order of the alphabet, which is the order in which they are
/// written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What was done, as `servers.deploy`.
    pub action: String,
    /// Who did it.
    pub actor: Actor,
    /// What it is after that, or what was asked for.
    pub after: Option<Value>,
    /// When.
    pub at: Timestamp,
    /// What it was before.
    pub before: Option<Value>,
    /// Its place in the chain, counted from 1 without a gap.
    pub number: u64,
    /// Whose chain it is in.
    pub organization_id: OrganizationId,
    /// The hash of the event before it, or [`FIRST`].
    pub previous_hash: String,
    /// In which request.
    pub request_id: RequestId,
    /// What it was done to.
    pub target: Target,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// From where, if that is known.
    pub address: Option<String>,
    /// What it is: `user`, `token`, `agent` or `system`.
    pub kind: String,
    /// What it is called, for people.
    pub name: String,
    /// Who it is.
    pub principal_id: PrincipalId,
    /// By which session, if by one.
    pub session_id: Option<String>,
}

/// What something is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its identifier, or its name where that is what it goes by.
    pub id: String,
    /// What it is, as `server`.
    pub kind: String,
}

/// An event as it is kept: the very text that was hashed, and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The event as canonical JSON.
    pub document: String,
    /// SHA-256 of the document, in lower-case hexadecimal digits.
    pub hash: String,
}

impl Event {
    /// Writes the event as it is kept: JSON without spaces, the keys of every object in the order of the alphabet.
    ///
    /// # Errors
    /// Never for what these types can hold; the signature leaves it to the caller not to lose an event.
    pub fn seal(&self) -> Result<Sealed, serde_json::Error> {
        // Through a value, because whatever `before` and `after` hold is sorted there, too.
        let document = serde_json::to_value(self)?.to_string();
        let hash = String::from_utf8_lossy(&digits(document.as_bytes())).into_owned();
        Ok(Sealed { document, hash })
    }
}

impl Sealed {
    /// The event as a line of an export.
    pub fn line(&self) -> String {
        format!("{}{}{}{}{}", LINE[0], self.document, LINE[1], self.hash, LINE[2])
    }
}

/// What stands before, between and behind document and hash in a line.
pub(crate) const LINE: [&str; 3] = ["{\"event\":", ",\"hash\":\"", "\"}"];

/// Hexadecimal digits of a hash.
pub(crate) const HASH: usize = FIRST.len();

/// SHA-256 in lower-case hexadecimal digits.
pub(crate) fn digits(bytes: &[u8]) -> [u8; HASH] {
    let mut digits = [0; HASH];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(Sha256::digest(bytes)) {
        for (digit, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = if half < 10 { b'0' + half } else { b'a' + half - 10 };
        }
    }
    digits
}
