//! `POST /api/sign-in/passkey`: signing in by a passkey alone.

use std::sync::Arc;

use axum::{Extension, Json, extract::State, response::Response};
use http::{HeaderMap, Uri};
use noc_shared::{
    id::RequestId,
    passkeys::{Assertion, AssertionOptions},
};

use super::{
    challenge::Purpose,
    encode,
    verify::{Asked, verify},
};
use crate::{
    access::address,
    api::{Body, Parameters},
    app::App,
    attempts,
    error::ApiError,
    sessions::{self, Sign},
    sign_in::{refused, signed_in},
    users,
};

pub(super) async fn ask(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Json<AssertionOptions>, ApiError> {
    parameters.end()?;
    let asked = Asked::of(&app, &uri, &headers)?;
    Ok(Json(AssertionOptions {
        challenge: encode(&asked.question(Purpose::SignIn).ask(&*app.random, app.clock.now())),
        rp_id: asked.rp_id().to_owned(),
        // Whoever asks has not said who they are, and is not told whose passkeys there are.
        allow: Vec::new(),
    }))
}

pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
    Body(assertion): Body<Assertion>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let doing = "sign in by the passkey";
    let asked = Asked::of(&app, &uri, &headers)?;
    // A signature cannot be guessed, so that no account is slowed by whoever sends its passkey's name.
    let attempt = attempts::begin(&app, None, address(&headers).as_deref()).await?;
    let verified = verify(&app, asked.question(Purpose::SignIn), &assertion).await?.ok_or_else(refused)?;
    let person = users::find(&*app.database, &verified.user_id).await.map_err(ApiError::database(doing))?;
    let person = person.ok_or_else(refused)?;
    let organization = sessions::home(&app, &person.id).await?.ok_or_else(refused)?;
    let sign = Sign {
        user_id: person.id,
        name: person.name,
        email: person.email,
        organization_id: organization,
        method: "passkey",
        about: None,
        until: None,
        is_proven: true,
        from: None,
        credential: None,
    };
    let mut changes = verified.changes;
    changes.extend(attempt.right());
    sessions::begin(&app, &headers, &request_id, sign, changes).await.map(signed_in)
}
