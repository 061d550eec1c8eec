//! What a request brings to show who asks.

use std::net::IpAddr;

use http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE, USER_AGENT},
};

use super::Bearer;

/// The browser's cookie. The prefix has it sent over TLS only, to this very host, and set by nobody else.
pub const SESSION_COOKIE: &str = "__Host-noc_session";

/// What a request brings. Only the hash of what came is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// Nothing.
    None,
    /// Something that cannot be right.
    Unusable,
    /// A token.
    Token { hash: String },
    /// A session.
    Session { hash: String },
}

/// Reads what a request brings. A token goes before a cookie: a browser sends its cookie without being asked.
pub(super) fn credential(headers: &HeaderMap) -> Credential {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    if let Some(authorization) = authorizations.next() {
        let token = authorization.to_str().ok().and_then(|text| text.split_once(' '));
        let hash = token
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| Bearer::Token.hash(token.trim()));
        return match hash {
            Some(hash) if authorizations.next().is_none() => Credential::Token { hash },
            _ => Credential::Unusable,
        };
    }
    let mut found = Credential::None;
    for cookie in headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok()) {
        for (name, value) in cookie.split(';').filter_map(|pair| pair.trim().split_once('=')) {
            if name == SESSION_COOKIE {
                let hash = Bearer::Session.hash(value);
                found = match (found, hash) {
                    (Credential::None, Some(hash)) => Credential::Session { hash },
                    _ => Credential::Unusable,
                };
            }
        }
    }
    found
}

/// Where a request came from, as the platform says. Elsewhere anybody could say anything there.
pub fn address(headers: &HeaderMap) -> Option<String> {
    short(headers, "cf-connecting-ip", 45)
}

/// Who is counted by where they came from: an address, or of the sixth version the network of it. Whoever has one such
/// address has 2^64 of them.
pub fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

/// With which program, as that says of itself.
pub fn user_agent(headers: &HeaderMap) -> Option<String> {
    short(headers, USER_AGENT.as_str(), 200)
}

fn short(headers: &HeaderMap, name: &str, most: usize) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(text.chars().take(most).collect())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn all_addresses_that_one_network_has_count_as_one() {
        for (address, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
            ("somewhere", "somewhere"),
        ] {
            assert_eq!(network(address), expected);
        }
    }

    #[test]
    fn a_token_or_a_session_is_read_and_what_is_doubtful_is_unusable() {
        struct Same;
        impl crate::ports::Random for Same {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(7);
            }
        }
        let (token, session) = (Bearer::Token.issue(&Same), Bearer::Session.issue(&Same));
        let (is_token, is_session) =
            (Credential::Token { hash: token.hash }, Credential::Session { hash: session.hash });
        let (token, session) = (token.secret.expose(), session.secret.expose());
        let bearer = format!("Bearer {token}");
        let cookie = format!("a=b; {SESSION_COOKIE}={session}");
        let cases: [(&[(&str, &str)], &Credential); 12] = [
            (&[], &Credential::None),
            (&[("authorization", &bearer)], &is_token),
            (&[("authorization", &format!("bearer  {token}"))], &is_token),
            (&[("authorization", &bearer), ("authorization", &bearer)], &Credential::Unusable),
            (&[("authorization", token)], &Credential::Unusable),
            (&[("authorization", "Bearer x")], &Credential::Unusable),
            (&[("authorization", &format!("Bearer {session}"))], &Credential::Unusable),
            (&[("cookie", &cookie)], &is_session),
            (&[("cookie", "a=b")], &Credential::None),
            (&[("cookie", &format!("{SESSION_COOKIE}={token}"))], &Credential::Unusable),
            (&[("cookie", &cookie), ("cookie", &cookie)], &Credential::Unusable),
            (&[("authorization", "Basic eA=="), ("cookie", &cookie)], &Credential::Unusable),
        ];
        for (pairs, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
                headers.append(name, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(&credential(&headers), expected, "{pairs:?}");
        }
    }
}
