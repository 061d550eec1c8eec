//! The public key of a passkey (RFC 9052, RFC 9053).

use super::cbor::{self, Item};
use crate::ports::PublicKey;

/// The numbers of the algorithms that a passkey may sign with, best first, as they are asked for.
pub(super) const ALGORITHMS: [i64; 3] = [-8, -7, -257];

/// Reads a key that stands alone.
pub(super) fn read(bytes: &[u8]) -> Option<PublicKey> {
    match cbor::read(bytes)? {
        (item, []) => of_item(&item),
        _ => None,
    }
}

/// Reads a key. Kind, algorithm and curve must agree.
pub(super) fn of_item(item: &Item<'_>) -> Option<PublicKey> {
    let number = |at| item.at(at).and_then(Item::integer);
    let bytes = |at| item.at(at).and_then(Item::bytes);
    match (number(1)?, number(3)?) {
        (1, -8) if number(-1) == Some(6) => Some(PublicKey::Ed25519(bytes(-2)?.try_into().ok()?)),
        (2, -7) if number(-1) == Some(1) => {
            Some(PublicKey::P256 { x: bytes(-2)?.try_into().ok()?, y: bytes(-3)?.try_into().ok()? })
        }
        (3, -257) => PublicKey::rsa(bytes(-1)?, bytes(-2)?),
        _ => None,
    }
}

/// The two numbers of a signature on P-256, which a passkey sends in DER, one after the other.
pub(super) fn from_der(signature: &[u8]) -> Option<[u8; 64]> {
    let (&[0x30, length], rest) = signature.split_first_chunk::<2>()? else { return None };
    let (r, rest) = integer(rest.get(..usize::from(length)).filter(|inner| inner.len() == rest.len())?)?;
    let (s, rest) = integer(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let mut both = [0; 64];
    both.first_chunk_mut::<32>()?.copy_from_slice(&r);
    both.last_chunk_mut::<32>()?.copy_from_slice(&s);
    Some(both)
}

/// A number that is not below zero, in its shortest form, filled up with zeros in front.
fn integer(bytes: &[u8]) -> Option<([u8; 32], &[u8])> {
    let (&[0x02, length], rest) = bytes.split_first_chunk::<2>()? else { return None };
    let (digits, rest) = rest.split_at_checked(usize::from(length))?;
    let digits = match digits {
        [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => return None,
        [0, digits @ ..] if !digits.is_empty() => digits,
        digits => digits,
    };
    let mut number = [0; 32];
    number.get_mut(32_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_if_kind_algorithm_and_curve_agree() {
        let x = "5820".to_owned() + &"11".repeat(32);
        let y = "5820".to_owned() + &"22".repeat(32);
        let n = "590100".to_owned() + &"ff".repeat(256);
        let cases = [
            ("Ed25519", format!("a4010103272006 21{x}"), true),
            ("P-256", format!("a5010203262001 21{x} 22{y}"), true),
            ("RSA", format!("a4010303390100 20{n} 2143010001"), true),
            ("RSA of 1,024 bits", format!("a4010303390100 205880{} 2143010001", "ff".repeat(128)), false),
            ("Ed25519 with the algorithm of P-256", format!("a4010103262006 21{x}"), false),
            ("on another curve", format!("a5010203262002 21{x} 22{y}"), false),
            ("half a point", format!("a4010203262001 21{x}"), false),
            ("a point with a sign for its half", format!("a5010203262001 21{x} 22f5"), false),
            ("without an algorithm", format!("a30101200621{x}"), false),
            ("something behind it", format!("a401010327200621{x}00"), false),
            ("no map", "00".to_owned(), false),
        ];
        for (what, digits, expected) in cases {
            let bytes = hex::decode(digits.replace(' ', "")).unwrap();
            assert_eq!(read(&bytes).is_some(), expected, "{what}");
        }
    }

    #[test]
    fn a_signature_in_der_is_taken_in_its_one_form() {
        let long = "ff".repeat(32);
        let cases = [
            ("short numbers", "3006020101020102".to_owned(), true),
            ("long numbers", format!("3046022100{long}022100{long}"), true),
            ("a number below zero", "3006020181020102".to_owned(), false),
            ("zeros in front", "300702020001020102".to_owned(), false),
            ("a number that is too long", format!("3047022201{long}00022100{long}"), false),
            ("no number", "300502000201 02".replace(' ', ""), false),
            ("one number", "3003020101".to_owned(), false),
            ("three numbers", "3009020101020102020103".to_owned(), false),
            ("something behind it", "300602010102010200".to_owned(), false),
            ("a length that is too long", "3007020101020102".to_owned(), false),
            ("another kind of list", "3106020101020102".to_owned(), false),
            ("nothing", String::new(), false),
        ];
        for (what, digits, expected) in cases {
            assert_eq!(from_der(&hex::decode(&digits).unwrap()).is_some(), expected, "{what}");
        }
        let both = from_der(&hex::decode("3006020101020102").unwrap()).unwrap();
        assert_eq!((both[31], both[63], both.iter().map(|byte| u32::from(*byte)).sum::<u32>()), (1, 2, 3));
    }
}
