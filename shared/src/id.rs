//! Identifiers: a prefix that says what is meant, and 96 random bits.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// Characters behind the prefix: 24 hexadecimal digits are 96 bits, so that even a billion deployments have a chance
/// of one in 10^11 for a single collision.
const DIGITS: usize = 24;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(String);

        impl $name {
            /// What every identifier of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an identifier of twelve random bytes.
            pub fn from_random(bytes: [u8; DIGITS / 2]) -> Self {
                let mut text = String::with_capacity($prefix.len() + DIGITS);
                text.push_str($prefix);
                for byte in bytes {
                    text.push_str(&format!("{byte:02x}"));
                }
                Self(text)
            }

            /// Reads an identifier that came from outside; `None` if it is not one of this kind.
            pub fn parse(text: &str) -> Option<Self> {
                is_identifier(text, $prefix).then(|| Self(text.to_owned()))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| {
                    D::Error::custom(concat!("expected ", $prefix, " and 24 hexadecimal digits"))
                })
            }
        }
    };
}

identifier!(
    /// One run of a saga on a target.
    DeploymentId,
    "dep_"
);
identifier!(
    /// Who somebody is at an issuer of identities: it is made from both, and has nothing random.
    IdentityId,
    "idn_"
);
identifier!(
    /// An invitation to an organization.
    InvitationId,
    "inv_"
);
identifier!(
    /// The tenant that everything belongs to.
    OrganizationId,
    "org_"
);
identifier!(
    /// A thing at a provider with NOC's mark that no record knows.
    OrphanId,
    "orp_"
);
identifier!(
    /// A passkey of a person.
    PasskeyId,
    "pky_"
);
identifier!(
    /// Who acts.
    PrincipalId,
    "prn_"
);
identifier!(
    /// A named group of servers.
    ProjectId,
    "prj_"
);
identifier!(
    /// One request to the API; it stands in the answer and in the log.
    RequestId,
    "req_"
);
identifier!(
    /// A machine, from the reservation of its name to its destruction.
    ServerId,
    "srv_"
);
identifier!(
    /// One sign-in of a user.
    SessionId,
    "ses_"
);
identifier!(
    /// A rule by which tokens are exchanged.
    TokenRuleId,
    "trl_"
);

fn is_identifier(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_its_prefix_and_24_lower_case_hexadecimal_digits() {
        let made = DeploymentId::from_random([0xab; 12]);
        assert_eq!(made.as_str(), "dep_abababababababababababab");
        let cases = [
            ("dep_abababababababababababab", true),
            ("srv_abababababababababababab", false),
            ("dep_ABABABABABABABABABABABAB", false),
            ("dep_abababababababababababa", false),
            ("dep_", false),
            ("", false),
            ("dep_abababababababababababab'", false),
        ];
        for (text, expected) in cases {
            assert_eq!(DeploymentId::parse(text).is_some(), expected, "{text:?}");
        }
    }
}
