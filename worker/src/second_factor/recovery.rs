//! Recovery codes, for whom the telephone has fallen into the water.

use crate::{config::Secret, keys, ports::Random};

/// How many there are.
pub(super) const COUNT: usize = 10;

/// Letters and digits that are not taken for each other.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Twelve of 32 characters are 60 bits: at ten guesses a minute, which is more than is let through, it takes longer than
/// there are computers.
const LENGTH: usize = 12;

/// Makes new ones, for showing once.
pub(super) fn make(random: &dyn Random) -> Vec<Secret> {
    let one = || {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes);
        let mut text = String::with_capacity(LENGTH + 2);
        for (place, byte) in bytes.into_iter().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(LETTERS.get(usize::from(byte % 32)).copied().map_or('a', char::from));
        }
        Secret::new(text)
    };
    (0..COUNT).map(|_| one()).collect()
}

/// What is kept of a code: its authentication code under a key that is not in the database, so that who has that can try
/// none. `None` for what cannot be a code.
pub(super) fn fingerprint(key: &[u8; 32], code: &str) -> Option<String> {
    let bare: String = code
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let is_code = bare.len() == LENGTH && bare.bytes().all(|byte| LETTERS.contains(&byte));
    is_code.then(|| hex::encode(keys::authenticate(key, &[bare.as_bytes()])))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        sync::atomic::{AtomicU64, Ordering},
    };

    use super::*;

    struct Counting(AtomicU64);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = (self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed) >> 56) as u8;
            }
        }
    }

    #[test]
    fn there_are_ten_of_them_and_each_is_known_again_however_it_is_typed() {
        let made = make(&Counting(AtomicU64::new(1)));
        let fingerprints: BTreeSet<String> =
            made.iter().map(|code| fingerprint(&[1; 32], code.expose()).unwrap()).collect();
        assert_eq!((made.len(), fingerprints.len()), (COUNT, COUNT));
        let code = made[0].expose();
        assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4]);
        let known = fingerprint(&[1; 32], code);
        for typed in [code.to_uppercase(), code.replace('-', ""), format!(" {} ", code.replace('-', " "))] {
            assert_eq!(fingerprint(&[1; 32], &typed), known, "{typed}");
        }
        assert_ne!(fingerprint(&[2; 32], code), known);
        for other in ["", "aaaa-aaaa", "aaaa-aaaa-aaaaa", "aaaa-aaaa-aaa1", "ääää-aaaa-aaaa"] {
            assert_eq!(fingerprint(&[1; 32], other), None, "{other}");
        }
    }
}
