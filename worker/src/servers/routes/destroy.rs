//! `DELETE /api/servers/{name}`.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use noc_shared::{deployments::SagaKind, id::DeploymentId, servers::DestroyRequest};
use serde_json::json;

use super::super::{
    answer::{self, Patience},
    lookup,
};
use crate::{
    api::{Body, Parameters, Segment},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
    targets::{self, Start, TargetAnswer, TargetRequest},
};

/// The word that says that it is meant.
const CONFIRM: &str = "DESTROY";

pub(super) async fn destroy(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<DestroyRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    if request.confirm != CONFIRM {
        return Err(ApiError::Invalid {
            field: "confirm".to_owned(),
            message: format!("to destroy the server, send {{\"confirm\":\"{CONFIRM}\"}}"),
        });
    }
    let patience = Patience::of(&headers, Patience::Ended);
    app.platform()?;
    let server_id = lookup::find(&app, &caller, &name).await?;
    let start = TargetRequest::Start(Start {
        id: DeploymentId::from_random(app.random.identifier()),
        saga: SagaKind::Destroy,
        organization_id: caller.organization_id.clone(),
        name: name.clone(),
        principal_id: caller.principal_id.clone(),
        request_id: caller.request_id.clone(),
        server_id,
        parameters: json!({}),
    });
    let act = Act { action: "servers.destroy", kind: "server", id: name.clone(), before: None, after: None };
    audit::record(&app, &caller, act, Vec::new()).await?;
    let id = match targets::ask(&app, &caller.organization_id, &name, start).await? {
        TargetAnswer::Started { id } => id,
        TargetAnswer::Absent => return Err(ApiError::NotFound("server")),
        _ => return Err(ApiError::Target { doing: "start the destroy" }),
    };
    let view = answer::wait(&app, &caller.organization_id, &name, &id, patience).await?;
    Ok(answer::destroyed(view, patience)?.into_response())
}
