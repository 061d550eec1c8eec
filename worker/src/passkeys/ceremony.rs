//! What a passkey says when it is made and when it is used, and whether that is what it must say (WebAuthn, level 3,
//! 7.1 and 7.2).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use noc_shared::{
    passkeys::{Assertion, PasskeyRequest},
    time::Timestamp,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    cbor::{self, Item},
    challenge::Question,
    cose,
};
use crate::{
    json,
    ports::{PublicKey, Signatures},
};

/// Somebody was there.
const PRESENT: u8 = 0x01;
/// And has shown who they are: by a finger, a face, or a number.
const VERIFIED: u8 = 0x04;
/// The key may be on several machines.
const MAY_BE_COPIED: u8 = 0x08;
/// The key is on several machines.
const COPIED: u8 = 0x10;
/// A new key stands behind.
const HAS_KEY: u8 = 0x40;
/// More stands behind.
const HAS_MORE: u8 = 0x80;

/// WebAuthn allows the name of a key so many bytes.
const LONGEST_ID: usize = 1_023;

/// Why what a passkey says is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) &'static str);

/// What must have been asked, and when it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) question: Question<'a>,
    pub(super) now: Timestamp,
}

/// The challenge that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) challenge: Vec<u8>,
    pub(super) good_until: Timestamp,
}

/// A passkey that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) answered: Answered,
    pub(super) credential_id: Vec<u8>,
    /// As it came, for keeping.
    pub(super) public_key: Vec<u8>,
    pub(super) uses: u32,
    pub(super) is_backed_up: bool,
}

/// A passkey that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) answered: Answered,
    pub(super) uses: u32,
}

/// Whether a passkey was made as it was asked for. Who has made it is not asked for, and so no statement about that is
/// looked at: NOC takes every passkey.
pub(super) fn made(response: &PasskeyRequest, expected: Expected<'_>) -> Result<Made, Refused> {
    let (_, answered) = client_data(&response.client_data_json, "webauthn.create", expected)?;
    let attestation = decode(&response.attestation_object)?;
    let unreadable = Refused("the attestation does not read");
    let Some((attestation, [])) = cbor::read(&attestation) else { return Err(unreadable) };
    let data = attestation.named("authData").and_then(Item::bytes).ok_or(unreadable)?;
    let data = AuthenticatorData::read(data).ok_or(Refused("the authenticator's data does not read"))?;
    data.check(expected.question.origin)?;
    let (credential_id, public_key) = data.key.ok_or(Refused("there is no key"))?;
    cose::read(public_key).ok_or(Refused("the key is of a kind that was not asked for"))?;
    Ok(Made {
        answered,
        credential_id: credential_id.to_vec(),
        public_key: public_key.to_vec(),
        uses: data.uses,
        is_backed_up: data.flags & COPIED != 0,
    })
}

/// Whether a passkey was used as it was asked for, and by whom has its private half.
pub(super) async fn used(
    response: &Assertion,
    expected: Expected<'_>,
    public_key: &[u8],
    uses: u32,
    signatures: &dyn Signatures,
) -> Result<Used, Refused> {
    let (client_data, answered) = client_data(&response.client_data_json, "webauthn.get", expected)?;
    let bytes = decode(&response.authenticator_data)?;
    let data = AuthenticatorData::read(&bytes).ok_or(Refused("the authenticator's data does not read"))?;
    data.check(expected.question.origin)?;
    let key = cose::read(public_key).ok_or(Refused("the key that is kept does not read"))?;
    let signature = decode(&response.signature)?;
    let signature = match &key {
        PublicKey::P256 { .. } => {
            cose::from_der(&signature).ok_or(Refused("the signature does not read"))?.to_vec()
        }
        PublicKey::Ed25519(_) | PublicKey::Rsa { .. } => signature,
    };
    let message = [&bytes[..], &Sha256::digest(&client_data)].concat();
    if !signatures.verify(&key, &message, &signature).await {
        return Err(Refused("the signature is not the one of the key"));
    }
    if !has_counted_on(uses, data.uses) {
        return Err(Refused("it has counted fewer uses than before: somebody may have a copy"));
    }
    Ok(Used { answered, uses: data.uses })
}

/// A passkey that counts its uses counts on; one that does not says zero each time.
fn has_counted_on(before: u32, now: u32) -> bool {
    (before, now) == (0, 0) || now > before
}

/// What the browser says that it was asked, as it was signed.
fn client_data(text: &str, kind: &str, expected: Expected<'_>) -> Result<(Vec<u8>, Answered), Refused> {
    let bytes = decode(text)?;
    let said = json::unique(&bytes).map_err(|_| Refused("the client's data is no JSON object"))?;
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("type") != kind {
        return Err(Refused("it is the answer to another question"));
    }
    let challenge = decode(text("challenge"))?;
    let good_until = expected.question.good_until(&challenge, expected.now);
    let good_until = good_until.ok_or(Refused("it answers another challenge, or an old one"))?;
    if text("origin") != expected.question.origin {
        return Err(Refused("it was asked for by another page"));
    }
    // A page of somebody else's had ours inside of it.
    if said.get("crossOrigin") == Some(&Value::Bool(true)) || said.contains_key("topOrigin") {
        return Err(Refused("it was asked for inside of another page"));
    }
    Ok((bytes, Answered { challenge, good_until }))
}

/// What the authenticator says.
struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: u8,
    uses: u32,
    /// The name of a new key, and the key.
    key: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> AuthenticatorData<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (&flags, rest) = rest.split_first()?;
        let (uses, mut rest) = rest.split_first_chunk::<4>()?;
        let mut key = None;
        if flags & HAS_KEY != 0 {
            let (_kind_of_authenticator, behind) = rest.split_first_chunk::<16>()?;
            let (length, behind) = behind.split_first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (id, behind) =
                behind.split_at_checked(length).filter(|_| (1..=LONGEST_ID).contains(&length))?;
            let (_, after) = cbor::read(behind)?;
            key = Some((id, behind.get(..behind.len() - after.len())?));
            rest = after;
        }
        if flags & HAS_MORE != 0 {
            let (Item::Map(_), after) = cbor::read(rest)? else { return None };
            rest = after;
        }
        rest.is_empty().then_some(Self { rp_id_hash, flags, uses: u32::from_be_bytes(*uses), key })
    }

    fn check(&self, origin: &str) -> Result<(), Refused> {
        if *self.rp_id_hash != <[u8; 32]>::from(Sha256::digest(rp_id(origin))) {
            return Err(Refused("the passkey is for another site"));
        }
        if self.flags & PRESENT == 0 || self.flags & VERIFIED == 0 {
            return Err(Refused("nobody has shown it who they are"));
        }
        if self.flags & COPIED != 0 && self.flags & MAY_BE_COPIED == 0 {
            return Err(Refused("it says that it was copied and that it cannot be"));
        }
        Ok(())
    }
}

/// The name of the site that passkeys are made for: its host, without scheme and port.
pub(super) fn rp_id(origin: &str) -> &str {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    host.split(['/', ':']).next().unwrap_or_default()
}

fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused("a part is not base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_does_not_go_on_shows_a_copy() {
        for (before, now, expected) in
            [(0, 0, true), (0, 1, true), (1, 2, true), (1, 1, false), (2, 1, false), (1, 0, false)]
        {
            assert_eq!(has_counted_on(before, now), expected, "{before} {now}");
        }
    }

    #[test]
    fn a_site_is_its_host() {
        for (origin, expected) in [
            ("https://noc.example.com", "noc.example.com"),
            ("http://localhost:8787", "localhost"),
            ("https://noc.example.com:8443/", "noc.example.com"),
        ] {
            assert_eq!(rp_id(origin), expected);
        }
    }

    #[test]
    fn what_an_authenticator_says_is_read_to_its_end() {
        let key = hex::decode("a301012004215820".to_owned() + &"00".repeat(32)).unwrap();
        let head = |flags: u8| [&[7; 32][..], &[flags, 0, 0, 0, 5]].concat();
        let with_key = |id: usize| {
            let length = u16::try_from(id).unwrap().to_be_bytes();
            [&head(HAS_KEY | PRESENT)[..], &[1; 16], &length, &vec![9; id], &key].concat()
        };
        let cases = [
            ("as it must be", head(PRESENT), true),
            ("one byte fewer", head(PRESENT)[..36].to_vec(), false),
            ("one byte more", [&head(PRESENT)[..], &[0]].concat(), false),
            ("with a key", with_key(32), true),
            ("with a key that has the longest name", with_key(LONGEST_ID), true),
            ("with a key whose name is too long", with_key(LONGEST_ID + 1), false),
            ("with a key without a name", with_key(0), false),
            ("with a key, and a byte more", [&with_key(32)[..], &[0]].concat(), false),
            ("with a key that is not there", head(HAS_KEY), false),
            ("with more", [&head(HAS_MORE)[..], &[0xa0]].concat(), true),
            ("with more that is not there", head(HAS_MORE), false),
            ("with more that is no map", [&head(HAS_MORE)[..], &[0x01]].concat(), false),
        ];
        for (what, bytes, expected) in cases {
            let read = AuthenticatorData::read(&bytes);
            assert_eq!(read.is_some(), expected, "{what}");
            assert!(read.is_none_or(|data| data.uses == 5), "{what}");
        }
    }
}
