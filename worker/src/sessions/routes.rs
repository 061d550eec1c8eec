//! `/api/session` and `/api/sessions`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{delete, get, put},
};
use http::{Method, StatusCode, header::SET_COOKIE};
use noc_shared::{
    access::Scope,
    id::SessionId,
    sessions::{OrganizationChoice, SessionList, SwitchRequest, WhoAmI},
};
use serde_json::json;

use super::{ended_cookie, store};
use crate::{
    api::{Answer, Body, Operation, Parameters, Proof, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
    ports::Statement,
};

/// For how long a use of the break-glass credential is shown to everybody who may read the audit.
const SHOWN_MS: i64 = 30 * 86_400_000;

/// The routes of sessions.
pub fn routes() -> Vec<Route> {
    let route = Route::new;
    vec![
        route(
            Method::GET,
            "/api/session",
            Requires::SignedIn,
            Operation {
                id: "who_am_i",
                summary: "Who asks, in which organization, and what they may do there.",
                answers: vec![Answer::json(200, "always", schema::<WhoAmI>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(show),
        ),
        route(
            Method::PUT,
            "/api/session",
            Requires::Session(Proof::None),
            Operation {
                id: "switch_organization",
                summary: "Has the session act in another organization from now on.",
                body: Some(schema::<SwitchRequest>()),
                answers: vec![Answer::json(200, "it does", schema::<WhoAmI>())],
                refusals: &[400, 404, 413, 415, 422, 503],
                audits: "sessions.switch",
                ..Operation::default()
            },
            put(switch),
        ),
        route(
            Method::DELETE,
            "/api/session",
            Requires::Session(Proof::None),
            Operation {
                id: "sign_out",
                summary: "Ends the session that asks.",
                answers: vec![Answer::empty("it has ended")],
                refusals: &[422, 503],
                audits: "sessions.end",
                ..Operation::default()
            },
            delete(sign_out),
        ),
        route(
            Method::GET,
            "/api/sessions",
            Requires::Session(Proof::None),
            Operation {
                id: "list_sessions",
                summary: "One's own sessions, the newest first.",
                answers: vec![Answer::json(200, "always", schema::<SessionList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        route(
            Method::DELETE,
            "/api/sessions",
            Requires::Session(Proof::None),
            Operation {
                id: "end_other_sessions",
                summary: "Ends every session of one's own but the one that asks, however many there are.",
                answers: vec![Answer::empty("they have ended")],
                refusals: &[422, 503],
                audits: "sessions.end_others",
                ..Operation::default()
            },
            delete(end_others),
        ),
        route(
            Method::DELETE,
            "/api/sessions/{id}",
            Requires::Session(Proof::None),
            Operation {
                id: "end_session",
                summary: "Ends a session of one's own. It is out at its next request.",
                answers: vec![Answer::empty("it has ended")],
                refusals: &[404, 422, 503],
                audits: "sessions.end",
                ..Operation::default()
            },
            delete(end),
        ),
    ]
}

async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<WhoAmI>, ApiError> {
    parameters.end()?;
    who(&app, &caller).await.map(Json)
}

async fn who(app: &App, caller: &Caller) -> Result<WhoAmI, ApiError> {
    let doing = "find out who asks";
    let database = &*app.database;
    let now = app.clock.now();
    let scopes = caller.power.everywhere();
    let (organizations, session) = match &caller.session {
        None => {
            let name = store::organization_name(database, &caller.organization_id).await;
            let name = name.map_err(ApiError::database(doing))?.unwrap_or_default();
            let role = caller.power.role();
            (vec![OrganizationChoice { id: caller.organization_id.clone(), name, role }], None)
        }
        Some(current) => {
            let all = store::organizations(database, &caller.principal_id).await;
            let session = store::show(database, &current.id).await.map_err(ApiError::database(doing))?;
            let session =
                session.map(|session| noc_shared::sessions::Session { is_current: true, ..session });
            (all.map_err(ApiError::database(doing))?, session)
        }
    };
    let break_glass_used_at = if scopes.contains(&Scope::AuditRead) {
        store::break_glass_used(database, &caller.organization_id, now.plus(-SHOWN_MS))
            .await
            .map_err(ApiError::database(doing))?
    } else {
        None
    };
    let organization = organizations.iter().find(|one| one.id == caller.organization_id).cloned();
    let missing = || ApiError::Internal { doing, cause: "the organization is not among those".to_owned() };
    Ok(WhoAmI {
        principal_id: caller.principal_id.clone(),
        kind: caller.kind.as_str().to_owned(),
        name: caller.name.clone(),
        email: caller.email.clone(),
        organization: organization.ok_or_else(missing)?,
        project_scopes: caller.power.somewhere(),
        scopes,
        organizations,
        session,
        proven_until: caller.session.as_ref().and_then(|session| session.proven_until(now)),
        break_glass_used_at,
    })
}

async fn switch(
    State(app): State<Arc<App>>,
    mut caller: Caller,
    parameters: Parameters,
    Body(request): Body<SwitchRequest>,
) -> Result<Json<WhoAmI>, ApiError> {
    parameters.end()?;
    let doing = "switch the organization";
    let choices = store::organizations(&*app.database, &caller.principal_id).await;
    let choices = choices.map_err(ApiError::database(doing))?;
    // One that somebody is not in does not exist for them.
    if !choices.iter().any(|choice| choice.id == request.organization_id) {
        return Err(ApiError::NotFound("organization"));
    }
    // Nothing is to be done where it acts already.
    if request.organization_id == caller.organization_id {
        return who(&app, &caller).await.map(Json);
    }
    let current = current(&caller)?;
    let act = Act {
        action: "sessions.switch",
        kind: "session",
        id: current.to_string(),
        before: Some(json!({ "organization_id": caller.organization_id })),
        after: Some(json!({ "organization_id": request.organization_id })),
    };
    let change = store::switch(&current, &request.organization_id);
    // It stands in the audit of the organization that is entered.
    caller.organization_id = request.organization_id;
    audit::record(&app, &caller, act, vec![change]).await?;
    let power = store::power(&*app.database, &caller.principal_id, &caller.organization_id).await;
    caller.power = power.map_err(ApiError::database(doing))?;
    who(&app, &caller).await.map(Json)
}

/// The session that asks. The gate lets nobody else through.
fn current(caller: &Caller) -> Result<SessionId, ApiError> {
    let missing = || ApiError::Internal { doing: "find the session", cause: "there is none".to_owned() };
    caller.session.as_ref().map(|session| session.id.clone()).ok_or_else(missing)
}

async fn sign_out(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let id = current(&caller)?;
    let change = store::end(&caller.principal_id, &id);
    ended(&app, &caller, &id, change).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, ended_cookie()?)]).into_response())
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<SessionList>, ApiError> {
    parameters.end()?;
    let sessions = store::list(&*app.database, &caller.principal_id, app.clock.now()).await;
    let mut sessions = sessions.map_err(ApiError::database("list the sessions"))?;
    let current = current(&caller)?;
    for session in &mut sessions {
        session.is_current = session.id == current;
    }
    Ok(Json(SessionList { sessions }))
}

async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let absent = ApiError::NotFound("session");
    let Some(id) = SessionId::parse(&id) else { return Err(absent) };
    // The list shows the newest hundred; one that is behind them is ended all the same.
    let is_theirs = store::is_of(&*app.database, &caller.principal_id, &id).await;
    if !is_theirs.map_err(ApiError::database("find the session"))? {
        return Err(absent);
    }
    ended(&app, &caller, &id, store::end(&caller.principal_id, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_others(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let current = current(&caller)?;
    let act = Act {
        action: "sessions.end_others",
        kind: "session",
        id: current.to_string(),
        before: None,
        after: None,
    };
    audit::record(&app, &caller, act, vec![store::end_others(&caller.principal_id, &current)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn ended(app: &App, caller: &Caller, id: &SessionId, change: Statement) -> Result<(), ApiError> {
    let act = Act { action: "sessions.end", kind: "session", id: id.to_string(), before: None, after: None };
    audit::record(app, caller, act, vec![change]).await?;
    Ok(())
}
