//! `/api/sign-in/oidc/{id}`.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{LOCATION, SET_COOKIE},
};
use noc_shared::{id::RequestId, sign_in::ProviderAddress};
use sha2::{Digest as _, Sha256};

use super::{
    exchange::{self, Code, Fault, encode},
    flow::{Flow, ended_cookie, place},
};
use crate::{
    access::{address, site},
    api::{Answer, Operation, Parameter, Parameters, Proof, Requires, Route, Segment, Values, schema},
    app::App,
    attempts,
    config::OidcProvider,
    error::ApiError,
    identities::{self, Linking, Unknown},
    keys,
    log::Fields,
    once,
    organizations::Caller,
    second_factor::may_get_one,
};

const RETURN_TO: &[Parameter] = &[Parameter {
    name: "return_to",
    description: "Where to go afterwards: a path of the dashboard.",
    values: Values::Text,
}];

/// The routes of signing in at an OpenID provider.
pub(in crate::sign_in) fn routes() -> Vec<Route> {
    let led = |when| vec![Answer { status: 303, when, media: "", schema: None }];
    vec![
        Route::new(
            Method::GET,
            "/api/sign-in/oidc/{id}",
            Requires::Nothing("the provider shows who asks"),
            Operation {
                id: "sign_in_at_provider",
                summary: "Leads the browser to an OpenID provider.",
                parameters: RETURN_TO,
                answers: led("the provider is asked"),
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            get(leave),
        ),
        Route::new(
            Method::POST,
            "/api/sign-in/oidc/{id}/link",
            Requires::Session(Proof::FactorOrFresh),
            Operation {
                id: "link_provider",
                summary: "Where the browser goes to be known at an OpenID provider: from then on that signs in.",
                parameters: RETURN_TO,
                answers: vec![Answer::json(200, "always", schema::<ProviderAddress>())],
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            post(leave_to_link),
        ),
        Route::new(
            Method::GET,
            "/api/sign-in/oidc/{id}/callback",
            Requires::Nothing("the provider shows who asks"),
            Operation {
                id: "return_from_provider",
                summary: "Where the provider sends the browser back to. Signs in, or leads to /sign-in with a problem: \
                          cancelled, expired, refused, not_invited, slow_down or unavailable.",
                answers: led("the browser is led on, signed in or not"),
                refusals: &[404, 503],
                audits: "sessions.begin",
                ..Operation::default()
            },
            get(come_back),
        ),
    ]
}

fn find<'a>(app: &'a App, id: &str) -> Result<&'a OidcProvider, ApiError> {
    let provider = app.config.identity.oidc.iter().find(|provider| provider.id == id);
    provider.ok_or(ApiError::NotFound("identity provider"))
}

async fn leave(
    State(app): State<Arc<App>>,
    Segment(provider): Segment,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    match to_provider(&app, &provider, &uri, &headers, parameters, None).await? {
        Ok(Leaving { url, cookie }) => led(&url, &[&cookie]),
        Err(fault) => problem(&app, &fault),
    }
}

async fn leave_to_link(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(provider): Segment,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    may_get_one(&caller)?;
    let Some(session) = caller.session else {
        let cause = "there is no session".to_owned();
        return Err(ApiError::Internal { doing: "leave for the provider", cause });
    };
    let linking = Some(Linking { user_id: caller.principal_id, session_id: session.id });
    match to_provider(&app, &provider, &uri, &headers, parameters, linking).await? {
        Ok(Leaving { url, cookie }) => {
            let mut response = Json(ProviderAddress { url }).into_response();
            response.headers_mut().append(SET_COOKIE, header(&cookie, true)?);
            Ok(response)
        }
        Err(Fault::Unavailable(cause) | Fault::Refused(cause)) => {
            Err(ApiError::Unavailable { doing: "ask the identity provider", cause })
        }
    }
}

/// A browser that is about to leave for a provider.
struct Leaving {
    url: String,
    /// What it asks for, for when it comes back.
    cookie: String,
}

async fn to_provider(
    app: &App,
    provider: &str,
    uri: &Uri,
    headers: &HeaderMap,
    mut parameters: Parameters,
    linking: Option<Linking>,
) -> Result<Result<Leaving, Fault>, ApiError> {
    let provider = find(app, provider)?;
    let return_to = place(parameters.text("return_to")?.as_deref()).ok_or_else(|| ApiError::Invalid {
        field: "return_to".to_owned(),
        message: "a place to return to is a path of this site, as /servers".to_owned(),
    })?;
    parameters.end()?;
    let key = keys::oidc_flow_key(&app.platform()?.master_key);
    let redirect_uri = redirect_uri(provider, uri, headers)?;
    let discovered = match exchange::discover(app, provider).await {
        Ok(discovered) => discovered,
        Err(fault) => return Ok(Err(fault)),
    };
    let flow = Flow::new(&*app.random, &provider.id, &return_to, linking, app.clock.now());
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(flow.verifier().expose()));
    let question = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", "openid email profile"),
        ("state", flow.state().expose()),
        ("nonce", flow.nonce().expose()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| format!("{name}={}", encode(value)))
    .join("&");
    let join = if discovered.authorization.contains('?') { '&' } else { '?' };
    let url = format!("{}{join}{question}", discovered.authorization);
    Ok(Ok(Leaving { url, cookie: flow.seal(&key) }))
}

fn redirect_uri(provider: &OidcProvider, uri: &Uri, headers: &HeaderMap) -> Result<String, ApiError> {
    let site = site(uri, headers);
    let site = site.ok_or_else(|| ApiError::Malformed("the request names no host".to_owned()))?;
    Ok(format!("{site}/api/sign-in/oidc/{}/callback", provider.id))
}

/// Leads a browser somewhere.
fn led(to: &str, cookies: &[&str]) -> Result<Response, ApiError> {
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, header(to, false)?)]).into_response();
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, header(cookie, true)?);
    }
    Ok(response)
}

fn header(text: &str, is_secret: bool) -> Result<HeaderValue, ApiError> {
    let value = HeaderValue::from_str(text);
    let mut value = value
        .map_err(|error| ApiError::Internal { doing: "lead the browser on", cause: error.to_string() })?;
    value.set_sensitive(is_secret);
    Ok(value)
}

/// Leads a browser to the page for signing in, which says in a word what is wrong; the log has the rest.
fn problem(app: &App, fault: &Fault) -> Result<Response, ApiError> {
    let (word, cause) = match fault {
        Fault::Unavailable(cause) => ("unavailable", cause),
        Fault::Refused(cause) => ("refused", cause),
    };
    app.log.warn(
        "nobody is signed in by the identity provider",
        Fields { error: Some(cause.clone()), ..Fields::default() },
    );
    led(&format!("/sign-in?problem={word}"), &[&ended_cookie()])
}

async fn come_back(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    Segment(provider): Segment,
    uri: Uri,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let provider = find(&app, &provider)?;
    let key = keys::oidc_flow_key(&app.platform()?.master_key);
    let lead = |word: &str| led(&format!("/sign-in?problem={word}"), &[&ended_cookie()]);
    let Some(flow) = Flow::open(&headers, &key, app.clock.now()) else { return lead("expired") };
    // Providers add parameters of their own; those that are not known here mean nothing.
    let mut text = |name: &str| parameters.text(name).ok().flatten().unwrap_or_default();
    let is_ours = flow.provider == provider.id && keys::is_same(&flow.state(), &text("state"));
    if !is_ours {
        return lead("expired");
    }
    match text("error").as_str() {
        "" => {}
        "access_denied" => return lead("cancelled"),
        other => {
            let word: String = other.chars().take(60).collect();
            return problem(&app, &Fault::Refused(format!("the provider says {word}")));
        }
    }
    let attempt = match attempts::begin(&app, None, address(&headers).as_deref()).await {
        Ok(attempt) => attempt,
        Err(ApiError::TooManyAttempts { .. }) => return lead("slow_down"),
        Err(error) => return Err(error),
    };
    let discovered = match exchange::discover(&app, provider).await {
        Ok(discovered) => discovered,
        Err(fault) => return problem(&app, &fault),
    };
    let from = text("iss");
    if (discovered.names_itself || !from.is_empty()) && from != provider.issuer {
        return problem(&app, &Fault::Refused("the answer is from another issuer".to_owned()));
    }
    let code = Code {
        code: &text("code"),
        redirect_uri: &redirect_uri(provider, &uri, &headers)?,
        verifier: &flow.verifier(),
        nonce: &flow.nonce(),
    };
    let vouched = match exchange::redeem(&app, provider, &discovered, code).await {
        Ok(vouched) => vouched,
        Err(fault) => return problem(&app, &fault),
    };
    let mut changes =
        once::use_up(flow.state().expose().as_bytes(), flow.expires_at, app.clock.now()).to_vec();
    changes.extend(attempt.right());
    let linking = flow.linking.clone();
    match identities::sign_in(&app, &headers, &request_id, vouched, linking, changes).await {
        Ok(Ok(begun)) => {
            let mut response = led(&flow.return_to, &[&ended_cookie()])?;
            response.headers_mut().append(SET_COOKIE, begun.cookie);
            Ok(response)
        }
        Ok(Err(Unknown)) => lead("not_invited"),
        Err(ApiError::Conflict { .. }) => lead("expired"),
        Err(error) => Err(error),
    }
}
