//! `POST /api/session/links` and `POST /api/sign-in/link`: signing in on another device, by a link that works once.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, Uri};
use noc_shared::{
    id::RequestId,
    sign_in::{LinkRequest, SignInLink},
};

use super::{refused, signed_in, store};
use crate::{
    access::{Bearer, address, site},
    api::{Body, Parameters},
    app::App,
    attempts,
    audit::{self, Act},
    error::ApiError,
    guard,
    organizations::Caller,
    ports::Param,
    sessions::{self, Sign},
    users,
};

/// A link is opened at once or not at all.
const LONGEST_MS: i64 = 10 * 60_000;

pub(super) async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let doing = "make the link";
    let Some(session) = &caller.session else {
        return Err(ApiError::Internal { doing, cause: "there is no session".to_owned() });
    };
    let now = app.clock.now();
    let issued = Bearer::Link.issue(&*app.random);
    let expires_at = now.plus(LONGEST_MS);
    let changes = vec![
        store::forget_links(now),
        store::insert_link(&issued.hash, &caller.principal_id, &session.id, expires_at),
    ];
    let act = Act {
        action: "sign_in.link",
        kind: "session",
        id: session.id.to_string(),
        before: None,
        after: None,
    };
    audit::record(&app, &caller, act, changes).await?;
    let base = app.config.public_url.clone().or_else(|| site(&uri, &headers)).unwrap_or_default();
    // What stands behind # is not sent to any server, so that no log of any has it.
    let url = format!("{base}/sign-in#link={}", issued.secret.expose());
    Ok((StatusCode::CREATED, Json(SignInLink { url, expires_at })).into_response())
}

pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<LinkRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let doing = "sign in by the link";
    // What is no link at all is no attempt, and costs the database nothing.
    let hash = Bearer::Link.hash(&request.link).ok_or_else(refused)?;
    let attempt = attempts::begin(&app, None, address(&headers).as_deref()).await?;
    let now = app.clock.now();
    let link = store::link(&*app.database, &hash, now).await.map_err(ApiError::database(doing))?;
    let link = link.ok_or_else(refused)?;
    let person = users::find(&*app.database, &link.user_id).await.map_err(ApiError::database(doing))?;
    let person = person.ok_or_else(refused)?;
    let there = guard::exists("SELECT 1 FROM sign_in_links WHERE hash = ?1", [Param::from(hash.as_str())]);
    let sign = Sign {
        user_id: person.id,
        name: person.name,
        email: person.email,
        organization_id: link.organization_id,
        method: "link",
        about: None,
        until: Some(link.session_expires_at),
        is_proven: false,
        from: Some(link.from),
        credential: None,
    };
    let mut changes = vec![there, store::take_link(&hash)];
    changes.extend(attempt.right());
    sessions::begin(&app, &headers, &request_id, sign, changes).await.map(signed_in)
}
