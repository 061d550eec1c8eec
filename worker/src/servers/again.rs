//! What a deploy that was undone begins again with.

use serde_json::Value;

use super::work::DeployParameters;
use crate::{app::App, applications, error::ApiError, organizations};
use noc_shared::id::OrganizationId;

/// A deploy's parameters as they are now: with the SSH keys that the organization has today, so that nobody comes back in by
/// a key that was taken away meanwhile. `None` if its application is gone, or has another template.
///
/// # Errors
/// When the database does not answer, or the parameters do not read.
pub async fn as_of_now(
    app: &App,
    organization: &OrganizationId,
    parameters: &Value,
) -> Result<Option<Value>, ApiError> {
    let doing = "begin the deploy again";
    let internal = |error: serde_json::Error| ApiError::Internal { doing, cause: error.to_string() };
    let mut now: DeployParameters = serde_json::from_value(parameters.clone()).map_err(internal)?;
    let found = applications::resolve(app, organization, &now.application.name).await?;
    if found.is_none_or(|found| found.template != now.template) {
        return Ok(None);
    }
    now.ssh_keys = organizations::ssh_keys(app, organization).await?;
    serde_json::to_value(&now).map(Some).map_err(internal)
}
