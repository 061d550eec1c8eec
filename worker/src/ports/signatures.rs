//! Signatures of others: of identity providers, and of people's passkeys.

use async_trait::async_trait;

/// How something is signed. What is not here is not accepted, whatever a token asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Reads the name of RFC 7518 and RFC 8037. Every other one, `none` and the symmetric ones first of all, is unknown.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// The public half of a key. Its kind says how it signs, so that no key can be used by another algorithm than its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA: modulus and exponent, most significant byte first and without zeros in front.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The exponent.
        exponent: Vec<u8>,
    },
    /// A point on P-256.
    P256 {
        /// Its first coordinate.
        x: [u8; 32],
        /// Its second coordinate.
        y: [u8; 32],
    },
    /// A point on Ed25519.
    Ed25519([u8; 32]),
}

/// RSA keys are taken from 2,048 bits, below which they can be broken, to 4,096, beyond which one request would take
/// more of the processor than a whole one may.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

impl PublicKey {
    /// An RSA key, if it is of a size that is accepted.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let bare = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        let (modulus, exponent) = (bare(modulus), bare(exponent));
        // An exponent of 1 would make every message its own signature; a real one is 3 or 65537.
        let is_odd = exponent.last().is_some_and(|last| last % 2 == 1) && exponent != [1];
        (MODULUS_BYTES.contains(&modulus.len()) && exponent.len() <= 4 && is_odd)
            .then_some(Self::Rsa { modulus, exponent })
    }

    /// How it signs.
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256 { .. } => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }
}

/// Checks signatures.
#[async_trait]
pub trait Signatures: Send + Sync {
    /// Whether the signature is the one of this key under the message. A key or a signature that cannot be read is no
    /// signature. One on P-256 is the two numbers of 32 bytes one after the other, as in a JWT.
    async fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rsa_key_is_taken_only_if_it_is_strong_and_not_too_large() {
        let cases: [(&str, usize, &[u8], bool); 9] = [
            ("2,048 bits", 256, &[1, 0, 1], true),
            ("4,096 bits", 512, &[1, 0, 1], true),
            ("1,024 bits", 128, &[1, 0, 1], false),
            ("8,192 bits", 1_024, &[1, 0, 1], false),
            ("an exponent of 3", 256, &[3], true),
            ("an exponent of 1", 256, &[0, 0, 1], false),
            ("an exponent that is even", 256, &[1, 0, 0], false),
            ("no exponent", 256, &[], false),
            ("an exponent that is very large", 256, &[1, 0, 0, 0, 1], false),
        ];
        for (what, bytes, exponent, expected) in cases {
            assert_eq!(PublicKey::rsa(&vec![0xff; bytes], exponent).is_some(), expected, "{what}");
        }
        let padded = [vec![0], vec![0xff; 256]].concat();
        assert_eq!(PublicKey::rsa(&padded, &[0, 3]), PublicKey::rsa(&vec![0xff; 256], &[3]));
    }
}
