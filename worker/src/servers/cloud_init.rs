//! What a new machine of a deploy runs at its first start.

use std::collections::BTreeMap;

use noc_shared::id::{DeploymentId, ServerId};

use super::work::DeployParameters;
use crate::{
    applications::{self, RenderError, Rendered},
    config::{MasterKey, Secret},
    keys,
};

/// Renders the document of a server. It carries the token with which the machine claims its secrets, and the secrets
/// themselves where the application asks for that.
pub(super) fn render(
    parameters: &DeployParameters,
    master: &MasterKey,
    server: &ServerId,
    deployment: &DeploymentId,
    secrets: &BTreeMap<String, Secret>,
) -> Result<Secret, RenderError> {
    let token = keys::claim_token(master, server, deployment);
    applications::render(&Rendered {
        application: &parameters.application,
        template: parameters.template.as_ref(),
        server_name: &parameters.server_name,
        branch: &parameters.branch,
        domains: &parameters.domains,
        public_url: &parameters.public_url,
        server_id: server.as_str(),
        deployment_id: deployment.as_str(),
        claim_token: token.expose(),
        ssh_keys: &parameters.ssh_keys,
        secrets,
    })
}
