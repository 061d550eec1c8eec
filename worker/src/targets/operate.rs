//! What an operator may do to a run: cancel it, or have it go on.

use noc_shared::{
    deployments::{DeploymentStatus, SagaKind},
    id::{DeploymentId, PrincipalId, RequestId},
};

use super::{Again, Start, Target, TargetAnswer};
use crate::{
    ports::StorageError,
    saga::{Entry, Log as _},
    servers::as_of_now,
};

impl Target {
    /// Has a deploy that is under way undone.
    pub(super) async fn cancel(
        &self,
        id: &DeploymentId,
        principal_id: PrincipalId,
        request_id: RequestId,
    ) -> Result<TargetAnswer, StorageError> {
        let Some(key) = self.store.run(id)? else { return Ok(TargetAnswer::Absent) };
        let run = self.read(&key)?;
        let refused = |reason: &str| Ok(TargetAnswer::Refused { reason: reason.to_owned() });
        match (run.saga, run.status()) {
            (SagaKind::Destroy, _) => refused("a destroy only goes forward"),
            (SagaKind::Repair, _) => refused("a repair only goes forward"),
            (_, DeploymentStatus::Succeeded) => refused("it has succeeded; destroy the server instead"),
            (_, DeploymentStatus::Running) => {
                self.note(id, &Entry::Cancelled { principal_id, request_id }).await
            }
            // It is undone, or being undone, or was taken over: what was asked for is so already.
            _ => Ok(TargetAnswer::Started { id: id.clone() }),
        }
    }

    /// Has a run that is stuck go on, or a deploy that was undone begin again.
    pub(super) async fn retry(
        &self,
        id: &DeploymentId,
        again: Again,
        principal_id: PrincipalId,
        request_id: RequestId,
    ) -> Result<TargetAnswer, StorageError> {
        let Some(key) = self.store.run(id)? else { return Ok(TargetAnswer::Absent) };
        if self.store.run(&again.id)?.is_some() {
            return Ok(TargetAnswer::Started { id: again.id });
        }
        let run = self.read(&key)?;
        let newest = self.store.newest_runs(1)?.into_iter().next();
        let refused = |reason: String| Ok(TargetAnswer::Refused { reason });
        match (run.saga, run.status()) {
            (_, DeploymentStatus::Succeeded) => refused("it has succeeded".to_owned()),
            (_, DeploymentStatus::Superseded) => refused("a destroy took over from it".to_owned()),
            // It goes on already, maybe because it was asked to.
            (_, DeploymentStatus::Running | DeploymentStatus::Unwinding) => {
                Ok(TargetAnswer::Started { id: id.clone() })
            }
            _ if newest.as_ref().is_some_and(|newest| newest.id != *id) => {
                let newest = newest.map(|newest| newest.id.to_string()).unwrap_or_default();
                refused(format!("the deployment {newest} came after it"))
            }
            (_, DeploymentStatus::Stuck) => self.note(id, &Entry::Retried { principal_id, request_id }).await,
            (SagaKind::Destroy | SagaKind::Repair, DeploymentStatus::Unwound) => {
                refused("it only goes forward".to_owned())
            }
            (SagaKind::Deploy | SagaKind::Adopt, DeploymentStatus::Unwound) => {
                // A deploy makes a new machine, and so a new server; an adoption is about the same one as before.
                let (server_id, parameters) = if run.saga == SagaKind::Deploy {
                    let now = as_of_now(&self.app, &run.organization_id, &run.parameters).await;
                    let Some(now) = now.map_err(|error| StorageError(format!("{error:?}")))? else {
                        return refused("its application has changed since; deploy it anew".to_owned());
                    };
                    (again.server_id, now)
                } else {
                    (run.server_id.clone(), run.parameters.clone())
                };
                let name =
                    self.deploy_of(&run.server_id)?.map(|(_, parameters)| parameters.server_name.clone());
                self.start(Start {
                    id: again.id,
                    saga: run.saga,
                    organization_id: run.organization_id.clone(),
                    name: name.unwrap_or_default(),
                    principal_id,
                    request_id,
                    server_id,
                    parameters,
                })
                .await
            }
        }
    }

    /// Writes down what an operator has asked for, and has the run go on from there.
    async fn note(&self, id: &DeploymentId, entry: &Entry) -> Result<TargetAnswer, StorageError> {
        let before = self.store.newest_id()?;
        self.store.append(id, self.app.clock.now(), entry)?;
        self.log_events(id, before)?;
        self.set_next_alarm().await?;
        self.send_picture().await?;
        self.set_next_alarm().await?;
        Ok(TargetAnswer::Started { id: id.clone() })
    }
}
