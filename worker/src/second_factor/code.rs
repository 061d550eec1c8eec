//! The codes that an app shows: TOTP (RFC 6238) with SHA-1, six digits and a new one every thirty seconds, which is what
//! every such app can do.

use hmac::{Hmac, Mac as _};
use noc_shared::time::Timestamp;
use sha1::Sha1;

use crate::{config::Secret, keys::is_same};

/// How long a code is shown, in seconds.
const STEP: i64 = 30;

/// Clocks of telephones are off, and people take a while to type: a code is good one step before and after its own.
const OFF: i64 = 1;

/// The secret that the codes are made of: 160 bits, as RFC 4226 recommends.
pub(super) const SECRET_BYTES: usize = 20;

/// The step in which a code is shown, if it is one of now and none that was shown before the last one that was used: each
/// proves something once.
pub(super) fn step_of(secret: &[u8], code: &str, now: Timestamp, last_used: Option<i64>) -> Option<i64> {
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let current = now.seconds().div_euclid(STEP);
    // Every step is looked at, so that nothing is learned from how long it takes.
    let mut found = None;
    for step in current - OFF..=current + OFF {
        let is_it = is_same(&Secret::new(shown(secret, step, 6)), &code);
        if is_it && last_used.is_none_or(|last| step > last) {
            found = Some(step);
        }
    }
    found
}

/// The code that is shown in a step.
fn shown(secret: &[u8], step: i64, digits: u32) -> String {
    // A key of any length is taken (RFC 2104), so that there is always a code; without one nothing would match.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash.last().copied().unwrap_or_default() & 0x0f);
    let word = hash.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 10_u32.pow(digits);
    format!("{number:0width$}", width = digits as usize)
}

/// The secret as an app takes it when it is typed.
pub(super) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect::<Vec<u8>>();
    bits.chunks(5)
        .map(|chunk| {
            let number = chunk.iter().fold(0, |number, bit| number << 1 | bit) << (5 - chunk.len());
            LETTERS.get(usize::from(number)).copied().map_or('A', char::from)
        })
        .collect()
}

/// What an app reads: whose codes these are, and what they are made of.
pub(super) fn otpauth_url(secret: &Secret, site: &str, email: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    format!(
        "otpauth://totp/NOC%20{site}:{email}?secret={}&issuer=NOC%20{site}&algorithm=SHA1&digits=6&period={STEP}",
        secret.expose(),
        site = encode(site),
        email = encode(email),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_ones_of_rfc_6238() {
        let cases = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(shown(b"12345678901234567890", seconds / STEP, 8), expected, "{seconds}");
        }
    }

    #[test]
    fn base32_is_the_one_of_rfc_4648() {
        let cases = [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(base32(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn a_code_is_good_in_its_step_and_one_before_and_after_and_once() {
        let secret = b"12345678901234567890";
        // 1,111,111,109 is in step 37,037,036, whose code is 081804.
        let (step, code) = (37_037_036, "081804");
        let cases = [
            ("in its step", 0, code, None, true),
            ("one step early", -1, code, None, true),
            ("one step late", 1, code, None, true),
            ("two steps early", -2, code, None, false),
            ("two steps late", 2, code, None, false),
            ("used in the step before", 0, code, Some(step - 1), true),
            ("used already", 0, code, Some(step), false),
            ("older than one that was used", 1, code, Some(step + 1), false),
            ("as people type it", 0, " 081 804 ", None, true),
            ("another one", 0, "081805", None, false),
            ("too short", 0, "81804", None, false),
            ("with a digit more", 0, "0081804", None, false),
            ("nothing", 0, "", None, false),
        ];
        for (what, later, code, last_used, good) in cases {
            let now = Timestamp::from_millis((step + later) * STEP * 1_000);
            assert_eq!(step_of(secret, code, now, last_used).is_some(), good, "{what}");
        }
    }

    #[test]
    fn an_app_reads_whose_codes_they_are() {
        let url = otpauth_url(&Secret::new("MZXW6"), "noc.example.com:8443", "ada+1@example.org");
        assert_eq!(
            url,
            "otpauth://totp/NOC%20noc%2Eexample%2Ecom%3A8443:ada%2B1%40example%2Eorg?secret=MZXW6&\
             issuer=NOC%20noc%2Eexample%2Ecom%3A8443&algorithm=SHA1&digits=6&period=30"
        );
    }
}
