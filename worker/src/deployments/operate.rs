//! `POST /api/deployments/{id}/cancel` and `POST /api/deployments/{id}/retry`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header::LOCATION};
use noc_shared::id::{DeploymentId, ServerId};
use sha2::{Digest as _, Sha256};

use super::routes::find;
use crate::{
    api::{Parameters, Segment},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
    targets::{self, Again, TargetAnswer, TargetRequest},
};

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    operate(&app, &caller, &id, "deployments.cancel", |id| TargetRequest::Cancel {
        id,
        principal_id: caller.principal_id.clone(),
        request_id: caller.request_id.clone(),
    })
    .await
}

pub(super) async fn retry(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    app.platform()?;
    operate(&app, &caller, &id, "deployments.retry", |id| TargetRequest::Retry {
        again: again(&id),
        id,
        principal_id: caller.principal_id.clone(),
        request_id: caller.request_id.clone(),
    })
    .await
}

/// Asks the target, and shows the deployment that goes on.
async fn operate(
    app: &App,
    caller: &Caller,
    id: &str,
    action: &'static str,
    request: impl FnOnce(DeploymentId) -> TargetRequest,
) -> Result<Response, ApiError> {
    let organization = &caller.organization_id;
    let (id, name) = find(app, caller, id).await?;
    let act = Act { action, kind: "deployment", id: id.to_string(), before: None, after: None };
    audit::record(app, caller, act, Vec::new()).await?;
    let doing = "operate the deployment";
    let id = match targets::ask(app, organization, &name, request(id)).await? {
        TargetAnswer::Started { id } => id,
        TargetAnswer::Busy { id } => return Err(ApiError::NameTaken { deployment_id: id }),
        TargetAnswer::Absent => return Err(ApiError::NotFound("deployment")),
        TargetAnswer::Refused { reason } => {
            let message = format!("this cannot be done to the deployment now: {reason}");
            return Err(ApiError::Conflict { code: "not_possible_now", message });
        }
        _ => return Err(ApiError::Target { doing }),
    };
    let location = format!("/api/deployments/{id}");
    match targets::ask(app, organization, &name, TargetRequest::Run { id }).await? {
        TargetAnswer::Run(view) => {
            let ended = view.deployment.summary.status.is_final();
            let status = if ended { StatusCode::OK } else { StatusCode::ACCEPTED };
            Ok((status, [(LOCATION, location)], Json(view.deployment)).into_response())
        }
        _ => Err(ApiError::Target { doing }),
    }
}

/// What a deploy that was undone begins again as: it follows from the deployment, so that a request that is sent again
/// means the same one.
fn again(id: &DeploymentId) -> Again {
    let derive = |purpose: &str| {
        let mut bytes = [0; 12];
        let digest = Sha256::digest(format!("{purpose}/{id}"));
        bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        bytes
    };
    Again {
        id: DeploymentId::from_random(derive("retry")),
        server_id: ServerId::from_random(derive("retry-server")),
    }
}
