//! Answers that wait until they are complete, up to a bound.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, LOCATION},
};
use noc_shared::{
    deployments::{DeployAnswer, DeploymentStatus},
    id::{DeploymentId, OrganizationId, RequestId},
    servers::DestroyAnswer,
};
use serde::Serialize;

use super::work::DeployParameters;
use crate::{
    app::App,
    error::ApiError,
    targets::{self, LONGEST_WAIT_MS, RunView, TargetAnswer, TargetRequest, Until},
};

/// A deploy answers within this time, and so does a destroy: many proxies on the way give up after 100 seconds.
const USUAL_WAIT_MS: u64 = 90_000;

/// With `?wait=active` it may take this long, for those who know that nothing on their way gives up: 15 minutes are 36
/// looks of 25 seconds, which leaves enough of the 50 requests to the inside that the free plan allows.
const ACTIVE_WAIT_MS: u64 = 15 * 60_000;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// For what an answer waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// For nothing: the caller follows the deployment.
    None,
    /// Until machine, address and DNS records are there, or the run has ended.
    Provisioned,
    /// Until the run has ended.
    Ended,
    /// Until the machine has said that it is there, or the run has ended otherwise.
    Active,
}

impl Patience {
    /// What `Prefer: respond-async` says, or else what is usual.
    pub(super) fn of(headers: &HeaderMap, usual: Self) -> Self {
        let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let asynchronous = preferences
            .flat_map(|value| value.split(','))
            .any(|preference| preference.trim().eq_ignore_ascii_case("respond-async"));
        if asynchronous { Self::None } else { usual }
    }

    const fn until(self) -> Until {
        match self {
            Self::None | Self::Provisioned => Until::Provisioned,
            Self::Ended | Self::Active => Until::Ended,
        }
    }

    const fn wait_ms(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Provisioned | Self::Ended => USUAL_WAIT_MS,
            Self::Active => ACTIVE_WAIT_MS,
        }
    }
}

/// How a run stands when what is waited for is there, or the patience is over.
pub(super) async fn wait(
    app: &App,
    organization: &OrganizationId,
    name: &str,
    id: &DeploymentId,
    patience: Patience,
) -> Result<RunView, ApiError> {
    let started = app.clock.now();
    loop {
        let waited = u64::try_from(app.clock.now().since(started)).unwrap_or(0);
        let left = patience.wait_ms().saturating_sub(waited);
        let (until, wait_ms) = (patience.until(), left.min(LONGEST_WAIT_MS));
        let request = TargetRequest::Wait { id: id.clone(), until, wait_ms };
        match targets::ask(app, organization, name, request).await? {
            TargetAnswer::Run(view) if left <= LONGEST_WAIT_MS || is_there(&view, until) => return Ok(*view),
            TargetAnswer::Run(_) => {}
            TargetAnswer::Absent => return Err(ApiError::NotFound("deployment")),
            _ => return Err(ApiError::Target { doing: "wait for the deployment" }),
        }
    }
}

fn is_there(view: &RunView, until: Until) -> bool {
    let ended = view.deployment.summary.status.is_final();
    ended || (until == Until::Provisioned && view.facts.provisioned)
}

/// An answer that can be remembered: a status and a body.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finished {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) deployment_id: Option<DeploymentId>,
    pub(super) asynchronous: bool,
}

impl Finished {
    fn new(status: StatusCode, body: &impl Serialize, id: &DeploymentId, patience: Patience) -> Self {
        Self {
            status,
            body: text(body),
            deployment_id: Some(id.clone()),
            asynchronous: patience == Patience::None,
        }
    }

    /// A refusal as an answer that can be remembered.
    pub(super) fn refused(error: ApiError, request: &RequestId) -> Self {
        let refusal = error.refusal();
        Self {
            status: refusal.status,
            body: text(&refusal.body(request)),
            deployment_id: None,
            asynchronous: false,
        }
    }
}

fn text(body: &impl Serialize) -> String {
    // These types always serialize.
    serde_json::to_string(body).unwrap_or_default()
}

impl IntoResponse for Finished {
    fn into_response(self) -> Response {
        let json = [(CONTENT_TYPE, "application/json")];
        let mut response = (self.status, json, self.body).into_response();
        let headers = response.headers_mut();
        if let Some(id) = &self.deployment_id
            && let Ok(location) = HeaderValue::from_str(&format!("/api/deployments/{id}"))
        {
            headers.insert(LOCATION, location);
        }
        if self.asynchronous {
            headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static("respond-async"));
        }
        response
    }
}

/// What a deploy answers that has begun and of which no more is known now.
pub(super) fn begun(id: &DeploymentId, planned: &DeployParameters, patience: Patience) -> Finished {
    let answer = DeployAnswer {
        success: true,
        deployment_id: id.clone(),
        droplet_id: None,
        droplet_ip: None,
        domains: planned.domains.clone(),
    };
    Finished::new(StatusCode::ACCEPTED, &answer, id, patience)
}

/// What a deploy answers: 200 when what was waited for is there, 202 when it is not yet, a refusal when it failed.
pub(super) fn deployed(view: RunView, patience: Patience) -> Result<Finished, ApiError> {
    let there = patience != Patience::None && is_there(&view, patience.until());
    let RunView { deployment, facts } = view;
    let id = deployment.summary.id;
    let status = match deployment.summary.status {
        DeploymentStatus::Unwinding | DeploymentStatus::Unwound | DeploymentStatus::Stuck => {
            if let Some(failure) = deployment.summary.failure {
                let status = deployment.summary.status;
                return Err(ApiError::Failed { deployment_id: id, failure, status });
            }
            StatusCode::ACCEPTED
        }
        DeploymentStatus::Superseded => {
            return Err(ApiError::Conflict {
                code: "superseded",
                message: format!("the server is being destroyed, which ended the deployment {id}"),
            });
        }
        DeploymentStatus::Succeeded => StatusCode::OK,
        DeploymentStatus::Running if there => StatusCode::OK,
        DeploymentStatus::Running => StatusCode::ACCEPTED,
    };
    let answer = DeployAnswer {
        success: true,
        deployment_id: id.clone(),
        droplet_id: facts.droplet_id,
        droplet_ip: facts.droplet_ip,
        domains: facts.domains,
    };
    Ok(Finished::new(status, &answer, &id, patience))
}

/// What a destroy answers.
pub(super) fn destroyed(view: RunView, patience: Patience) -> Result<Finished, ApiError> {
    let RunView { deployment, facts } = view;
    let id = deployment.summary.id;
    if let (DeploymentStatus::Stuck, Some(failure)) = (deployment.summary.status, deployment.summary.failure)
    {
        return Err(ApiError::Failed { deployment_id: id, failure, status: DeploymentStatus::Stuck });
    }
    let done = deployment.summary.status == DeploymentStatus::Succeeded;
    let answer = DestroyAnswer {
        success: true,
        deployment_id: id.clone(),
        deleted_droplet: facts.deleted_droplet,
        deleted_dns_records: facts.deleted_dns_records,
    };
    let status = if done { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(Finished::new(status, &answer, &id, patience))
}
