//! `POST /api/sign-in/break-glass`: the sealed credential, for when nothing else works. It needs the database and nothing
//! else: no identity provider, no cache.

use std::sync::Arc;

use axum::{Extension, extract::State, response::Response};
use http::HeaderMap;
use noc_shared::{id::RequestId, sign_in::BreakGlassRequest};

use super::{refused, signed_in};
use crate::{
    access::address,
    api::{Body, Parameters},
    app::App,
    attempts,
    error::ApiError,
    keys,
    log::Fields,
    organizations,
    sessions::{self, About, Sign},
};

/// Who breaks the glass has something to do at once. An hour is enough for that.
const LONGEST_MS: i64 = 60 * 60_000;

pub(super) async fn break_glass(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<BreakGlassRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let attempt = attempts::begin(&app, None, address(&headers).as_deref()).await?;
    let digest = keys::sha256_hex(request.credential.trim().as_bytes());
    let expected = app.config.break_glass_sha256.as_ref();
    if !expected.is_some_and(|expected| keys::is_same(expected, &digest)) {
        return Err(refused());
    }
    app.log.error(
        "the break-glass credential was used",
        Fields { request_id: Some(request_id.to_string()), ..Fields::default() },
    );
    let sign = Sign {
        user_id: organizations::break_glass(),
        name: "break-glass".to_owned(),
        email: "break-glass".to_owned(),
        organization_id: organizations::first(),
        method: "break_glass",
        about: Some(About { action: "sign_in.break_glass", what: serde_json::json!({}) }),
        until: Some(app.clock.now().plus(LONGEST_MS)),
        is_proven: true,
        from: None,
        credential: sessions::sealed(&app),
    };
    sessions::begin(&app, &headers, &request_id, sign, attempt.right()).await.map(signed_in)
}
