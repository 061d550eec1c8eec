//! What a provider gives for its code, and what it says of the person.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::discovery::{self, Discovered};
use crate::{
    app::App,
    config::{OidcProvider, Secret},
    identities::Vouched,
    json,
    jwt::{self, Claims, Expected, Unverified},
    ports::{Authorization, Content, HttpRequest, HttpResponse, Method},
};

/// The provider has this long for an answer: somebody waits for the page.
const TIMEOUT_MS: u64 = 10_000;

/// An answer is at most this long: three tokens, of which the longest has 16 KiB.
const MAX_BYTES: usize = 64 * 1024;

/// Why nobody is signed in. What stands in it is for the log.
#[derive(Debug)]
pub(super) enum Fault {
    /// The provider does not do its part now.
    Unavailable(String),
    /// What came is not to be believed.
    Refused(String),
}

impl From<Unverified> for Fault {
    fn from(error: Unverified) -> Self {
        match error {
            Unverified::Refused(refused) => Self::Refused(refused.to_string()),
            Unverified::Unavailable(error) => Self::Unavailable(error.to_string()),
        }
    }
}

/// How a provider is spoken to.
pub(super) async fn discover(app: &App, provider: &OidcProvider) -> Result<Discovered, Fault> {
    let url = discovery::url(&provider.issuer);
    let document = jwt::published(app, &url, |_| true).await;
    let document = document.map_err(|error| Fault::Unavailable(error.to_string()))?;
    Discovered::read(&document, &provider.issuer)
        .map_err(|why| Fault::Unavailable(format!("the provider {}: {why}", provider.id)))
}

/// What a code is given in for.
pub(super) struct Code<'a> {
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: &'a Secret,
    pub(super) nonce: &'a Secret,
}

/// For whom a provider vouches.
pub(super) async fn redeem(
    app: &App,
    provider: &OidcProvider,
    discovered: &Discovered,
    code: Code<'_>,
) -> Result<Vouched, Fault> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.code),
        ("redirect_uri", code.redirect_uri),
        ("code_verifier", code.verifier.expose()),
    ];
    let mut authorization = None;
    if discovered.secret_in_form {
        form.push(("client_id", &provider.client_id));
        form.push(("client_secret", provider.client_secret.expose()));
    } else {
        // RFC 6749, 2.3.1: both are encoded as in a form before they are put together.
        let (name, password) = (encode(&provider.client_id), encode(provider.client_secret.expose()));
        authorization = Some(Authorization::Basic(Secret::new(format!("{name}:{password}"))));
    }
    let body = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>();
    let request = HttpRequest {
        method: Method::Post,
        url: discovered.token.clone(),
        authorization,
        body: Some((Content::Form, body.join("&").into_bytes())),
        timeout_ms: TIMEOUT_MS,
        max_bytes: MAX_BYTES,
    };
    let given = answer(app, request).await?;
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let id_token = text("id_token").ok_or_else(|| Fault::Refused("there is no id_token".to_owned()))?;
    let expected = Expected {
        issuer: &provider.issuer,
        audience: &provider.client_id,
        asked_by_us: true,
        nonce: Some(code.nonce),
        now: app.clock.now(),
    };
    let claims = jwt::verify_published(app, id_token, &discovered.keys, &expected).await?;
    let about = match (&discovered.userinfo, text("access_token")) {
        (Some(url), Some(token)) if claims.text("email").is_none() => {
            userinfo(app, url, Secret::new(token), claims.subject()).await?
        }
        _ => Map::new(),
    };
    Ok(vouched(provider, &claims, &about))
}

async fn userinfo(app: &App, url: &str, token: Secret, subject: &str) -> Result<Map<String, Value>, Fault> {
    let request = HttpRequest {
        method: Method::Get,
        url: url.to_owned(),
        authorization: Some(Authorization::Bearer(token)),
        body: None,
        timeout_ms: TIMEOUT_MS,
        max_bytes: MAX_BYTES,
    };
    let about = answer(app, request).await?;
    // OpenID Connect, 5.3.2: it may be the answer about somebody else.
    if about.get("sub").and_then(Value::as_str) != Some(subject) {
        return Err(Fault::Refused("the userinfo is about somebody else".to_owned()));
    }
    Ok(about)
}

/// An address counts only where the provider has made sure of it, and what is said of it in one place is not mixed with
/// what is said in another.
fn vouched(provider: &OidcProvider, claims: &Claims, about: &Map<String, Value>) -> Vouched {
    let text = |name: &str| {
        let said = claims.text(name).or_else(|| about.get(name).and_then(Value::as_str));
        said.map(str::to_owned)
    };
    let is_verified = if claims.text("email").is_some() {
        claims.is_true("email_verified")
    } else {
        matches!(about.get("email_verified"), Some(Value::Bool(true)))
    };
    let email = text("email").filter(|_| is_verified);
    Vouched {
        issuer: provider.issuer.clone(),
        subject: claims.subject().to_owned(),
        email: email.and_then(|email| crate::users::email(&email).ok()),
        name: text("name").or_else(|| text("preferred_username")),
        method: "oidc",
    }
}

async fn answer(app: &App, request: HttpRequest) -> Result<Map<String, Value>, Fault> {
    let url = request.url.clone();
    let response: HttpResponse =
        app.http.send(request).await.map_err(|error| Fault::Unavailable(format!("{url}: {error}")))?;
    let read = json::unique(&response.body);
    match (response.status, read) {
        (200, Ok(fields)) => Ok(fields),
        (200, Err(_)) => Err(Fault::Unavailable(format!("{url}: the answer is no JSON object"))),
        (status @ 400..=499, read) => {
            let word = read.ok().and_then(|fields| Some(fields.get("error")?.as_str()?.to_owned()));
            let word: String = word.unwrap_or_default().chars().take(60).collect();
            Err(Fault::Refused(format!("{url}: the answer is {status} {word}")))
        }
        (status, _) => Err(Fault::Unavailable(format!("{url}: the answer is {status}"))),
    }
}

/// A text in a form or a query.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
