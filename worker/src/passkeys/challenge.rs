//! What a passkey is asked to sign. It says itself until when and for what it is good, under a key of NOC's, so that asking
//! writes nothing: whoever only asks cannot fill the database. What was answered is remembered until it has expired.

use noc_shared::time::Timestamp;

use crate::{keys, ports::Random};

/// How long somebody may take to find the key and put a finger on it.
pub(super) const GOOD_MS: i64 = 5 * 60_000;

/// Random bytes, the time until when it is good, and the code of both.
const RANDOM: usize = 16;
const TIME: usize = 8;

/// What is asked, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) key: &'a [u8; 32],
    pub(super) purpose: Purpose<'a>,
    /// Where the page is from, as `https://noc.example.com`.
    pub(super) origin: &'a str,
}

/// What for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose<'a> {
    /// To make a passkey, in this session.
    Make(&'a str),
    /// To sign in.
    SignIn,
    /// To prove the second factor, in this session.
    Prove(&'a str),
}

impl Purpose<'_> {
    fn words(&self) -> [&str; 2] {
        match self {
            Self::Make(session) => ["make", session],
            Self::SignIn => ["sign in", ""],
            Self::Prove(session) => ["prove", session],
        }
    }
}

impl Question<'_> {
    /// A new challenge.
    pub(super) fn ask(&self, random: &dyn Random, now: Timestamp) -> Vec<u8> {
        let mut body = vec![0; RANDOM];
        random.fill(&mut body);
        body.extend(now.plus(GOOD_MS).millis().to_be_bytes());
        let code = keys::authenticate(self.key, &self.parts(&body));
        body.extend(code);
        body
    }

    /// Until when a challenge is good, if this is what was asked by it and it still is.
    pub(super) fn good_until(&self, challenge: &[u8], now: Timestamp) -> Option<Timestamp> {
        let (body, code) = challenge.split_at_checked(RANDOM + TIME)?;
        if !keys::is_authentic(self.key, &self.parts(body).concat(), code) {
            return None;
        }
        let until = Timestamp::from_millis(i64::from_be_bytes(*body.last_chunk::<TIME>()?));
        (until > now).then_some(until)
    }

    /// What the code is of. No part but the last can have a zero in it, so that it can be read in one way only.
    fn parts<'a>(&'a self, body: &'a [u8]) -> [&'a [u8]; 7] {
        let [purpose, about] = self.purpose.words();
        [purpose.as_bytes(), b"\0", about.as_bytes(), b"\0", self.origin.as_bytes(), b"\0", body]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_challenge_is_good_for_what_it_was_asked_for_where_and_when() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let asked = Question { key: &[1; 32], purpose: Purpose::Make("ses_1"), origin: "https://noc" };
        let challenge = asked.ask(&Sevens, now);
        let cases = [
            ("as it was asked", asked, 0, true),
            ("at its end", asked, GOOD_MS - 1, true),
            ("after its end", asked, GOOD_MS, false),
            ("in another session", Question { purpose: Purpose::Make("ses_2"), ..asked }, 0, false),
            ("for something else", Question { purpose: Purpose::Prove("ses_1"), ..asked }, 0, false),
            ("to sign in", Question { purpose: Purpose::SignIn, ..asked }, 0, false),
            ("on another page", Question { origin: "https://evil", ..asked }, 0, false),
            ("under another key", Question { key: &[2; 32], ..asked }, 0, false),
        ];
        for (what, question, later, good) in cases {
            assert_eq!(question.good_until(&challenge, now.plus(later)).is_some(), good, "{what}");
        }
        for place in 0..challenge.len() {
            let mut changed = challenge.clone();
            changed[place] ^= 1;
            assert_eq!(asked.good_until(&changed, now), None, "byte {place}");
        }
        assert_eq!(asked.good_until(&challenge[..challenge.len() - 1], now), None);
        assert_eq!(asked.good_until(&[], now), None);
    }
}
