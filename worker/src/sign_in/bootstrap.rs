//! `POST /api/sign-in/bootstrap`: the first owner.

use std::sync::Arc;

use axum::{Extension, extract::State, response::Response};
use http::HeaderMap;
use noc_shared::{access::Role, id::RequestId, sign_in::BootstrapRequest};

use super::{refused, signed_in};
use crate::{
    access::address,
    api::{Body, Parameters},
    app::App,
    attempts,
    error::ApiError,
    guard, keys, members, organizations,
    ports::Param,
    sessions::{self, About, Sign},
    users::{self, Person},
};

pub(super) async fn bootstrap(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<BootstrapRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let attempt = attempts::begin(&app, None, address(&headers).as_deref()).await?;
    let is_right =
        app.config.bootstrap_token.as_ref().is_some_and(|token| keys::is_same(token, &request.token));
    if !is_right || !is_open(&app).await? {
        return Err(refused());
    }
    let (owner, organization) = (organizations::first_owner(), organizations::first());
    let person = Person {
        id: owner.clone(),
        email: users::email(&request.email)?,
        name: users::name(&request.name)?,
        // Whoever holds the token runs this NOC: their word on their own address is enough.
        is_email_verified: true,
    };
    let now = app.clock.now();
    let mut changes = vec![guard::absent("SELECT 1 FROM users WHERE id = ?1", [Param::from(owner.as_str())])];
    changes.extend(users::create(&person, &organization, now));
    changes.push(members::join(&organization, &owner, None, Role::Owner, now));
    changes.extend(attempt.right());
    let what = serde_json::json!({ "email": person.email });
    let sign = Sign {
        user_id: owner,
        name: person.name,
        email: person.email,
        organization_id: organization,
        method: "bootstrap",
        about: Some(About { action: "sign_in.bootstrap", what }),
        until: None,
        // There is no second factor yet, and nothing that could be stronger than a secret of the Worker.
        is_proven: true,
        from: None,
        credential: None,
    };
    sessions::begin(&app, &headers, &request_id, sign, changes).await.map(signed_in)
}

/// Whether the bootstrap token still makes the first owner.
pub(super) async fn is_open(app: &App) -> Result<bool, ApiError> {
    let found = users::find(&*app.database, &organizations::first_owner()).await;
    Ok(found.map_err(ApiError::database("find the first owner"))?.is_none())
}
