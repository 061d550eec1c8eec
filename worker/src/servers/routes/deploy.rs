//! `POST /api/deploy`.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header::HOST};
use noc_shared::{
    deployments::{DeployRequest, SagaKind},
    id::{DeploymentId, ServerId},
};

use super::super::{
    answer::{self, Finished, Patience},
    idempotency, plan,
    work::DeployParameters,
    zone,
};
use crate::{
    api::{Body, Parameters},
    app::App,
    applications::{self, Resolved},
    audit::{self, Act},
    catalog,
    error::ApiError,
    keys,
    organizations::{self, Caller, find_environment},
    targets::{self, Start, TargetAnswer, TargetRequest},
};

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

pub(super) async fn deploy(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
    mut parameters: Parameters,
    Body(request): Body<DeployRequest>,
) -> Result<Response, ApiError> {
    let usual = match parameters.text("wait")?.as_deref() {
        None => Patience::Provisioned,
        Some("active") => Patience::Active,
        Some(_) => {
            let message = "wait is `active`, or absent".to_owned();
            return Err(ApiError::Invalid { field: "wait".to_owned(), message });
        }
    };
    parameters.end()?;
    let patience = Patience::of(&headers, usual);
    let key = idempotency_key(&headers)?;
    // These types always serialize.
    let fingerprint = keys::sha256_hex(&serde_json::to_vec(&request).unwrap_or_default());
    if let Some(key) = &key
        && let Some(first) = idempotency::find(&app, &caller, key, &fingerprint).await?
        && let Some((status, body)) = first.answer
    {
        return Ok(replayed(status, body, &first.deployment_id));
    }
    let planned = plan(&app, &caller, request, public_url(&app, &headers, &uri)).await?;

    let mut deployment_id = DeploymentId::from_random(app.random.identifier());
    let mut server_id = ServerId::from_random(app.random.identifier());
    let Some(key) = key else {
        return Ok(run(&app, &caller, deployment_id, server_id, planned, patience).await?.into_response());
    };
    let taken = idempotency::take(&app, &caller, &key, &fingerprint, &deployment_id, &server_id).await?;
    if let Some((status, body)) = taken.answer {
        return Ok(replayed(status, body, &taken.deployment_id));
    }
    (deployment_id, server_id) = (taken.deployment_id, taken.server_id);
    let finished = match run(&app, &caller, deployment_id, server_id, planned, patience).await {
        Ok(finished) => finished,
        // What may work the next time is not remembered: the next time shall try.
        Err(error @ (ApiError::Unavailable { .. } | ApiError::Target { .. } | ApiError::Internal { .. })) => {
            return Err(error);
        }
        Err(error) => Finished::refused(error, &caller.request_id),
    };
    idempotency::answered(&app, &caller, &key, finished.status.as_u16(), &finished.body).await;
    Ok(finished.into_response())
}

/// What the deploy will do, from what is asked for and what is known.
async fn plan(
    app: &App,
    caller: &Caller,
    request: DeployRequest,
    public_url: String,
) -> Result<DeployParameters, ApiError> {
    app.platform()?;
    let name = request.application.as_deref().unwrap_or(plan::USUAL_APPLICATION);
    let found = applications::resolve(app, &caller.organization_id, name).await?;
    let Resolved { application, template } = found.ok_or_else(|| ApiError::Invalid {
        field: "application".to_owned(),
        message: "there is no such application; GET /api/applications lists those that there are".to_owned(),
    })?;
    // What needs nothing to be looked up is checked first, so that a wrong name is told whoever is away.
    plan::validate(&request.server_name, &request.branch, &application, None)?;
    let project = request.project.as_deref().unwrap_or(plan::USUAL_PROJECT);
    let environment = request.environment.as_deref().unwrap_or(plan::USUAL_ENVIRONMENT);
    let environment = find_environment(app, caller, project, environment).await?;
    let ssh_keys = organizations::ssh_keys(app, &caller.organization_id).await?;
    let (catalog, _) = catalog::current(app).await?;
    let zone = zone::name(app).await?;
    Ok(plan::deploy(
        request,
        plan::Known { application, template, ssh_keys, environment, catalog, zone, public_url },
    )?)
}

/// Has the deploy run, and waits for as much of it as is asked for.
async fn run(
    app: &App,
    caller: &Caller,
    deployment_id: DeploymentId,
    server_id: ServerId,
    planned: DeployParameters,
    patience: Patience,
) -> Result<Finished, ApiError> {
    let doing = "start the deploy";
    let parameters = serde_json::to_value(&planned)
        .map_err(|error| ApiError::Internal { doing, cause: error.to_string() })?;
    let start = TargetRequest::Start(Start {
        id: deployment_id,
        saga: SagaKind::Deploy,
        organization_id: caller.organization_id.clone(),
        name: planned.server_name.clone(),
        principal_id: caller.principal_id.clone(),
        request_id: caller.request_id.clone(),
        server_id,
        parameters,
    });
    let name = &planned.server_name;
    let asked_for = serde_json::json!({
        "size": planned.size, "region": planned.region, "branch": planned.branch, "proxied": planned.proxied,
        "application": planned.application.name, "project": planned.project,
        "environment": planned.environment,
    });
    let act = Act {
        action: "servers.deploy",
        kind: "server",
        id: name.clone(),
        before: None,
        after: Some(asked_for),
    };
    audit::record(app, caller, act, Vec::new()).await?;
    let id = match targets::ask(app, &caller.organization_id, name, start).await? {
        TargetAnswer::Started { id } => id,
        TargetAnswer::Busy { id } => return Err(ApiError::NameTaken { deployment_id: id }),
        _ => return Err(ApiError::Target { doing }),
    };
    match answer::wait(app, &caller.organization_id, name, &id, patience).await {
        Ok(view) => answer::deployed(view, patience),
        // It runs, whether or not its object answers now: the caller is told where to follow it.
        Err(ApiError::Unavailable { .. } | ApiError::Target { .. }) => {
            Ok(answer::begun(&id, &planned, patience))
        }
        Err(error) => Err(error),
    }
}

fn replayed(status: u16, body: String, deployment_id: &DeploymentId) -> Response {
    let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    let finished = Finished { status, body, deployment_id: Some(deployment_id.clone()), asynchronous: false };
    let mut response = finished.into_response();
    response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    response
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    idempotency::validate(key)?;
    Ok(Some(key.to_owned()))
}

/// Where the machine will reach this Worker: what is configured, or else where this request did.
fn public_url(app: &App, headers: &HeaderMap, uri: &Uri) -> String {
    if let Some(url) = &app.config.public_url {
        return url.clone();
    }
    let scheme = uri.scheme_str().unwrap_or("http");
    let host = uri.authority().map(|authority| authority.as_str());
    let host = host.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok())).unwrap_or_default();
    format!("{scheme}://{host}")
}
