//! Issuers of tokens and keepers of passkeys: they sign.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _, RSA_PKCS1_SHA256,
    },
};
use serde_json::{Value, json};

/// The private half of a key.
pub(crate) enum Signer {
    Rsa(Box<RsaKeyPair>),
    P256 { pkcs8: Vec<u8> },
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// The one RSA key: making one takes a second. It is good for nothing but these tests.
    pub(crate) fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::from_pkcs8(include_bytes!("rsa-2048.pk8")).unwrap()))
    }

    pub(crate) fn p256() -> Self {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Self::P256 { pkcs8: made.unwrap().as_ref().to_vec() }
    }

    pub(crate) fn ed25519() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap())
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256 { .. } => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    /// The public half, as an issuer publishes it.
    pub(crate) fn jwk(&self, id: &str) -> Value {
        match self {
            Self::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "kty": "RSA", "kid": id, "n": encode(&public.n), "e": encode(&public.e) })
            }
            Self::P256 { .. } => {
                let (x, y) = self.point();
                json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": encode(&x), "y": encode(&y) })
            }
            Self::Ed25519(pair) => {
                let x = encode(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x })
            }
        }
    }

    /// The coordinates of a point on P-256.
    pub(crate) fn point(&self) -> (Vec<u8>, Vec<u8>) {
        let Self::P256 { pkcs8 } = self else { panic!("this key has no coordinates") };
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new()).unwrap();
        let point = pair.public_key().as_ref().to_vec();
        (point[1..33].to_vec(), point[33..].to_vec())
    }

    /// A signature as a token has it.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Self::P256 { pkcs8 } => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random);
                pair.unwrap().sign(&random, message).unwrap().as_ref().to_vec()
            }
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A signature as a passkey has it: on P-256 it is in DER.
    pub(crate) fn sign_as_passkey(&self, message: &[u8]) -> Vec<u8> {
        let Self::P256 { pkcs8 } = self else { return self.sign(message) };
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &random).unwrap();
        pair.sign(&random, message).unwrap().as_ref().to_vec()
    }

    /// A token with these claims.
    pub(crate) fn token(&self, id: &str, claims: &Value) -> String {
        self.token_with(&json!({ "alg": self.algorithm(), "kid": id, "typ": "JWT" }).to_string(), claims)
    }

    /// A token with this header and these claims.
    pub(crate) fn token_with(&self, header: &str, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = encode(&self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
