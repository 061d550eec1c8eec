//! `/api/organization` and `/api/organizations`: the organization that one acts in, new ones, and what a parent may do.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{delete, get, post, put},
};
use http::{Method, StatusCode};
use noc_shared::{
    access::{Role, Scope},
    id::OrganizationId,
    organizations::{GrantRequest, Organization, OrganizationRequest},
};
use serde_json::json;

use super::{Caller, PrincipalKind, store};
use crate::{
    api::{Answer, Body, Operation, Parameters, Requires, Route, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
    members, users,
};

/// Organizations that one person may own: each has an audit, applications and more of its own in the database that all share.
const MOST_OWNED: i64 = 100;

/// The routes of organizations themselves.
pub(super) fn routes() -> Vec<Route> {
    let route = |method, path, scope, operation, handler| {
        Route::new(method, path, Requires::Scope(scope), operation, handler)
    };
    vec![
        route(
            Method::GET,
            "/api/organization",
            Scope::OrganizationRead,
            Operation {
                id: "get_organization",
                summary: "The organization that is acted in, its parent, and what that one's members may be here at most.",
                answers: vec![Answer::json(200, "always", schema::<Organization>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(show),
        ),
        route(
            Method::POST,
            "/api/organizations",
            Scope::GrantsWrite,
            Operation {
                id: "make_organization",
                summary: "Makes an organization, with who asks as its owner. Only a person can.",
                body: Some(schema::<OrganizationRequest>()),
                answers: vec![Answer::json(201, "it is there", schema::<Organization>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "organizations.make",
                ..Operation::default()
            },
            post(make),
        ),
        route(
            Method::PUT,
            "/api/organization/grant",
            Scope::GrantsWrite,
            Operation {
                id: "grant_to_parent",
                summary: "Lets the parent's members act here, each with their own role and with this one at most.",
                body: Some(schema::<GrantRequest>()),
                answers: vec![Answer::json(200, "it is granted", schema::<Organization>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "organizations.grant",
                ..Operation::default()
            },
            put(grant),
        ),
        route(
            Method::DELETE,
            "/api/organization/grant",
            Scope::GrantsWrite,
            Operation {
                id: "take_grant_back",
                summary: "Lets the parent's members do nothing here any more, from their next request on.",
                answers: vec![Answer::json(200, "nothing is granted", schema::<Organization>())],
                refusals: &[409, 422, 503],
                audits: "organizations.ungrant",
                ..Operation::default()
            },
            delete(ungrant),
        ),
    ]
}

async fn current(app: &App, caller: &Caller) -> Result<Organization, ApiError> {
    let doing = "find the organization";
    let found = store::organization(&*app.database, &caller.organization_id).await;
    found.map_err(ApiError::database(doing))?.ok_or(ApiError::NotFound("organization"))
}

async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<Organization>, ApiError> {
    parameters.end()?;
    current(&app, &caller).await.map(Json)
}

async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
    Body(request): Body<OrganizationRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    if caller.kind != PrincipalKind::User {
        let message = "a token belongs to one organization; sign in, and make it yourself";
        return Err(ApiError::Forbidden(message.to_owned()));
    }
    let owned = store::owned(&*app.database, &caller.principal_id).await;
    if owned.map_err(ApiError::database("count the organizations"))? >= MOST_OWNED {
        let message = format!("one person owns at most {MOST_OWNED} organizations; leave one of them first");
        return Err(ApiError::Conflict { code: "too_many", message });
    }
    let organization = Organization {
        id: OrganizationId::from_random(app.random.identifier()),
        name: users::name(&request.name)?,
        parent_id: request.is_child.then(|| caller.organization_id.clone()),
        granted: None,
    };
    let now = app.clock.now();
    let changes = vec![
        store::insert_organization(&organization, now),
        members::join(&organization.id, &caller.principal_id, None, Role::Owner, now),
    ];
    let act = Act {
        action: "organizations.make",
        kind: "organization",
        id: organization.id.to_string(),
        before: None,
        after: serde_json::to_value(&organization).ok(),
    };
    audit::record(&app, &caller, act, changes).await?;
    Ok((StatusCode::CREATED, Json(organization)).into_response())
}

async fn grant(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
    Body(request): Body<GrantRequest>,
) -> Result<Json<Organization>, ApiError> {
    parameters.end()?;
    let before = with_parent(&app, &caller).await?;
    let after = Organization { granted: Some(request.role), ..before.clone() };
    let change = store::grant(&caller.organization_id, request.role, app.clock.now());
    let act = act("organizations.grant", &before, &after);
    audit::record(&app, &caller, act, vec![change]).await?;
    Ok(Json(after))
}

async fn ungrant(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<Organization>, ApiError> {
    parameters.end()?;
    let before = with_parent(&app, &caller).await?;
    let after = Organization { granted: None, ..before.clone() };
    let act = act("organizations.ungrant", &before, &after);
    audit::record(&app, &caller, act, vec![store::ungrant(&caller.organization_id)]).await?;
    Ok(Json(after))
}

async fn with_parent(app: &App, caller: &Caller) -> Result<Organization, ApiError> {
    let organization = current(app, caller).await?;
    if organization.parent_id.is_some() {
        return Ok(organization);
    }
    let message = "this organization has no parent to grant anything to".to_owned();
    Err(ApiError::Conflict { code: "no_parent", message })
}

fn act(action: &'static str, before: &Organization, after: &Organization) -> Act {
    Act {
        action,
        kind: "organization",
        id: after.id.to_string(),
        before: Some(json!({ "granted": before.granted })),
        after: Some(json!({ "granted": after.granted })),
    }
}
