//! Whether a token says what a rule wants.

use std::collections::BTreeMap;

use noc_shared::errors::FieldError;
use serde_json::Value;

/// More conditions than this nobody oversees.
const MOST: usize = 20;

const LONGEST: usize = 500;

/// Whether the claims have everything that is wanted.
pub(super) fn matches<'a>(
    wanted: &BTreeMap<String, String>,
    claim: impl Fn(&str) -> Option<&'a Value>,
) -> bool {
    !wanted.is_empty()
        && wanted.iter().all(|(name, wanted)| claim(name).is_some_and(|said| says(said, wanted)))
}

fn says(said: &Value, wanted: &str) -> bool {
    match said {
        Value::String(text) => match wanted.strip_suffix('*') {
            Some(beginning) => text.starts_with(beginning),
            None => text == wanted,
        },
        // A list, an object or nothing can be read in several ways, and so says nothing.
        Value::Bool(said) => wanted == if *said { "true" } else { "false" },
        Value::Number(number) => wanted == format!("{number}"),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Whether a rule can want that. A beginning ends where a part of a name does: `repo:acme*` would let `acme-evil` in.
pub(super) fn check(wanted: &BTreeMap<String, String>) -> Result<(), FieldError> {
    let invalid = |message: String| Err(FieldError::new("claims", message));
    if wanted.is_empty() || wanted.len() > MOST {
        return invalid(format!(
            "a rule wants 1 to {MOST} claims: every token of the issuer would do otherwise"
        ));
    }
    for (name, value) in wanted {
        if matches!(name.as_str(), "iss" | "aud" | "exp" | "iat" | "nbf" | "jti") {
            return invalid(format!("{name} is looked at anyway; name something that tells who it is"));
        }
        let beginning = value.strip_suffix('*');
        let is_text = |text: &str| !text.is_empty() && text.len() <= LONGEST && !text.contains('*');
        let ends_whole = |text: &str| text.ends_with(['/', ':', '@']);
        let is_right = match beginning {
            None => is_text(value),
            Some(beginning) => is_text(beginning) && ends_whole(beginning),
        };
        if name.is_empty() || name.len() > 100 || !is_right {
            let name: String = name.chars().take(100).collect();
            return invalid(format!(
                "{name}: a claim is a text of 1 to {LONGEST} characters, or its beginning up to a `/`, `:` or `@` and `*`"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_token_says_all_that_is_wanted_or_it_gives_nothing() {
        let claims = json!({
            "sub": "repo:acme/site:ref:refs/heads/main", "repository": "acme/site", "run_number": 7,
            "protected": true, "groups": ["acme/site"], "nothing": null,
        });
        let cases: [(&[(&str, &str)], bool); 12] = [
            (&[("repository", "acme/site")], true),
            (&[("repository", "acme/site"), ("sub", "repo:acme/site:ref:refs/heads/main")], true),
            (&[("repository", "acme/site"), ("sub", "repo:acme/site:ref:refs/heads/x")], false),
            (&[("sub", "repo:acme/site:*")], true),
            (&[("sub", "repo:acme/other:*")], false),
            (&[("repository", "acme/*")], true),
            (&[("repository", "Acme/site")], false),
            (&[("run_number", "7")], true),
            (&[("protected", "true")], true),
            (&[("groups", "acme/site")], false),
            (&[("absent", "")], false),
            (&[], false),
        ];
        for (pairs, expected) in cases {
            assert_eq!(matches(&wanted(pairs), |name| claims.get(name)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_rule_wants_something_that_tells_who_it_is() {
        let cases: [(&[(&str, &str)], bool); 11] = [
            (&[("repository", "acme/site")], true),
            (&[("sub", "repo:acme/site:*")], true),
            (&[("email", "deploy@*")], true),
            (&[], false),
            (&[("aud", "noc")], false),
            (&[("repository", "")], false),
            (&[("repository", "*")], false),
            (&[("repository", "acme*")], false),
            (&[("repository", "*/site")], false),
            (&[("repository", "acme/**")], false),
            (&[("", "x")], false),
        ];
        for (pairs, expected) in cases {
            assert_eq!(check(&wanted(pairs)).is_ok(), expected, "{pairs:?}");
        }
    }
}
