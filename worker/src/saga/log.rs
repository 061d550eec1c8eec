//! The log of a run: what happened, in order, never rewritten.

use noc_shared::{
    deployments::{DeploymentStatus, Failure, Leftover, SagaKind},
    id::{DeploymentId, OrganizationId, PrincipalId, RequestId, ServerId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ports::StorageError;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The run was asked for.
    Started {
        /// Which saga.
        saga: SagaKind,
        /// The version of its rules, under which the run also ends.
        version: u32,
        /// The server that it is about.
        server_id: ServerId,
        /// Whose server.
        organization_id: OrganizationId,
        /// Who asked.
        principal_id: PrincipalId,
        /// In which request.
        request_id: RequestId,
        /// What was asked for.
        parameters: Value,
    },
    /// A step is about to be attempted.
    StepIntended {
        /// The step.
        step: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// When the step gives up; the same for all attempts.
        deadline_at: Timestamp,
    },
    /// An attempt found that something has not happened yet.
    StepWaiting {
        /// The step.
        step: String,
        /// What has not happened yet.
        waiting_for: String,
        /// Whether the attempt before this one found the same.
        again: bool,
        /// When to look again; absent if only a signal or the deadline can change anything.
        until: Option<Timestamp>,
    },
    /// An attempt failed in a way that a repeat can mend.
    StepRetried {
        /// The step.
        step: String,
        /// What went wrong.
        failure: Failure,
        /// Whether the call may have done its work all the same.
        unsure: bool,
        /// When to try again.
        until: Timestamp,
    },
    /// A step is done.
    StepDone {
        /// The step.
        step: String,
        /// What came of it, for later steps and for the undo.
        output: Value,
    },
    /// A step failed for good.
    StepFailed {
        /// The step.
        step: String,
        /// What went wrong.
        failure: Failure,
        /// Whether its last call may have done its work all the same.
        unsure: bool,
        /// What is left over, in a saga that only goes forward.
        leftovers: Vec<Leftover>,
    },
    /// The undo of a step is about to be attempted.
    UndoIntended {
        /// The step.
        step: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// When the undo gives up.
        deadline_at: Timestamp,
    },
    /// An undo found that something has not gone yet.
    UndoWaiting {
        /// The step.
        step: String,
        /// What has not gone yet.
        waiting_for: String,
        /// When to look again.
        until: Option<Timestamp>,
    },
    /// An undo failed in a way that a repeat may mend.
    UndoRetried {
        /// The step.
        step: String,
        /// What went wrong.
        failure: Failure,
        /// When to try again.
        until: Timestamp,
    },
    /// A step is undone.
    UndoDone {
        /// The step.
        step: String,
    },
    /// An undo failed for good.
    UndoFailed {
        /// The step.
        step: String,
        /// What went wrong.
        failure: Failure,
        /// What is left over.
        leftovers: Vec<Leftover>,
    },
    /// Something happened outside that a step may be waiting for.
    Signalled {
        /// What.
        signal: String,
        /// What came with it.
        data: Value,
    },
    /// Somebody has asked for what was done to be undone.
    Cancelled {
        /// Who.
        principal_id: PrincipalId,
        /// In which request.
        request_id: RequestId,
    },
    /// Somebody has asked for a run that is stuck to go on.
    Retried {
        /// Who.
        principal_id: PrincipalId,
        /// In which request.
        request_id: RequestId,
    },
    /// Another run takes over what this one has made; this one does no more.
    Superseded {
        /// The other run.
        by: DeploymentId,
    },
    /// The run has ended.
    Finished {
        /// How.
        status: DeploymentStatus,
    },
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place; it only rises.
    pub id: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    pub entry: Entry,
}

/// Keeps the logs of the runs on one target.
pub trait Log: Send + Sync {
    /// Writes an entry behind the others. When this returns without an error the entry survives a crash, or nothing
    /// that is done afterwards leaves the object.
    ///
    /// # Errors
    /// When the entry could not be written; the caller then does nothing more.
    fn append(&self, run: &DeploymentId, at: Timestamp, entry: &Entry) -> Result<(), StorageError>;
}
