//! What lets somebody in who bears it: 256 random bits behind a prefix, with a checksum.

use crate::{config::Secret, keys::sha256_hex, ports::Random};

/// Digits of the random part: 32 bytes.
const DIGITS: usize = 64;

/// Digits of the checksum: the first of the SHA-256 of what stands before it. Of texts that only look like one of these,
/// one in four billion has the right one, so that a scanner for leaked secrets need not ask.
const CHECKSUM: usize = 8;

/// What kind of thing is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A script's token.
    Token,
    /// A browser's session.
    Session,
    /// An invitation's link.
    Invitation,
    /// A link that signs in.
    Link,
}

/// One that was just made. It is shown once, and only its hash is kept.
#[derive(Debug)]
pub struct Issued {
    /// What is handed out.
    pub secret: Secret,
    /// What is kept.
    pub hash: String,
}

impl Bearer {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "noc_",
            Self::Session => "noc_session_",
            Self::Invitation => "noc_invitation_",
            Self::Link => "noc_link_",
        }
    }

    /// Makes a new one.
    pub fn issue(self, random: &dyn Random) -> Issued {
        let mut bytes = [0; DIGITS / 2];
        random.fill(&mut bytes);
        let mut text = format!("{}{}", self.prefix(), hex::encode(bytes));
        text.push_str(&checksum(&text));
        Issued { hash: sha256_hex(text.as_bytes()), secret: Secret::new(text) }
    }

    /// The hash under which one that came from outside would be kept; `None` for what cannot be one, so that nothing is
    /// asked of the database for it.
    pub fn hash(self, text: &str) -> Option<String> {
        let random = text.strip_prefix(self.prefix())?;
        let is_hex = random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if random.len() != DIGITS + CHECKSUM || !is_hex {
            return None;
        }
        let (body, end) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
        (checksum(body) == end).then(|| sha256_hex(text.as_bytes()))
    }
}

fn checksum(text: &str) -> String {
    let mut digest = sha256_hex(text.as_bytes());
    digest.truncate(CHECKSUM);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same;

    impl Random for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xab);
        }
    }

    #[test]
    fn what_is_issued_is_read_again_and_nothing_else_is() {
        let issued = Bearer::Token.issue(&Same);
        let text = issued.secret.expose();
        assert_eq!(Bearer::Token.hash(text), Some(issued.hash.clone()));
        assert_eq!(Bearer::Session.hash(text), None);
        for position in 0..text.len() {
            let mut changed = text.to_owned().into_bytes();
            changed[position] = if changed[position] == b'0' { b'1' } else { b'0' };
            assert_eq!(Bearer::Token.hash(&String::from_utf8(changed).unwrap()), None, "{position}");
        }
        for other in ["", "noc_", &text[..text.len() - 1], &format!("{text}0"), &text.to_uppercase()] {
            assert_eq!(Bearer::Token.hash(other), None, "{other}");
        }
    }
}
