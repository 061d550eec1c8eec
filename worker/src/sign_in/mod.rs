//! Signing in: from something that shows who somebody is to a session.

mod bootstrap;
mod break_glass;
mod cloudflare_access;
mod link;
pub(crate) mod oidc;
mod routes;
mod store;

use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header::SET_COOKIE};

use crate::{api::Route, error::ApiError, sessions::Begun};

/// The routes of signing in.
pub fn routes() -> Vec<Route> {
    [routes::routes(), oidc::routes(), cloudflare_access::routes()].into_iter().flatten().collect()
}

/// The answer to a sign-in: the cookie, and nothing to read.
pub fn signed_in(begun: Begun) -> Response {
    (StatusCode::NO_CONTENT, [(SET_COOKIE, begun.cookie)]).into_response()
}

/// One answer for everything that signs nobody in, so that nothing is learned about why.
pub fn refused() -> ApiError {
    ApiError::Unauthorized("this signs nobody in; it may have been used, or its time is over".to_owned())
}
