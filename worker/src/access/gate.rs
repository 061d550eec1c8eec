//! The gate: what a route requires, and whether who asks has it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, Method, header::RETRY_AFTER, request::Parts};
use noc_shared::{access::Scope, id::RequestId, sessions::ORGANIZATION_HEADER, time::Timestamp};

use super::{
    Reach, address,
    credential::{Credential, credential, network},
    origin::{From, origin},
};
use crate::{
    api::{Proof, Requires},
    app::App,
    error::ApiError,
    organizations::{Caller, PrincipalKind},
    sessions, tokens,
};

/// How long the second factor counts as proven.
pub const PROVEN_MS: i64 = 10 * 60_000;

/// The gate before a route.
#[derive(Clone)]
pub struct Gate {
    /// What it asks.
    pub app: Arc<App>,
    /// What the route requires.
    pub requires: Requires,
    /// What the route is called.
    pub route: &'static str,
}

/// Lets a request through to its route's handler, with its `Caller`, or refuses it.
pub async fn gate(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&gate, &parts).await {
        Ok(caller) => {
            let key = key(&gate, &parts, caller.as_ref());
            if let Some(key) = key.filter(|_| gate.requires != Requires::Agent)
                && !gate.app.limits.allows(&key).await
            {
                return too_many();
            }
            if let Some(caller) = caller {
                parts.extensions.insert(caller);
            }
            let mut response = next.run(Request::from_parts(parts, body)).await;
            response.headers_mut().insert("ratelimit-policy", POLICY);
            response
        }
        // Whoever is refused is counted by where they come from: each refusal has cost a look at the database.
        Err(refusal) => match key(&gate, &parts, None) {
            Some(key) if !gate.app.limits.allows(&key).await => too_many(),
            _ => refusal.into_response(),
        },
    }
}

/// Who is counted, for which route: whoever is signed in, or the address of whoever is not.
fn key(gate: &Gate, request: &Parts, caller: Option<&Caller>) -> Option<String> {
    let who = match caller {
        Some(caller) => caller.principal_id.to_string(),
        // Without an address all would be one.
        None => network(&address(&request.headers)?),
    };
    Some(format!("{who} {}", gate.route))
}

/// Refuses what leads to no route, and whoever asks for that too often.
pub async fn nowhere(app: &App, headers: &HeaderMap, refusal: ApiError) -> Response {
    match address(headers) {
        Some(address) if !app.limits.allows(&format!("{} (no route)", network(&address))).await => too_many(),
        _ => refusal.into_response(),
    }
}

/// What a route says of its limit, as the draft of the RateLimit header fields writes it.
const POLICY: HeaderValue = HeaderValue::from_static("\"route\";q=600;w=60");

/// A refusal to be asked so often. The platform counts by the minute and does not tell how much of it is left.
fn too_many() -> Response {
    let mut response = ApiError::TooManyRequests.into_response();
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
    headers.insert("ratelimit", HeaderValue::from_static("\"route\";r=0;t=60"));
    response
}

async fn admit(gate: &Gate, request: &Parts) -> Result<Option<Caller>, ApiError> {
    let (app, requires) = (&*gate.app, gate.requires);
    let changes = !matches!(request.method, Method::GET | Method::HEAD);
    let from = origin(&request.uri, &request.headers);
    let mut caller = match (requires, credential(&request.headers)) {
        (Requires::Agent, _) => return Ok(None),
        // A page of somebody else shall not even sign a browser in.
        (Requires::Nothing(_), _) if changes && from == From::Elsewhere => return Err(elsewhere()),
        (Requires::Nothing(_), _) => return Ok(None),
        (_, Credential::Token { hash }) => tokens::authenticate(app, &hash).await?,
        (_, Credential::Session { .. }) if changes && from != From::Ours => return Err(elsewhere()),
        (_, Credential::Session { hash }) => sessions::authenticate(app, &hash).await?,
        (_, Credential::None | Credential::Unusable) => None,
    }
    .ok_or_else(nobody)?;
    caller.address = address(&request.headers);
    if let Some(id) = request.extensions.get::<RequestId>() {
        caller.request_id = id.clone();
    }
    // Before what is lacking: a page that is told of another organization's roles would show them as its own.
    if requires.within_an_organization() && is_of_another_page(&request.headers, &caller) {
        return Err(ApiError::OtherOrganization);
    }
    caller.reach = permitted(requires, &caller, app.clock.now())?;
    Ok(Some(caller))
}

/// Whether a session is asked by a page that was loaded for another organization than it acts in now. Who says nothing is
/// believed, as no page does before it knows; what is no organization is another one. A token has one alone.
fn is_of_another_page(headers: &HeaderMap, caller: &Caller) -> bool {
    let ours = caller.organization_id.as_str().as_bytes();
    caller.session.is_some()
        && headers.get_all(ORGANIZATION_HEADER).iter().any(|said| said.as_bytes() != ours)
}

/// How far somebody may go on a route, if at all.
fn permitted(requires: Requires, caller: &Caller, now: Timestamp) -> Result<Reach, ApiError> {
    let reach = match requires {
        Requires::Nothing(_) | Requires::Agent | Requires::SignedIn => Reach::Everything,
        Requires::Session(proof) => {
            let Some(session) = &caller.session else {
                let message = "this is for people who are signed in, and not for tokens";
                return Err(ApiError::Forbidden(message.to_owned()));
            };
            let is_fresh = now.since(session.signed_in_at) < PROVEN_MS;
            let is_enough = match proof {
                Proof::None => true,
                Proof::Factor => session.is_proven(now),
                Proof::FactorOrFresh => session.is_proven(now) || (is_fresh && !session.has_second_factor),
            };
            if !is_enough {
                return Err(ApiError::SecondFactor);
            }
            Reach::Everything
        }
        Requires::Scope(scope) => match caller.power.reach(scope) {
            Some(Reach::Everything) => Reach::Everything,
            _ => return Err(lacking(scope, "in the whole organization")),
        },
        Requires::InProject(scope) => {
            caller.power.reach(scope).ok_or_else(|| lacking(scope, "in any project"))?
        }
    };
    // A token has a sensitive scope because its maker gave it expressly, with a second factor of their own.
    let is_sensitive =
        matches!(requires, Requires::Scope(scope) | Requires::InProject(scope) if scope.is_sensitive());
    let is_proven = caller.session.as_ref().is_some_and(|session| session.is_proven(now));
    if is_sensitive && caller.kind == PrincipalKind::User && !is_proven {
        return Err(ApiError::SecondFactor);
    }
    Ok(reach)
}

/// One answer for everything that lets nobody in, so that nothing is learned about why.
fn nobody() -> ApiError {
    ApiError::Unauthorized("sign in, or send a token that works as `Authorization: Bearer noc_…`".to_owned())
}

fn elsewhere() -> ApiError {
    ApiError::Forbidden(
        "a browser's request that changes something comes from this NOC's own pages; scripts send a token"
            .to_owned(),
    )
}

fn lacking(scope: Scope, within: &str) -> ApiError {
    ApiError::Forbidden(format!("this takes the scope {}, which is not had {within}", scope.as_str()))
}
