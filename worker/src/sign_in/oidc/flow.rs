//! What a browser remembers between leaving for a provider and coming back: a cookie under a key of NOC's. So that whoever
//! only begins writes nothing, and whoever comes back is the one who left.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header::COOKIE};
use noc_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{config::Secret, identities::Linking, keys, ports::Random};

/// The cookie's name. It is sent along when the provider sends the browser back, which is another site; the one of a session
/// is not.
pub(super) const COOKIE_NAME: &str = "__Host-noc_oidc";

/// How long somebody may take at the provider.
pub(super) const GOOD_MS: i64 = 10 * 60_000;

/// The longest place to return to.
const LONGEST_PLACE: usize = 500;

/// What is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flow {
    /// What state, nonce and verifier are made of, in hexadecimal digits.
    secret: String,
    pub(super) provider: String,
    /// Where to go afterwards.
    pub(super) return_to: String,
    /// Who asks for a further identity, if somebody does.
    pub(super) linking: Option<Linking>,
    pub(super) expires_at: Timestamp,
}

impl Flow {
    pub(super) fn new(
        random: &dyn Random,
        provider: &str,
        return_to: &str,
        linking: Option<Linking>,
        now: Timestamp,
    ) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self {
            secret: hex::encode(secret),
            provider: provider.to_owned(),
            return_to: return_to.to_owned(),
            linking,
            expires_at: now.plus(GOOD_MS),
        }
    }

    /// What the provider sends back as it was: it belongs to this browser.
    pub(super) fn state(&self) -> Secret {
        self.derive("state")
    }

    /// What the provider signs: the token answers this question.
    pub(super) fn nonce(&self) -> Secret {
        self.derive("nonce")
    }

    /// What only who has begun can say: a code that was stolen on its way is of no use.
    pub(super) fn verifier(&self) -> Secret {
        self.derive("verifier")
    }

    fn derive(&self, purpose: &str) -> Secret {
        Secret::new(hex::encode(keys::authenticate(self.secret.as_bytes(), &[purpose.as_bytes()])))
    }

    /// The cookie.
    pub(super) fn seal(&self, key: &[u8; 32]) -> String {
        // These types always serialize.
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let code = hex::encode(keys::authenticate(key, &[body.as_bytes()]));
        let seconds = GOOD_MS / 1_000;
        format!("{COOKIE_NAME}={body}.{code}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
    }

    /// What the browser has remembered, if it is ours and not too old.
    pub(super) fn open(headers: &HeaderMap, key: &[u8; 32], now: Timestamp) -> Option<Self> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut found = cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == COOKIE_NAME)
            .map(|(_, value)| value);
        let (value, None) = (found.next()?, found.next()) else { return None };
        let (body, code) = value.split_once('.')?;
        if !keys::is_authentic(key, body.as_bytes(), &hex::decode(code).ok()?) {
            return None;
        }
        let flow: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        (flow.expires_at > now).then_some(flow)
    }
}

/// The cookie that takes it away.
pub(super) fn ended_cookie() -> String {
    format!("{COOKIE_NAME}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}

/// A place on this very site: whoever signs in is led nowhere else.
pub(crate) fn place(text: Option<&str>) -> Option<String> {
    let Some(text) = text else { return Some("/".to_owned()) };
    // A browser takes a backslash for a slash, and leaves tabs and line breaks out.
    let is_ours = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= LONGEST_PLACE
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_ours.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn headers(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).unwrap())])
    }

    #[test]
    fn a_browser_comes_back_with_what_it_left_with_and_not_later() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let flow = Flow::new(&Sevens, "oidc", "/servers", None, now);
        let cookie = flow.seal(&[1; 32]);
        assert_eq!(Flow::open(&headers(&cookie), &[1; 32], now), Some(flow.clone()));
        assert_eq!(Flow::open(&headers(&cookie), &[1; 32], now.plus(GOOD_MS)), None);
        assert_eq!(Flow::open(&headers(&cookie), &[2; 32], now), None);
        assert_eq!(Flow::open(&HeaderMap::new(), &[1; 32], now), None);
        let twice = format!("{}; {}", cookie.split(';').next().unwrap(), cookie.split(';').next().unwrap());
        let twice = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&twice).unwrap())]);
        assert_eq!(Flow::open(&twice, &[1; 32], now), None);
        let changed = cookie.replacen("=e", "=f", 1);
        assert_eq!(Flow::open(&headers(&changed), &[1; 32], now), None);
        let parts = [flow.state(), flow.nonce(), flow.verifier()];
        assert!(parts.iter().all(|part| part.expose().len() == 64));
        assert!(parts[0] != parts[1] && parts[1] != parts[2] && parts[0] != parts[2]);
    }

    #[test]
    fn nobody_is_led_to_another_site() {
        let cases = [
            (None, Some("/")),
            (Some("/servers/alpha?tab=logs#end"), Some("/servers/alpha?tab=logs#end")),
            (Some("//evil.example"), None),
            (Some("/\\evil.example"), None),
            (Some("https://evil.example"), None),
            (Some("evil"), None),
            (Some(""), None),
            (Some("/\t/evil.example"), None),
            (Some("/a\r\nSet-Cookie: b"), None),
            (Some("/ä"), None),
        ];
        for (text, expected) in cases {
            assert_eq!(place(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(place(Some(&format!("/{}", "a".repeat(LONGEST_PLACE)))), None);
    }
}
