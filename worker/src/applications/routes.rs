//! `/api/applications`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    routing::{delete, get, post, put},
};
use http::{Method, StatusCode};
use noc_shared::{
    access::Scope,
    applications::{
        ApplicationList, ApplicationRequest, ApplicationView, RenderAnswer, RenderRequest, SecretDelivery,
    },
};
use serde_json::json;

use super::{
    Rendered, Resolved, check, find,
    render::{self, MOST, RenderError},
    resolve, store,
    store::Own,
    yaml,
};
use crate::{
    api::{Answer, Body, Operation, Parameters, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    config::Secret,
    error::ApiError,
    keys,
    organizations::{self, Caller},
};

/// A template has at most what the provider takes, and is a text in a JSON document, which may double it.
const LONGEST: usize = 2 * MOST;

/// Applications that an organization may have. A template and its tree are 200 KiB at most: all of them are 20 MB of the
/// 500 that the free plan's database has.
const MOST_APPLICATIONS: usize = 100;

/// What stands in the place of a secret. A token has 64 characters, and so has this, so that the length is right.
const MASK: &str = "****************************************************************";

/// The routes of applications.
pub fn routes() -> Vec<Route> {
    let route = |method, path, scope, operation, handler| Route {
        method,
        path,
        requires: Requires::Scope(scope),
        operation,
        body_limit: LONGEST,
        handler,
    };
    vec![
        route(
            Method::GET,
            "/api/applications",
            Scope::ApplicationsRead,
            Operation {
                id: "list_applications",
                summary: "Everything that can be deployed: what is built in, and the organization's own.",
                answers: vec![Answer::json(200, "always", schema::<ApplicationList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        route(
            Method::GET,
            "/api/applications/{name}",
            Scope::ApplicationsRead,
            Operation {
                id: "get_application",
                summary: "Shows an application, with its template if it is the organization's own.",
                answers: vec![Answer::json(200, "there is such an application", schema::<ApplicationView>())],
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            get(show),
        ),
        route(
            Method::PUT,
            "/api/applications/{name}",
            Scope::ApplicationsWrite,
            Operation {
                id: "put_application",
                summary: "Keeps an application of the organization's own. A template that cloud-init would not take, or \
                          that does not render, is refused with line and reason. Servers that stand keep what they \
                          were made with.",
                body: Some(schema::<ApplicationRequest>()),
                answers: vec![Answer::json(200, "it is kept", schema::<ApplicationView>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "applications.put",
                ..Operation::default()
            },
            put(keep),
        ),
        route(
            Method::DELETE,
            "/api/applications/{name}",
            Scope::ApplicationsWrite,
            Operation {
                id: "delete_application",
                summary: "Forgets an application of the organization's own. Its servers stay.",
                answers: vec![Answer::empty("it is gone")],
                refusals: &[404, 409, 422, 503],
                audits: "applications.delete",
                ..Operation::default()
            },
            delete(remove),
        ),
        route(
            Method::POST,
            "/api/applications/{name}/render",
            Scope::ApplicationsRead,
            Operation {
                id: "render_application",
                summary: "Shows what a machine would get, with every secret masked.",
                body: Some(schema::<RenderRequest>()),
                answers: vec![Answer::json(200, "it renders", schema::<RenderAnswer>())],
                refusals: &[400, 404, 413, 415, 422, 503],
                ..Operation::default()
            },
            post(preview),
        ),
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<ApplicationList>, ApiError> {
    parameters.end()?;
    let own = store::all(&*app.database, &caller.organization_id)
        .await
        .map_err(ApiError::database("list the applications"))?;
    let built_in = super::all().into_iter().map(|application| ApplicationView {
        application,
        built_in: true,
        updated_at: None,
        template: None,
    });
    let mut applications: Vec<_> = built_in.chain(own.into_iter().map(|own| view(own, false))).collect();
    applications.sort_by(|one, other| one.application.name.cmp(&other.application.name));
    Ok(Json(ApplicationList { applications }))
}

fn view(own: Own, with_template: bool) -> ApplicationView {
    ApplicationView {
        application: own.application,
        built_in: false,
        updated_at: Some(own.updated_at),
        template: with_template.then_some(own.template),
    }
}

async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<Json<ApplicationView>, ApiError> {
    parameters.end()?;
    if let Some(application) = find(&name) {
        return Ok(Json(ApplicationView { application, built_in: true, updated_at: None, template: None }));
    }
    let own = there(&app, &caller, &name).await?;
    own.map(|own| Json(view(own, true))).ok_or(ApiError::NotFound("application"))
}

async fn keep(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    Body(request): Body<ApplicationRequest>,
) -> Result<Json<ApplicationView>, ApiError> {
    own_name(&name)?;
    check::application(&name, &request)?;
    let template = request.template.clone();
    let told = |wrong: yaml::Wrong| invalid("template", wrong.to_string());
    let (tree, lines) = yaml::parse(&template).map_err(told)?;
    check::check(&tree, &lines).map_err(told)?;
    let application = request.into_application(name);
    let resolved = Resolved { application, template: Some(tree) };
    let longest = RenderRequest { server_name: "a".repeat(40), branch: "b".repeat(200) };
    rendered(&resolved, &longest, &[]).map_err(|error| {
        let line = match &error {
            RenderError::Unknown(placeholder) => lines.of_text(&template, &format!("{{{{{placeholder}}}}}")),
            _ => 1,
        };
        invalid("template", format!("line {line}: {error}"))
    })?;
    let Resolved { application, template: tree } = resolved;
    let own = Own { application, template, tree: tree.unwrap_or_default(), updated_at: app.clock.now() };
    let before = there(&app, &caller, &own.application.name).await?;
    if before.is_none() {
        let all = store::all(&*app.database, &caller.organization_id).await;
        if all.map_err(ApiError::database("list the applications"))?.len() >= MOST_APPLICATIONS {
            return Err(ApiError::Conflict {
                code: "too_many",
                message: format!("there are {MOST_APPLICATIONS} applications already; delete one first"),
            });
        }
    }
    let act = act("applications.put", &own.application.name, before.as_ref(), Some(&own));
    let put = store::put(&caller.organization_id, &caller.principal_id, &own);
    audit::record(&app, &caller, act, vec![put]).await?;
    Ok(Json(view(own, true)))
}

async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    own_name(&name)?;
    let before = there(&app, &caller, &name).await?.ok_or(ApiError::NotFound("application"))?;
    let act = act("applications.delete", &name, Some(&before), None);
    audit::record(&app, &caller, act, vec![store::delete(&caller.organization_id, &name)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn there(app: &App, caller: &Caller, name: &str) -> Result<Option<Own>, ApiError> {
    let found = store::find(&*app.database, &caller.organization_id, name).await;
    found.map_err(ApiError::database("find the application"))
}

/// A template may be long, so that the audit has its fingerprint.
fn act(action: &'static str, name: &str, before: Option<&Own>, after: Option<&Own>) -> Act {
    let value = |own: &Own| {
        json!({
            "application": own.application,
            "template_sha256": keys::sha256_hex(own.template.as_bytes()),
        })
    };
    Act {
        action,
        kind: "application",
        id: name.to_owned(),
        before: before.map(value),
        after: after.map(value),
    }
}

async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    Body(request): Body<RenderRequest>,
) -> Result<Json<RenderAnswer>, ApiError> {
    let resolved = resolve(&app, &caller.organization_id, &name).await?;
    let resolved = resolved.ok_or(ApiError::NotFound("application"))?;
    let suffixes = &resolved.application.domain_suffixes;
    noc_shared::names::validate_server_name(&request.server_name, suffixes, None)?;
    noc_shared::branches::validate_branch(&request.branch)?;
    let ssh_keys = organizations::ssh_keys(&app, &caller.organization_id).await?;
    let document =
        rendered(&resolved, &request, &ssh_keys).map_err(|error| invalid("template", error.to_string()))?;
    let document = document.expose().to_owned();
    Ok(Json(RenderAnswer { bytes: document.len(), document }))
}

/// What a machine would get. The place of each secret is taken by a mask: none is looked up for it.
fn rendered(
    resolved: &Resolved,
    request: &RenderRequest,
    ssh_keys: &[String],
) -> Result<Secret, RenderError> {
    let application = &resolved.application;
    let secrets: BTreeMap<String, Secret> = match application.delivery {
        SecretDelivery::Claim => BTreeMap::new(),
        SecretDelivery::Embedded => {
            application.secrets.iter().map(|name| (name.clone(), Secret::new(MASK))).collect()
        }
    };
    render::render(&Rendered {
        application,
        template: resolved.template.as_ref(),
        server_name: &request.server_name,
        branch: &request.branch,
        domains: &noc_shared::names::domains(
            &request.server_name,
            &application.domain_suffixes,
            "example.com",
        ),
        public_url: "https://noc.example.com",
        server_id: "srv_000000000000000000000000",
        deployment_id: "dep_000000000000000000000000",
        claim_token: MASK,
        ssh_keys,
        secrets: &secrets,
    })
}

fn own_name(name: &str) -> Result<(), ApiError> {
    match find(name) {
        None => Ok(()),
        Some(_) => Err(ApiError::Conflict {
            code: "built_in",
            message: format!("{name} is built in; choose another name"),
        }),
    }
}

fn invalid(field: &str, message: String) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message }
}
