//! `/api/identities`: at which issuers one is known.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    routing::{delete, get},
};
use http::{Method, StatusCode};
use noc_shared::{
    id::IdentityId,
    identities::{Identity, IdentityList},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::store;
use crate::{
    api::{Answer, Operation, Parameters, Proof, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
};

/// The routes of identities. How one is linked is a matter of its issuer.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Method::GET,
            "/api/identities",
            Requires::Session(Proof::None),
            Operation {
                id: "list_identities",
                summary: "At which identity providers one is known, the newest first.",
                answers: vec![Answer::json(200, "always", schema::<IdentityList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        Route::new(
            Method::DELETE,
            "/api/identities/{id}",
            Requires::Session(Proof::Factor),
            Operation {
                id: "delete_identity",
                summary: "Ends that somebody signs in by an identity provider, unless it is their only way in.",
                answers: vec![Answer::empty("it is gone")],
                refusals: &[404, 409, 422, 503],
                audits: "identities.delete",
                ..Operation::default()
            },
            delete(remove),
        ),
    ]
}

/// What an identity is called in paths. An issuer's name and a subject may have anything in them, and are long.
fn id(kept: &store::Kept) -> IdentityId {
    let digest = Sha256::digest(json!([kept.issuer, kept.subject]).to_string());
    let mut bytes = [0; 12];
    bytes.iter_mut().zip(digest).for_each(|(byte, from)| *byte = from);
    IdentityId::from_random(bytes)
}

/// What people know an issuer by, if anybody can sign in by it.
fn known_as(app: &App, issuer: &str) -> Option<String> {
    let identity = &app.config.identity;
    let provider = identity.oidc.iter().find(|provider| provider.issuer == issuer);
    let access = identity.access.as_ref().filter(|access| access.issuer == issuer);
    provider.map(|provider| provider.name.clone()).or_else(|| access.map(|_| "Cloudflare Access".to_owned()))
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<store::Kept>, ApiError> {
    store::of_user(&*app.database, &caller.principal_id)
        .await
        .map_err(ApiError::database("list the identities"))
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<IdentityList>, ApiError> {
    parameters.end()?;
    let shown = |kept: store::Kept| Identity {
        id: id(&kept),
        name: known_as(&app, &kept.issuer),
        issuer: kept.issuer,
        subject: kept.subject,
        created_at: kept.created_at,
    };
    let identities = all(&app, &caller).await?.into_iter().map(shown).collect();
    Ok(Json(IdentityList { identities }))
}

async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(wanted): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let kept = all(&app, &caller).await?.into_iter().find(|kept| id(kept).as_str() == wanted);
    let kept = kept.ok_or(ApiError::NotFound("identity"))?;
    let act = Act {
        action: "identities.delete",
        kind: "identity",
        id: id(&kept).to_string(),
        before: Some(json!({ "issuer": kept.issuer, "subject": kept.subject })),
        after: None,
    };
    let changes = store::delete(&caller.principal_id, &kept).to_vec();
    match audit::record(&app, &caller, act, changes).await {
        Err(ApiError::Conflict { .. }) => Err(ApiError::Conflict {
            code: "only_way_in",
            message: "it is your only way in: make a passkey or link another provider first".to_owned(),
        }),
        outcome => outcome.map(|_| StatusCode::NO_CONTENT),
    }
}
