//! Beginning a repair, because a policy says so or somebody asks for it.

use std::collections::BTreeSet;

use noc_shared::{
    deployments::SagaKind,
    drift::DriftKind,
    id::{DeploymentId, OrganizationId, ServerId},
};
use serde_json::json;

use super::store;
use crate::{
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
    servers::RepairParameters,
    targets::{self, Start, TargetAnswer, TargetRequest},
};

/// A repair that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whose server.
    pub organization_id: OrganizationId,
    /// The server.
    pub server_id: ServerId,
    /// Its name.
    pub server_name: String,
    /// What is to be mended.
    pub kinds: BTreeSet<DriftKind>,
}

/// Begins a repair; one that is under way is as good.
///
/// # Errors
/// When the server is not one that can be repaired now, or a part of NOC does not answer.
pub async fn begin_repair(app: &App, caller: &Caller, wanted: Wanted) -> Result<DeploymentId, ApiError> {
    let doing = "start the repair";
    let parameters = RepairParameters { kinds: wanted.kinds.clone() };
    let parameters = serde_json::to_value(&parameters)
        .map_err(|error| ApiError::Internal { doing, cause: error.to_string() })?;
    let start = TargetRequest::Start(Start {
        id: DeploymentId::from_random(app.random.identifier()),
        saga: SagaKind::Repair,
        organization_id: wanted.organization_id.clone(),
        name: wanted.server_name.clone(),
        principal_id: caller.principal_id.clone(),
        request_id: caller.request_id.clone(),
        server_id: wanted.server_id.clone(),
        parameters,
    });
    let act = Act {
        action: "servers.repair",
        kind: "server",
        id: wanted.server_name.clone(),
        before: None,
        after: Some(json!({ "kinds": wanted.kinds })),
    };
    audit::record(app, caller, act, Vec::new()).await?;
    let id = match targets::ask(app, &wanted.organization_id, &wanted.server_name, start).await? {
        TargetAnswer::Started { id } => id,
        TargetAnswer::Absent => return Err(ApiError::NotFound("server")),
        TargetAnswer::Busy { id } => {
            let message = format!(
                "a server is repaired when it is active and nothing else is being done with it; see the deployment {id}"
            );
            return Err(ApiError::Conflict { code: "not_possible_now", message });
        }
        _ => return Err(ApiError::Target { doing }),
    };
    store::repair_begun(&*app.database, &wanted.server_id, &wanted.kinds, &id, app.clock.now())
        .await
        .map_err(ApiError::database("note the repair"))?;
    Ok(id)
}
