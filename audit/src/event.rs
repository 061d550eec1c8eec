//! How an audit event is written.

use noc_shared::audit::AuditEvent;
use sha2::{Digest as _, Sha256};

/// What stands for the hash of the event before the first one.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An event as it is kept: the very text that was hashed, and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The event as canonical JSON.
    pub document: String,
    /// SHA-256 of the document, in lower-case hexadecimal digits.
    pub hash: String,
}

impl Sealed {
    /// Writes an event as it is kept: JSON without spaces, the keys of every object in the order of the alphabet.
    ///
    /// # Errors
    /// Never for what these types can hold; the signature leaves it to the caller not to lose an event.
    pub fn of(event: &AuditEvent) -> Result<Self, serde_json::Error> {
        // Through a value, because whatever `before` and `after` hold is sorted there, too.
        let document = serde_json::to_value(event)?.to_string();
        let hash = String::from_utf8_lossy(&digits(document.as_bytes())).into_owned();
        Ok(Self { document, hash })
    }

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
