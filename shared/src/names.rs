//! Names of servers.

use crate::errors::FieldError;

/// RFC 1035 gives a DNS label 63 octets.
const LABEL: usize = 63;

/// RFC 1035 gives a whole name 255 octets on the wire, which is 253 characters of text.
const DOMAIN: usize = 253;

/// Says whether a server may have this name: a DNS label that is still one with the longest suffix of its application.
///
/// `zone` is the name of the DNS zone, where it is known.
///
/// # Errors
/// With a sentence that says what is allowed.
pub fn validate_server_name(
    name: &str,
    domain_suffixes: &[String],
    zone: Option<&str>,
) -> Result<(), FieldError> {
    let refuse = |message: String| Err(FieldError::new("server_name", message));
    let longest = domain_suffixes.iter().map(String::len).max().unwrap_or(0);
    let zone_room = zone.map_or(LABEL, |zone| DOMAIN.saturating_sub(zone.len() + 1));
    let most = LABEL.min(zone_room).saturating_sub(longest);
    if name.is_empty() {
        return refuse("a server needs a name".into());
    }
    if let Some(bad) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return refuse(format!("{bad:?} is not allowed: use lower-case letters, digits and hyphens"));
    }
    if name.len() > most {
        return refuse(format!(
            "a name has at most {most} characters here, so that its longest domain is still one; this has {}",
            name.len()
        ));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return refuse("a name begins and ends with a letter or a digit".into());
    }
    // RFC 5891 keeps labels with two hyphens here for encoded names, and resolvers refuse those that are none.
    if name.get(2..4) == Some("--") {
        return refuse("the third and fourth character may not both be hyphens".into());
    }
    Ok(())
}

/// The domains of a server, in the order of its application's suffixes.
pub fn domains(name: &str, domain_suffixes: &[String], zone: &str) -> Vec<String> {
    domain_suffixes.iter().map(|suffix| format!("{name}{suffix}.{zone}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suffixes() -> Vec<String> {
        ["", "-api", "-text-api"].map(String::from).to_vec()
    }

    #[test]
    fn a_server_name_is_a_dns_label_that_fits_with_the_longest_suffix() {
        let longest = "a".repeat(54);
        let too_long = "a".repeat(55);
        let cases: &[(&str, Result<(), &str>)] = &[
            ("alpha", Ok(())),
            ("a", Ok(())),
            ("0", Ok(())),
            ("web-01", Ok(())),
            ("a--b", Ok(())),
            (&longest, Ok(())),
            (&too_long, Err("at most 54 characters here")),
            ("", Err("needs a name")),
            ("Alpha", Err("'A' is not allowed")),
            ("al pha", Err("' ' is not allowed")),
            ("alpha.beta", Err("'.' is not allowed")),
            ("al_pha", Err("'_' is not allowed")),
            ("größe", Err("'ö' is not allowed")),
            ("-alpha", Err("begins and ends")),
            ("alpha-", Err("begins and ends")),
            ("xn--alpha", Err("third and fourth")),
            ("alpha\n", Err("is not allowed")),
        ];
        for (name, expected) in cases {
            let actual = validate_server_name(name, &suffixes(), Some("flaggerlink.com"));
            match (expected, actual) {
                (Ok(()), actual) => assert_eq!(actual, Ok(()), "{name:?}"),
                (Err(part), Err(error)) => assert!(error.message.contains(part), "{name:?}: {error}"),
                (Err(_), Ok(())) => panic!("{name:?} was allowed"),
            }
        }
    }

    #[test]
    fn a_long_zone_leaves_less_room() {
        let zone = format!("{}.com", "z".repeat(190));
        let most = 253 - zone.len() - 1 - "-text-api".len();
        assert!(validate_server_name(&"a".repeat(most), &suffixes(), Some(&zone)).is_ok());
        assert!(validate_server_name(&"a".repeat(most + 1), &suffixes(), Some(&zone)).is_err());
    }

    #[test]
    fn the_domains_are_the_name_with_each_suffix_in_the_zone() {
        assert_eq!(
            domains("alpha", &suffixes(), "flaggerlink.com"),
            ["alpha.flaggerlink.com", "alpha-api.flaggerlink.com", "alpha-text-api.flaggerlink.com"]
        );
    }
}
