//! Beginning an adoption: what the server will be, and its run.

use noc_shared::{
    deployments::SagaKind,
    id::{DeploymentId, ServerId},
    names,
};
use serde_json::json;

use super::{AdoptParameters, DeployParameters, plan, zone};
use crate::{
    app::App,
    applications::{self, Resolved},
    audit::{self, Act},
    error::ApiError,
    organizations::{Caller, find_environment},
    providers::Machine,
    targets::{self, Start, TargetAnswer, TargetRequest},
};

/// A machine that is to become a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Adoption {
    /// The machine.
    pub machine: Machine,
    /// The server that it becomes: the one whose mark it has, which is the one that its agent speaks for.
    pub server_id: ServerId,
    /// The server's name.
    pub server_name: String,
    /// The git branch that it runs.
    pub branch: String,
    /// Whether its domains go through the proxy.
    pub proxied: bool,
    /// What runs on it; what is usual when absent.
    pub application: Option<String>,
    /// The project that it belongs to; the usual one when absent.
    pub project: Option<String>,
    /// Its environment; the usual one when absent.
    pub environment: Option<String>,
}

/// Begins an adoption.
///
/// # Errors
/// When it may not be one, its name is taken, or a part of NOC does not answer.
pub async fn begin_adoption(
    app: &App,
    caller: &Caller,
    adoption: Adoption,
) -> Result<DeploymentId, ApiError> {
    let doing = "start the adoption";
    let name = adoption.application.as_deref().unwrap_or(plan::USUAL_APPLICATION);
    let resolved = applications::resolve(app, &caller.organization_id, name).await?;
    let Resolved { application, template } = resolved.ok_or_else(|| ApiError::Invalid {
        field: "application".to_owned(),
        message: "there is no such application; GET /api/applications lists those that there are".to_owned(),
    })?;
    let zone = zone::name(app).await?;
    plan::validate(&adoption.server_name, &adoption.branch, &application, Some(&zone))?;
    let project = adoption.project.unwrap_or_else(|| plan::USUAL_PROJECT.to_owned());
    let environment = adoption.environment.unwrap_or_else(|| plan::USUAL_ENVIRONMENT.to_owned());
    let found = find_environment(app, caller, &project, &environment).await?;
    let droplet_id = adoption.machine.id.clone();
    let parameters = AdoptParameters {
        droplet_id: adoption.machine.id,
        server: DeployParameters {
            domains: names::domains(&adoption.server_name, &application.domain_suffixes, &zone),
            server_name: adoption.server_name.clone(),
            size: adoption.machine.size,
            region: adoption.machine.region,
            price_monthly: adoption.machine.price_monthly,
            branch: adoption.branch,
            proxied: adoption.proxied,
            application,
            template,
            ssh_keys: Vec::new(),
            project,
            project_id: found.project_id,
            environment,
            secret_environment: found.secret_environment,
            // Its machine knows already where this Worker is.
            public_url: app.config.public_url.clone().unwrap_or_default(),
        },
    };
    let parameters = serde_json::to_value(&parameters)
        .map_err(|error| ApiError::Internal { doing, cause: error.to_string() })?;
    let start = TargetRequest::Start(Start {
        id: DeploymentId::from_random(app.random.identifier()),
        saga: SagaKind::Adopt,
        organization_id: caller.organization_id.clone(),
        name: adoption.server_name.clone(),
        principal_id: caller.principal_id.clone(),
        request_id: caller.request_id.clone(),
        server_id: adoption.server_id,
        parameters,
    });
    let act = Act {
        action: "orphans.adopt",
        kind: "server",
        id: adoption.server_name.clone(),
        before: None,
        after: Some(json!({ "droplet_id": droplet_id })),
    };
    audit::record(app, caller, act, Vec::new()).await?;
    match targets::ask(app, &caller.organization_id, &adoption.server_name, start).await? {
        TargetAnswer::Started { id } => Ok(id),
        TargetAnswer::Busy { id } => Err(ApiError::NameTaken { deployment_id: id }),
        _ => Err(ApiError::Target { doing }),
    }
}
