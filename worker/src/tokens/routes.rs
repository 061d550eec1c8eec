//! `/api/tokens`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use http::{Method, StatusCode};
use noc_shared::{
    access::Scope,
    id::{PrincipalId, ProjectId},
    tokens::{Token, TokenList, TokenMade, TokenRequest},
};
use serde_json::json;

use super::store;
use crate::{
    access::Bearer,
    api::{Answer, Body, Operation, Parameters, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
    members,
    organizations::{self, Caller, PrincipalKind},
    second_factor::may_get_one,
    users,
};

/// Tokens of an organization. A list of them is one page, and more than that nobody keeps an eye on.
const MOST: u32 = 500;

const DAY_MS: i64 = 86_400_000;

/// After how many days a token ends at the latest, and when nothing is said.
const LONGEST_DAYS: u32 = 365;
const USUAL_DAYS: u32 = 90;

/// The routes of tokens.
pub fn routes() -> Vec<Route> {
    let route = |method, path, scope, operation, handler| {
        Route::new(method, path, Requires::Scope(scope), operation, handler)
    };
    vec![
        route(
            Method::GET,
            "/api/tokens",
            Scope::TokensRead,
            Operation {
                id: "list_tokens",
                summary: "The organization's API tokens that work, the newest first; never what they are.",
                answers: vec![Answer::json(200, "always", schema::<TokenList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        route(
            Method::POST,
            "/api/tokens",
            Scope::TokensWrite,
            Operation {
                id: "make_token",
                summary: "Makes an API token, which is shown this one time. It may do what its scopes say, and at most \
                          what its maker may do. Only a person can make one.",
                body: Some(schema::<TokenRequest>()),
                answers: vec![Answer::json(201, "the token works", schema::<TokenMade>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "tokens.make",
                ..Operation::default()
            },
            post(make),
        ),
        route(
            Method::DELETE,
            "/api/tokens/{id}",
            Scope::TokensWrite,
            Operation {
                id: "revoke_token",
                summary: "Revokes an API token. It is out at its next request.",
                answers: vec![Answer::empty("it is revoked")],
                refusals: &[404, 422, 503],
                audits: "tokens.revoke",
                ..Operation::default()
            },
            delete(revoke),
        ),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<TokenList>, ApiError> {
    parameters.end()?;
    Ok(Json(TokenList { tokens: all(&app, &caller).await? }))
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<Token>, ApiError> {
    store::list(&*app.database, &caller.organization_id, app.clock.now(), MOST)
        .await
        .map_err(ApiError::database("list the tokens"))
}

async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
    Body(request): Body<TokenRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    if caller.kind != PrincipalKind::User {
        let message = "a token cannot make tokens; sign in, and make it yourself";
        return Err(ApiError::Forbidden(message.to_owned()));
    }
    may_get_one(&caller)?;
    let name = users::name(&request.name)?;
    let mut scopes = request.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    allowed(&caller, &scopes)?;
    let days = request.days.unwrap_or(USUAL_DAYS);
    if !(1..=LONGEST_DAYS).contains(&days) {
        return Err(invalid("days", format!("a token ends after 1 to {LONGEST_DAYS} days")));
    }
    let projects = match &request.projects {
        None => None,
        Some(names) => Some(find_projects(&app, &caller, names).await?),
    };
    if all(&app, &caller).await?.len() >= MOST as usize {
        let message = format!("an organization has at most {MOST} tokens; revoke those that nobody uses");
        return Err(ApiError::Conflict { code: "too_many", message });
    }
    let issued = Bearer::Token.issue(&*app.random);
    let now = app.clock.now();
    let token = Token {
        id: PrincipalId::from_random(app.random.identifier()),
        name,
        scopes,
        projects: request.projects,
        created_by: caller.email.clone().unwrap_or_default(),
        created_at: now,
        expires_at: now.plus(i64::from(days) * DAY_MS),
        last_used_at: None,
    };
    let act = Act {
        action: "tokens.make",
        kind: "token",
        id: token.id.to_string(),
        before: None,
        after: Some(json!({
            "name": token.name,
            "scopes": token.scopes,
            "projects": token.projects,
            "expires_at": token.expires_at,
        })),
    };
    let mut changes = vec![store::forget_ended(now)];
    changes.extend(store::insert(
        &caller.organization_id,
        &token,
        &issued.hash,
        projects.as_deref(),
        &caller.principal_id,
    ));
    audit::record(&app, &caller, act, changes).await?;
    let made = TokenMade { token, secret: issued.secret.expose().to_owned() };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// A token is for something, and for nothing that its maker may not do.
///
/// # Errors
/// When it is not.
pub fn allowed(caller: &Caller, scopes: &[Scope]) -> Result<(), ApiError> {
    if scopes.is_empty() {
        return Err(invalid("scopes", "a token needs at least one scope".to_owned()));
    }
    match scopes.iter().find(|scope| caller.power.reach(**scope).is_none()) {
        None => Ok(()),
        Some(scope) => {
            Err(invalid("scopes", format!("you do not have the scope {} yourself", scope.as_str())))
        }
    }
}

/// The projects of these names.
///
/// # Errors
/// When there is none, or one does not exist.
pub async fn find_projects(app: &App, caller: &Caller, names: &[String]) -> Result<Vec<ProjectId>, ApiError> {
    if names.is_empty() {
        return Err(invalid("projects", "name at least one project, or leave projects out".to_owned()));
    }
    let known = organizations::projects(app, &caller.organization_id).await?;
    names
        .iter()
        .map(|name| {
            let found = known.iter().find(|(_, known)| known == name);
            found
                .map(|(id, _)| id.clone())
                .ok_or_else(|| invalid("projects", "one of these projects does not exist".to_owned()))
        })
        .collect()
}

fn invalid(field: &str, message: String) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message }
}

async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let token = store::find(&*app.database, &caller.organization_id, &id).await;
    let token = token.map_err(ApiError::database("find the token"))?;
    let token = token.ok_or(ApiError::NotFound("token"))?;
    let act = Act {
        action: "tokens.revoke",
        kind: "token",
        id: token.id.to_string(),
        before: Some(json!({ "name": token.name, "scopes": token.scopes })),
        after: None,
    };
    let changes = vec![
        store::revoke(&caller.organization_id, &token.id),
        members::take_back_all_of(&token.id, &caller.organization_id),
    ];
    audit::record(&app, &caller, act, changes).await?;
    Ok(StatusCode::NO_CONTENT)
}
