//! The keys that an issuer publishes (RFC 7517).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::token::Header;
use crate::ports::{Algorithm, PublicKey};

/// More keys than this nobody publishes: Google has two or three, Entra about eight.
const MOST: usize = 50;

/// The keys of an issuer that can be used here. What is of another kind is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<(Option<String>, PublicKey)>);

impl KeySet {
    /// Reads a JWKS document.
    pub fn read(document: &Value) -> Self {
        let keys = document.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Self(keys.iter().take(MOST).filter_map(read).collect())
    }

    /// The key that signed a token with this header. A token that does not name its key is taken if there is no choice;
    /// where two keys have one name, nobody can say which is meant.
    pub fn find(&self, header: &Header) -> Option<&PublicKey> {
        let mut fitting = self.0.iter().filter(|(id, key)| {
            key.algorithm() == header.algorithm && (header.key_id.is_none() || *id == header.key_id)
        });
        match (fitting.next(), fitting.next()) {
            (Some((_, key)), None) => Some(key),
            _ => None,
        }
    }
}

fn read(key: &Value) -> Option<(Option<String>, PublicKey)> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?.trim_end_matches('=')).ok();
    if text("use").is_some_and(|usage| usage != "sig") {
        return None;
    }
    if let Some(Value::Array(operations)) = key.get("key_ops")
        && !operations.iter().any(|operation| operation == "verify")
    {
        return None;
    }
    let public = match (text("kty")?, text("crv")) {
        ("RSA", None) => PublicKey::rsa(&bytes("n")?, &bytes("e")?)?,
        ("EC", Some("P-256")) => {
            PublicKey::P256 { x: bytes("x")?.try_into().ok()?, y: bytes("y")?.try_into().ok()? }
        }
        ("OKP", Some("Ed25519")) => PublicKey::Ed25519(bytes("x")?.try_into().ok()?),
        _ => return None,
    };
    if let Some(name) = text("alg") {
        // RFC 9864 calls it by its curve.
        let algorithm = if name == "Ed25519" { Some(Algorithm::EdDsa) } else { Algorithm::parse(name) };
        if algorithm != Some(public.algorithm()) {
            return None;
        }
    }
    Some((text("kid").map(str::to_owned), public))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn coordinate(byte: u8) -> String {
        URL_SAFE_NO_PAD.encode([byte; 32])
    }

    #[test]
    fn a_key_is_found_by_its_name_and_kind_if_there_is_no_doubt() {
        let curve =
            |id: &str, byte| json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": coordinate(byte) });
        let point = |id: &str| json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": coordinate(1), "y": coordinate(2) });
        let header = |algorithm, id: Option<&str>| Header { algorithm, key_id: id.map(str::to_owned) };
        let (eddsa, es256, rs256) = (Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256);
        let cases = [
            ("by name", vec![curve("a", 1), curve("b", 2)], header(eddsa, Some("b")), true),
            ("of no name there", vec![curve("a", 1)], header(eddsa, Some("c")), false),
            ("of another kind", vec![curve("a", 1)], header(rs256, Some("a")), false),
            ("two of one name", vec![curve("a", 1), curve("a", 2)], header(eddsa, Some("a")), false),
            ("one name for two kinds", vec![curve("a", 1), point("a")], header(es256, Some("a")), true),
            ("without a name, and one", vec![curve("a", 1), point("b")], header(eddsa, None), true),
            ("without a name, and two", vec![curve("a", 1), curve("b", 2)], header(eddsa, None), false),
            ("none at all", vec![], header(eddsa, None), false),
        ];
        for (what, keys, header, found) in cases {
            let set = KeySet::read(&json!({ "keys": keys }));
            assert_eq!(set.find(&header).is_some(), found, "{what}");
        }
    }

    #[test]
    fn a_key_that_is_not_for_signatures_or_not_whole_is_left_out() {
        let good = json!({ "kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(2), "use": "sig",
            "alg": "ES256", "key_ops": ["verify"] });
        let cases = [
            ("as it must be", json!({}), true),
            ("for encryption", json!({ "use": "enc" }), false),
            ("for other things", json!({ "key_ops": ["encrypt"] }), false),
            ("for another algorithm", json!({ "alg": "ES384" }), false),
            ("for a symmetric one", json!({ "alg": "HS256" }), false),
            ("on another curve", json!({ "crv": "P-384" }), false),
            ("a secret", json!({ "kty": "oct", "k": "AAAA" }), false),
            ("a short coordinate", json!({ "x": "AAAA" }), false),
            ("no coordinate", json!({ "y": null }), false),
            ("RSA without a modulus", json!({ "kty": "RSA", "crv": null }), false),
        ];
        for (what, instead, taken) in cases {
            let mut key = good.clone();
            for (name, value) in instead.as_object().unwrap() {
                key[name] = value.clone();
            }
            assert_eq!(!KeySet::read(&json!({ "keys": [key] })).0.is_empty(), taken, "{what}");
        }
        for document in [json!(null), json!([]), json!({ "keys": 7 }), json!({ "keys": [null, 7, {}] })] {
            assert_eq!(KeySet::read(&document), KeySet::default(), "{document}");
        }
        let many = vec![good; MOST + 1];
        assert_eq!(KeySet::read(&json!({ "keys": many })).0.len(), MOST);
    }
}
