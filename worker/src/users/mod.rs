//! People: who there is, and what is asked of an address and a name.

mod store;

pub use store::{Person, create, find, find_by_email, note_second_factor, verify_email};

use crate::error::ApiError;

/// RFC 5321 gives a path 256 octets, two of them brackets.
const LONGEST_EMAIL: usize = 254;

/// What a name may have.
const LONGEST_NAME: usize = 100;

/// Reads an address: in lower case, as everybody types it. Whether it receives anything, only an identity provider knows.
///
/// # Errors
/// When it cannot be one.
pub fn email(text: &str) -> Result<String, ApiError> {
    // Of ASCII alone: what else has a lower case may be the same as another letter then, and one address another.
    let email = text.trim().to_ascii_lowercase();
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control());
    let is_one = email.len() <= LONGEST_EMAIL
        && email.matches('@').count() == 1
        && email.split_once('@').is_some_and(|(before, host)| is_part(before) && is_part(host));
    if is_one {
        return Ok(email);
    }
    Err(ApiError::Invalid {
        field: "email".to_owned(),
        message: format!("an address is like name@example.org, with at most {LONGEST_EMAIL} characters"),
    })
}

/// Reads what somebody or something is called.
///
/// # Errors
/// When it is empty, too long, or has characters that cannot be seen.
pub fn name(text: &str) -> Result<String, ApiError> {
    let name = text.trim();
    let length = name.chars().count();
    if (1..=LONGEST_NAME).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(ApiError::Invalid {
        field: "name".to_owned(),
        message: format!("a name has 1 to {LONGEST_NAME} characters, and none that cannot be seen"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_lower_case_and_what_cannot_be_one_is_refused() {
        let long = format!("{}@example.org", "a".repeat(243));
        let cases = [
            (" Ada@Example.org ", Some("ada@example.org")),
            ("a+b@localhost", Some("a+b@localhost")),
            ("", None),
            ("ada", None),
            ("@example.org", None),
            ("ada@", None),
            ("a@b@c", None),
            ("a b@example.org", None),
            ("a\n@example.org", None),
            (long.as_str(), None),
        ];
        for (text, expected) in cases {
            assert_eq!(email(text).ok().as_deref(), expected, "{text:?}");
        }
    }
}
