//! A passkey of a person, as WebAuthn has it speak.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ORIGIN, Signer, TestApp, encode};

/// Somebody was there, and has shown who they are.
pub(crate) const VERIFIED: u8 = 0x05;

/// What stands before so many bytes in CBOR.
fn bytes(length: usize) -> Vec<u8> {
    match length {
        0..24 => vec![0x40 | length as u8],
        24..256 => vec![0x58, length as u8],
        _ => [&[0x59][..], &(length as u16).to_be_bytes()].concat(),
    }
}

/// A passkey.
pub(crate) struct Authenticator {
    pub(crate) signer: Signer,
    pub(crate) id: Vec<u8>,
    pub(crate) uses: u32,
    /// Where the browser is.
    pub(crate) origin: String,
    pub(crate) flags: u8,
}

impl Authenticator {
    pub(crate) fn new(signer: Signer) -> Self {
        let id = Sha256::digest(signer.jwk("").to_string()).to_vec();
        Self { signer, id, uses: 0, origin: ORIGIN.to_owned(), flags: VERIFIED }
    }

    pub(crate) fn credential_id(&self) -> String {
        encode(&self.id)
    }

    /// The public half, as a passkey sends it.
    pub(crate) fn cose(&self) -> Vec<u8> {
        let field = |name: u8, value: &[u8]| [&[name][..], &bytes(value.len()), value].concat();
        let decoded = |name: &str| {
            use base64::Engine as _;
            let text = self.signer.jwk("")[name].as_str().unwrap().to_owned();
            base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
        };
        match &self.signer {
            Signer::Ed25519(_) => {
                [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06][..], &field(0x21, &decoded("x"))].concat()
            }
            Signer::P256 { .. } => {
                let (x, y) = self.signer.point();
                let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
                [&head[..], &field(0x21, &x), &field(0x22, &y)].concat()
            }
            Signer::Rsa(_) => {
                let head = [0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00];
                [&head[..], &field(0x20, &decoded("n")), &field(0x21, &decoded("e"))].concat()
            }
        }
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let data =
            json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    fn data(&self, rp_id: &str, more: u8) -> Vec<u8> {
        [&Sha256::digest(rp_id)[..], &[self.flags | more], &self.uses.to_be_bytes()].concat()
    }

    /// The body of `POST /api/passkeys`.
    pub(crate) fn make(&self, options: &Value, name: &str) -> Value {
        let rp_id = options["rp_id"].as_str().unwrap();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data = [&self.data(rp_id, 0x40)[..], &[0; 16], &length, &self.id, &self.cose()].concat();
        let head =
            [&[0xa3, 0x63][..], b"fmt", &[0x64], b"none", &[0x67], b"attStmt", &[0xa0, 0x68], b"authData"];
        let object = [&head.concat()[..], &bytes(data.len()), &data].concat();
        json!({
            "name": name,
            "client_data_json":
                encode(&self.client_data("webauthn.create", options["challenge"].as_str().unwrap())),
            "attestation_object": encode(&object),
        })
    }

    /// What it signs when it is asked.
    pub(crate) fn answer(&self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options["challenge"].as_str().unwrap());
        let data = self.data(options["rp_id"].as_str().unwrap(), 0);
        let message = [&data[..], &Sha256::digest(&client_data)].concat();
        json!({
            "credential_id": self.credential_id(),
            "client_data_json": encode(&client_data),
            "authenticator_data": encode(&data),
            "signature": encode(&self.signer.sign_as_passkey(&message)),
        })
    }
}

impl TestApp {
    /// Somebody has had a passkey for long.
    pub(crate) async fn has_passkey(&self, user: &str, id: &str, key: &Authenticator) {
        let (credential, public) = (key.credential_id(), encode(&key.cose()));
        self.in_the_database(&format!(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, uses, host, name, is_backed_up, created_at)
             VALUES ('{id}', '{user}', '{credential}', '{public}', 0, 'noc.test', 'old', 0, 0)"
        ))
        .await;
    }
}
