//! What a token says, and what it must say.

use noc_shared::time::Timestamp;
use serde_json::{Map, Value};

use super::Refused;
use crate::{config::Secret, keys};

/// Clocks of others are off by so much at most, in seconds.
const SKEW: f64 = 60.0;

/// What a token says.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(pub(super) Map<String, Value>);

impl Claims {
    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Whether it says `true`; some issuers say so in a text.
    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Bool(true)))
            || matches!(self.0.get(name), Some(Value::String(text)) if text == "true")
    }

    /// Who it is about, by the issuer's own name for them.
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// Until when it is good, with what clocks may be off. What says nothing of it is good for ever.
    pub fn good_until(&self) -> Timestamp {
        let seconds = self.get("exp").and_then(Value::as_f64);
        // Beyond what a time can be it is the last one that there is.
        seconds.map_or(Timestamp::MAX, |at| Timestamp::from_millis(((at + SKEW) * 1_000.0) as i64))
    }

    /// Anything.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// What a token must say.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// Who it is from.
    pub issuer: &'a str,
    /// Whom it is for.
    pub audience: &'a str,
    /// Whether it must have been asked for by whom it is for, if it says who has.
    pub asked_by_us: bool,
    /// What we said when we asked for it, if we did.
    pub nonce: Option<&'a Secret>,
    /// The time now.
    pub now: Timestamp,
}

impl Expected<'_> {
    /// Whether that is what the token says.
    ///
    /// # Errors
    /// When it says something else.
    pub fn check(&self, claims: &Claims) -> Result<(), Refused> {
        if claims.text("iss") != Some(self.issuer) {
            return Err(Refused("it is from somebody else"));
        }
        self.check_audience(claims)?;
        self.check_times(claims)?;
        // OpenID Connect allows a subject 255 characters.
        if !(1..=255).contains(&claims.subject().len()) {
            return Err(Refused("it is about nobody"));
        }
        match self.nonce {
            Some(nonce) if !keys::is_same(nonce, claims.text("nonce").unwrap_or_default()) => {
                Err(Refused("it answers another question"))
            }
            _ => Ok(()),
        }
    }

    fn check_audience(&self, claims: &Claims) -> Result<(), Refused> {
        let several = match claims.get("aud") {
            Some(Value::String(audience)) if audience == self.audience => false,
            Some(Value::Array(list)) if list.iter().any(|audience| audience == self.audience) => {
                list.len() > 1
            }
            _ => return Err(Refused("it is for somebody else")),
        };
        match claims.get("azp") {
            _ if !self.asked_by_us => Ok(()),
            None if !several => Ok(()),
            Some(Value::String(party)) if party == self.audience => Ok(()),
            _ => Err(Refused("somebody else has asked for it")),
        }
    }

    fn check_times(&self, claims: &Claims) -> Result<(), Refused> {
        let now = self.now.seconds() as f64;
        // A number that is none counts as the worst that it could be.
        let time = |name| claims.get(name).map(|value| value.as_f64().unwrap_or(f64::NAN));
        let has_come = |at: f64| at <= now + SKEW;
        if !time("exp").is_some_and(|at| now < at + SKEW) {
            return Err(Refused("it has expired"));
        }
        if !time("iat").is_some_and(has_come) {
            return Err(Refused("it was made in the future"));
        }
        if !time("nbf").is_none_or(has_come) {
            return Err(Refused("it is not good yet"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn a_token_is_believed_only_if_it_is_from_whom_and_for_whom_and_when_it_must_be() {
        let good = json!({ "iss": "https://id", "aud": "noc", "sub": "ada", "exp": NOW + 300, "iat": NOW,
            "nonce": "n" });
        // What is said instead of something in the good one, and whether that is believed.
        let cases = [
            ("all as it must be", json!({}), true),
            ("another issuer", json!({ "iss": "https://id/" }), false),
            ("an issuer that is a list", json!({ "iss": ["https://id"] }), false),
            ("no issuer", json!({ "iss": null }), false),
            ("a list with us alone", json!({ "aud": ["noc"] }), true),
            ("another audience", json!({ "aud": "other" }), false),
            ("a list without us", json!({ "aud": ["other"] }), false),
            ("several, and nobody says who asked", json!({ "aud": ["noc", "other"] }), false),
            ("several, and we asked", json!({ "aud": ["noc", "other"], "azp": "noc" }), true),
            ("several, and others asked", json!({ "aud": ["noc", "other"], "azp": "other" }), false),
            ("for us, but others asked", json!({ "azp": "other" }), false),
            ("no audience", json!({ "aud": null }), false),
            ("expired within the skew", json!({ "exp": NOW - 59 }), true),
            ("expired", json!({ "exp": NOW - 60 }), false),
            ("an expiry that is a text", json!({ "exp": "9999999999" }), false),
            ("no expiry", json!({ "exp": null }), false),
            ("made a little ahead of us", json!({ "iat": NOW + 60 }), true),
            ("made in the future", json!({ "iat": NOW + 61 }), false),
            ("made at no time", json!({ "iat": null }), false),
            ("not good before a moment", json!({ "nbf": NOW + 60 }), true),
            ("not good before later", json!({ "nbf": NOW + 61 }), false),
            ("not good before a text", json!({ "nbf": "1" }), false),
            ("parts of seconds", json!({ "exp": 1_800_000_000.5, "iat": 1_799_999_999.9 }), true),
            ("another nonce", json!({ "nonce": "m" }), false),
            ("no nonce", json!({ "nonce": null }), false),
            ("no subject", json!({ "sub": null }), false),
            ("an empty subject", json!({ "sub": "" }), false),
            ("a subject that is a number", json!({ "sub": 7 }), false),
            ("a subject that is too long", json!({ "sub": "s".repeat(256) }), false),
        ];
        for (what, instead, believed) in cases {
            let mut claims = good.as_object().unwrap().clone();
            for (name, value) in instead.as_object().unwrap() {
                if value.is_null() {
                    claims.remove(name);
                } else {
                    claims.insert(name.clone(), value.clone());
                }
            }
            let nonce = Secret::new("n");
            let expected = Expected {
                issuer: "https://id",
                audience: "noc",
                asked_by_us: true,
                nonce: Some(&nonce),
                now: Timestamp::from_millis(NOW * 1_000),
            };
            assert_eq!(expected.check(&Claims(claims)).is_ok(), believed, "{what}");
        }
    }
}
