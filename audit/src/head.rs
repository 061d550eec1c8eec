//! Where a chain stood, signed.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use noc_shared::{id::OrganizationId, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Where a chain stood at a time, signed with Ed25519. Whoever keeps one somewhere else can tell later whether the chain
/// was cut off before that place, or written anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// When it was signed.
    pub at: Timestamp,
    /// The hash of the last event.
    pub hash: String,
    /// The number of the last event.
    pub number: u64,
    /// Whose chain it is.
    pub organization_id: OrganizationId,
    /// The signature in hexadecimal digits.
    pub signature: String,
}

impl Head {
    /// Signs a head with a key that is made of this seed.
    pub fn sign(
        seed: &[u8; 32],
        organization_id: OrganizationId,
        number: u64,
        hash: String,
        at: Timestamp,
    ) -> Self {
        let mut head = Self { at, hash, number, organization_id, signature: String::new() };
        let signature = SigningKey::from_bytes(seed).sign(head.text().as_bytes());
        head.signature = hex::encode(signature.to_bytes());
        head
    }

    /// Whether it was signed with the key that belongs to this public one, both in hexadecimal digits.
    pub fn is_signed_by(&self, public_key: &str) -> bool {
        let read = || {
            let key: [u8; 32] = hex::decode(public_key).ok()?.try_into().ok()?;
            let signature: [u8; 64] = hex::decode(&self.signature).ok()?.try_into().ok()?;
            // Digits in upper case would be another way to write the same.
            if hex::encode(signature) != self.signature {
                return None;
            }
            Some((VerifyingKey::from_bytes(&key).ok()?, Signature::from_bytes(&signature)))
        };
        // The strict check refuses keys and signatures with which more than one text would do.
        read().is_some_and(|(key, signature)| key.verify_strict(self.text().as_bytes(), &signature).is_ok())
    }

    /// The head as the last line of an export.
    pub fn line(&self) -> String {
        // These types always serialize.
        format!("{{\"head\":{}}}", serde_json::to_string(self).unwrap_or_default())
    }

    /// What is signed. None of the parts can hold a line break.
    fn text(&self) -> String {
        let Self { at, hash, number, organization_id, .. } = self;
        format!("noc-audit-head.v1\n{organization_id}\n{number}\n{hash}\n{}\n", at.millis())
    }
}

/// What an export ends with in the place of its head, if the chain does not hold the newest head that NOC keeps of it. NOC
/// does not sign such a chain, because its signature would make a forgery look whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsigned {
    /// The hash that the event of that head has now; `None` if the event is not there any more.
    pub found: Option<String>,
    /// The newest head that NOC keeps; `None` if it cannot be read as one.
    pub head: Option<Head>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnsignedLine {
    unsigned: Unsigned,
}

impl Unsigned {
    /// The last line of an export.
    pub fn line(&self) -> String {
        // These types always serialize.
        serde_json::to_string(&UnsignedLine { unsigned: self.clone() }).unwrap_or_default()
    }

    pub(crate) fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().map(|UnsignedLine { unsigned }| unsigned)
    }
}

impl fmt::Display for Unsigned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NOC did not sign this chain, because ")?;
        let Some(Head { at, hash, number, .. }) = &self.head else {
            return formatter.write_str("the newest head that it keeps cannot be read");
        };
        // These come from the database as they are, and go to logs and terminals.
        let hash = hash.escape_debug();
        write!(
            formatter,
            "event {number} had the hash {hash} when its newest head was signed at {at}, and "
        )?;
        match &self.found {
            Some(found) => write!(formatter, "has the hash {} now", found.escape_debug()),
            None => formatter.write_str("is not there any more"),
        }
    }
}

/// The public key that belongs to a seed, in hexadecimal digits.
pub fn public_key(seed: &[u8; 32]) -> String {
    hex::encode(SigningKey::from_bytes(seed).verifying_key().to_bytes())
}
