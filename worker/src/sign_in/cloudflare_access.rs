//! `GET /api/sign-in/access`: signing in by Cloudflare Access, which stands before this NOC and has asked already who it is.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{LOCATION, SET_COOKIE},
};
use noc_shared::id::RequestId;

use super::oidc::place;
use crate::{
    access::address,
    api::{Answer, BODY_LIMIT, Operation, Parameter, Parameters, Requires, Route, Values},
    app::App,
    attempts,
    error::ApiError,
    identities::{self, Unknown, Vouched},
    jwt::{self, Expected},
};

const ASSERTION: HeaderName = HeaderName::from_static("cf-access-jwt-assertion");

/// The routes of signing in by Cloudflare Access.
pub(super) fn routes() -> Vec<Route> {
    vec![Route {
        method: Method::GET,
        path: "/api/sign-in/access",
        requires: Requires::Nothing("the assertion of Cloudflare Access shows who asks"),
        operation: Operation {
            id: "sign_in_by_access",
            summary: "Signs in whom Cloudflare Access vouches for.",
            parameters: &[
                Parameter {
                    name: "return_to",
                    description: "Where to go afterwards: a path of the dashboard.",
                    values: Values::Text,
                },
                Parameter {
                    name: "Cf-Access-Jwt-Assertion",
                    description: "What Cloudflare Access says; it sets the header itself.",
                    values: Values::Text,
                },
            ],
            answers: vec![Answer { status: 303, when: "the session has begun", media: "", schema: None }],
            refusals: &[401, 403, 404, 409, 422, 429, 503],
            audits: "sessions.begin",
            ..Operation::default()
        },
        body_limit: BODY_LIMIT,
        handler: get(sign_in),
    }]
}

async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let doing = "sign in by Cloudflare Access";
    let return_to = place(parameters.text("return_to")?.as_deref()).ok_or_else(|| ApiError::Invalid {
        field: "return_to".to_owned(),
        message: "a place to return to is a path of this site, as /servers".to_owned(),
    })?;
    parameters.end()?;
    let access = app.config.identity.access.as_ref().ok_or(ApiError::NotFound("way to sign in"))?;
    let assertion = headers.get(ASSERTION).and_then(|value| value.to_str().ok());
    let assertion = assertion.ok_or_else(super::refused)?;
    let attempt = attempts::begin(&app, None, address(&headers).as_deref()).await?;
    let expected = Expected {
        issuer: &access.issuer,
        audience: &access.audience,
        asked_by_us: false,
        nonce: None,
        now: app.clock.now(),
    };
    let keys_url = format!("{}/cdn-cgi/access/certs", access.issuer);
    let claims = jwt::verify_published(&app, assertion, &keys_url, &expected).await;
    let claims = claims.map_err(|error| error.refusal(doing))?;
    let vouched = Vouched {
        issuer: access.issuer.clone(),
        subject: claims.subject().to_owned(),
        // Access lets nobody through whose address its own identity provider has not made sure of.
        email: claims.text("email").and_then(|email| crate::users::email(email).ok()),
        name: claims.text("name").map(str::to_owned),
        method: "access",
    };
    let begun = identities::sign_in(&app, &headers, &request_id, vouched, None, attempt.right()).await?;
    let begun = begun.map_err(|Unknown| {
        ApiError::Forbidden("Cloudflare Access knows you, but nobody has invited you here".to_owned())
    })?;
    let to = HeaderValue::from_str(&return_to)
        .map_err(|error| ApiError::Internal { doing, cause: error.to_string() })?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, begun.cookie)]).into_response())
}
