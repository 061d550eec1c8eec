//! `/api/projects`: named groups of servers, with their environments.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    routing::{delete, get, put},
};
use http::{Method, StatusCode};
use noc_shared::{
    access::Scope,
    id::ProjectId,
    organizations::{Project, ProjectList, ProjectRequest},
};

use super::{Caller, first, store};
use crate::{
    api::{Answer, Body, Operation, Parameters, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
};

/// Projects of an organization, and environments of a project.
const MOST: usize = 200;
const MOST_ENVIRONMENTS: usize = 20;

/// The routes of projects.
pub(super) fn routes() -> Vec<Route> {
    let route = |method, path, scope, operation, handler| {
        Route::new(method, path, Requires::Scope(scope), operation, handler)
    };
    vec![
        route(
            Method::GET,
            "/api/projects",
            Scope::OrganizationRead,
            Operation {
                id: "list_projects",
                summary: "The organization's projects with their environments, by name.",
                answers: vec![Answer::json(200, "always", schema::<ProjectList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        route(
            Method::PUT,
            "/api/projects/{name}",
            Scope::OrganizationWrite,
            Operation {
                id: "put_project",
                summary: "Keeps a project with these environments, each with what the secret store calls it. In another \
                          organization than the first one that begins with the organization's own id, with `-` for `_`, \
                          because the secret store is the same for all.",
                body: Some(schema::<ProjectRequest>()),
                answers: vec![Answer::json(200, "it is kept", schema::<Project>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "projects.put",
                ..Operation::default()
            },
            put(keep),
        ),
        route(
            Method::DELETE,
            "/api/projects/{name}",
            Scope::OrganizationWrite,
            Operation {
                id: "delete_project",
                summary: "Takes a project away that never had a server; the roles in it go with it.",
                answers: vec![Answer::empty("it is gone")],
                refusals: &[404, 409, 422, 503],
                audits: "projects.delete",
                ..Operation::default()
            },
            delete(remove),
        ),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<ProjectList>, ApiError> {
    parameters.end()?;
    Ok(Json(ProjectList { projects: all(&app, &caller).await? }))
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<Project>, ApiError> {
    store::whole_projects(&*app.database, &caller.organization_id)
        .await
        .map_err(ApiError::database("list the projects"))
}

async fn keep(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
    Body(request): Body<ProjectRequest>,
) -> Result<Json<Project>, ApiError> {
    parameters.end()?;
    if !is_label(&name, 50) {
        return Err(invalid("name", "a name has 1 to 50 lower-case letters, digits and `-`"));
    }
    check_environments(&caller, &request.environments)?;
    let there = all(&app, &caller).await?;
    let before = there.iter().find(|project| project.name == name).cloned();
    if before.is_none() && there.len() >= MOST {
        let message = format!("an organization has at most {MOST} projects");
        return Err(ApiError::Conflict { code: "too_many", message });
    }
    let project = Project {
        id: before
            .as_ref()
            .map_or_else(|| ProjectId::from_random(app.random.identifier()), |project| project.id.clone()),
        name,
        environments: request.environments,
        servers: before.as_ref().map_or(0, |project| project.servers),
    };
    let changes = store::put_project(&caller.organization_id, &project, app.clock.now());
    audit::record(&app, &caller, act("projects.put", before.as_ref(), Some(&project)), changes).await?;
    Ok(Json(project))
}

fn check_environments(caller: &Caller, environments: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if !(1..=MOST_ENVIRONMENTS).contains(&environments.len()) {
        return Err(invalid("environments", "a project has 1 to 20 environments"));
    }
    // The secret store is one for all organizations: another one than the first must not name what is not its own.
    let own = format!("{}-", caller.organization_id.as_str().replace('_', "-"));
    for (name, secret_environment) in environments {
        if !is_label(name, 50) || !is_label(secret_environment, 64) {
            return Err(invalid(
                "environments",
                "an environment and what the secret store calls it have lower-case letters, digits and `-`",
            ));
        }
        if caller.organization_id != first() && !secret_environment.starts_with(&own) {
            return Err(ApiError::Invalid {
                field: "environments".to_owned(),
                message: format!("what the secret store calls an environment begins with `{own}` here"),
            });
        }
    }
    Ok(())
}

fn is_label(text: &str, longest: usize) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=longest).contains(&text.len()) && text.bytes().all(is_part)
}

async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let project = all(&app, &caller).await?.into_iter().find(|project| project.name == name);
    let project = project.ok_or(ApiError::NotFound("project"))?;
    if project.servers > 0 {
        let message = format!("there are {} servers in this project; destroy them first", project.servers);
        return Err(ApiError::Conflict { code: "not_empty", message });
    }
    let changes = store::delete_project(&project.id).to_vec();
    audit::record(&app, &caller, act("projects.delete", Some(&project), None), changes).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn act(action: &'static str, before: Option<&Project>, after: Option<&Project>) -> Act {
    let value = |project: &Project| serde_json::to_value(project).ok();
    let name = after.or(before).map(|project| project.name.clone());
    Act {
        action,
        kind: "project",
        id: name.unwrap_or_default(),
        before: before.and_then(value),
        after: after.and_then(value),
    }
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message: message.to_owned() }
}
