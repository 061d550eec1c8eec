//! What a deploy will do: decided from data, before anything is done.

use noc_shared::{
    applications::Application, branches::validate_branch, catalog::Catalog, deployments::DeployRequest,
    errors::FieldError, names,
};

use super::work::DeployParameters;
use crate::organizations::Environment;

/// What runs on a server when nothing else is said.
pub(super) const USUAL_APPLICATION: &str = "flaggerlink";
/// The project that a server belongs to when nothing else is said.
pub(super) const USUAL_PROJECT: &str = "default";
/// The environment that a server has when nothing else is said.
pub(super) const USUAL_ENVIRONMENT: &str = "production";

/// What was looked up for a request.
pub(super) struct Known {
    pub(super) application: Application,
    pub(super) template: Option<serde_json::Value>,
    pub(super) ssh_keys: Vec<String>,
    pub(super) environment: Environment,
    pub(super) catalog: Catalog,
    pub(super) zone: String,
    pub(super) public_url: String,
}

/// Says whether name and branch may be ones. What needs nothing to be looked up is checked first, and the saga checks it
/// once more.
pub(super) fn validate(
    server_name: &str,
    branch: &str,
    application: &Application,
    zone: Option<&str>,
) -> Result<(), FieldError> {
    names::validate_server_name(server_name, &application.domain_suffixes, zone)?;
    validate_branch(branch)
}

/// What a deploy will do, or the field that stands in its way.
pub(super) fn deploy(request: DeployRequest, known: Known) -> Result<DeployParameters, FieldError> {
    let suffixes = &known.application.domain_suffixes;
    validate(&request.server_name, &request.branch, &known.application, Some(&known.zone))?;
    let size = known.catalog.fit(&request.droplet_size, &request.droplet_region)?;
    Ok(DeployParameters {
        price_monthly: size.price_monthly,
        domains: names::domains(&request.server_name, suffixes, &known.zone),
        server_name: request.server_name,
        size: request.droplet_size,
        region: request.droplet_region,
        branch: request.branch,
        proxied: request.enable_cloudflare_proxy,
        application: known.application,
        template: known.template,
        ssh_keys: known.ssh_keys,
        project: request.project.unwrap_or_else(|| USUAL_PROJECT.to_owned()),
        project_id: known.environment.project_id,
        environment: request.environment.unwrap_or_else(|| USUAL_ENVIRONMENT.to_owned()),
        secret_environment: known.environment.secret_environment,
        public_url: known.public_url,
    })
}
