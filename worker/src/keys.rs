//! Keys, each for one purpose, derived from the master key.

use hmac::{Hmac, Mac};
use noc_shared::id::{DeploymentId, PrincipalId, ServerId};
use sha2::{Digest, Sha256};

use crate::config::{MasterKey, Secret};

type HmacSha256 = Hmac<Sha256>;

/// Derives the key for a purpose: HKDF-SHA256 (RFC 5869) without salt and with one block of output, which is all that
/// a key of 32 bytes takes. The version stands in the purpose, so that a key can be replaced while the old one lives.
fn derive(master: &MasterKey, purpose: &str, about: &str) -> [u8; 32] {
    let extracted = authenticate(&[0; 32], &[master.bytes()]);
    authenticate(&extracted, &[purpose.as_bytes(), b"\0", about.as_bytes(), &[1]])
}

/// The generation of the key that an agent gets with its claim. Each rotation makes the next one.
pub const FIRST_GENERATION: u32 = 1;

/// The key that a server's agent signs its reports with, in one of its generations. It is handed out once and stored
/// nowhere.
pub fn agent_key(master: &MasterKey, server: &ServerId, generation: u32) -> [u8; 32] {
    if generation == FIRST_GENERATION {
        return derive(master, "agent-key.v1", server.as_str());
    }
    derive(master, "agent-key.v1", &format!("{server}/{generation}"))
}

/// The token with which a new machine claims its secrets, once. It is good for one deployment of one server.
pub fn claim_token(master: &MasterKey, server: &ServerId, deployment: &DeploymentId) -> Secret {
    Secret::new(hex::encode(derive(master, "claim-token.v1", &format!("{server}/{deployment}"))))
}

/// What the key of signed audit heads is made of.
pub fn audit_seed(master: &MasterKey) -> [u8; 32] {
    derive(master, "audit-head.v1", "")
}

/// The key that the challenges of passkeys are made with.
pub fn passkey_challenge_key(master: &MasterKey) -> [u8; 32] {
    derive(master, "passkey-challenge.v1", "")
}

/// The key that a browser's cookie is sealed with while it is at an identity provider.
pub fn oidc_flow_key(master: &MasterKey) -> [u8; 32] {
    derive(master, "oidc-flow.v1", "")
}

/// The secret that somebody's codes are made of. What is kept is the salt alone, so that the database has no secret.
pub fn code_secret(master: &MasterKey, user: &PrincipalId, salt: &str) -> [u8; 32] {
    derive(master, "code-secret.v1", &format!("{user}/{salt}"))
}

/// The key that somebody's recovery codes are kept under.
pub fn recovery_key(master: &MasterKey, user: &PrincipalId) -> [u8; 32] {
    derive(master, "recovery-code.v1", user.as_str())
}

/// HMAC-SHA256 over the parts, one after the other.
pub fn authenticate(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    keyed(key, parts).finalize().into_bytes().into()
}

/// Whether a code is the HMAC-SHA256 of the text, compared in constant time.
pub fn is_authentic(key: &[u8], text: &[u8], code: &[u8]) -> bool {
    keyed(key, &[text]).verify_slice(code).is_ok()
}

/// Whether two secrets are the same, compared in constant time: codes of both under one key are compared, so that
/// nothing is learned from how long it takes.
pub fn is_same(secret: &Secret, candidate: &str) -> bool {
    let key = b"compare";
    is_authentic(key, candidate.as_bytes(), &authenticate(key, &[secret.expose().as_bytes()]))
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> HmacSha256 {
    // RFC 2104 takes a key of any length: one that is longer than a block is hashed first, a shorter one is filled up
    // with zeros. Done here it cannot fail, and so has no other key to fall back on.
    let mut block = hmac::digest::Key::<HmacSha256>::default();
    if key.len() > block.len() {
        block.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let mut mac = HmacSha256::new(&block);
    for part in parts {
        mac.update(part);
    }
    mac
}

/// What people know SSH host keys by, as `ssh-keygen -l` shows it, of their public halves. What is no key has none.
pub fn fingerprints(host_keys: &[String]) -> Vec<String> {
    use base64::{Engine as _, engine::general_purpose};
    let key = |key: &String| general_purpose::STANDARD.decode(key.split_once(' ')?.1).ok();
    let digest = |key: Vec<u8>| general_purpose::STANDARD_NO_PAD.encode(Sha256::digest(key));
    host_keys.iter().filter_map(key).map(|key| format!("SHA256:{}", digest(key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_the_one_of_rfc_4231() {
        let code = authenticate(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex::encode(code), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(is_authentic(b"Jefe", b"what do ya want for nothing?", &code));
        assert!(!is_authentic(b"Jefe", b"what do ya want for nothing!", &code));
        assert!(!is_authentic(b"Jefe", b"what do ya want for nothing?", &code[..31]));
    }

    #[test]
    fn two_secrets_are_the_same_only_if_they_are() {
        let secret = Secret::new("abc");
        for (candidate, expected) in
            [("abc", true), ("abd", false), ("ab", false), ("", false), ("abcd", false)]
        {
            assert_eq!(is_same(&secret, candidate), expected, "{candidate:?}");
        }
    }
}
