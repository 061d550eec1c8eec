//! What a log adds up to.

use std::collections::BTreeMap;

use noc_shared::{
    deployments::{DeploymentStatus, Failure, FailureCode, Leftover, SagaKind},
    id::{DeploymentId, OrganizationId, ServerId},
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Definition, Entry, OnFailure, Record, Undo};

/// A run as its log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The deployment.
    pub id: DeploymentId,
    /// Which saga.
    pub saga: SagaKind,
    /// The version of the rules that it runs under.
    pub version: u32,
    /// The server that it is about.
    pub server_id: ServerId,
    /// Whose server.
    pub organization_id: OrganizationId,
    /// What was asked for.
    pub parameters: Value,
    /// When.
    pub started_at: Timestamp,
    /// Where it is.
    pub phase: Phase,
    /// Its steps, in order.
    pub steps: Vec<StepRun>,
    /// What happened outside.
    pub signals: BTreeMap<String, Value>,
    /// Why it did not go on.
    pub failure: Option<Failure>,
    /// The run that takes over.
    pub superseded_by: Option<DeploymentId>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When something last happened in it.
    pub latest_at: Timestamp,
    on_failure: OnFailure,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Going forward.
    Forward,
    /// A step failed for good: undoing, or about to stop.
    Backward,
    /// Ended.
    Finished(DeploymentStatus),
}

/// A step as the log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRun {
    /// Its name.
    pub name: &'static str,
    /// Whether the saga has an undo for it.
    pub has_undo: bool,
    /// How often it was attempted.
    pub attempts: u32,
    /// How often its undo was attempted.
    pub undo_attempts: u32,
    /// When it was first attempted.
    pub started_at: Option<Timestamp>,
    /// When it was done, or failed for good.
    pub finished_at: Option<Timestamp>,
    /// When the step, or its undo if that has begun, gives up.
    pub deadline_at: Option<Timestamp>,
    /// When there is something to do again; absent if only a signal or the deadline can change anything.
    pub wake_at: Option<Timestamp>,
    /// What it is waiting for.
    pub waiting_for: Option<String>,
    /// What last went wrong.
    pub failure: Option<Failure>,
    /// What came of it.
    pub output: Option<Value>,
    /// Whether it failed for good.
    pub failed: bool,
    /// When the last call was made of which nobody knows whether it did its work.
    pub unsure_since: Option<Timestamp>,
    /// How its undo stands.
    pub undo: UndoState,
    /// What its undo could not remove.
    pub leftovers: Vec<Leftover>,
    /// How many attempts, or attempts of the undo, have failed one after the other.
    pub failures: u32,
    /// Whether an attempt was begun that has no outcome yet.
    open: bool,
    /// Whether a signal came since the last attempt was begun.
    signalled: bool,
}

/// How an undo stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoState {
    /// Not begun.
    Pending,
    /// Begun.
    Running,
    /// Done.
    Done,
    /// Failed for good.
    Failed,
}

impl Run {
    /// Adds up a log. `None` if it does not begin with the start of a run of this saga in this version.
    pub fn replay<C>(id: &DeploymentId, definition: &Definition<C>, records: &[Record]) -> Option<Self> {
        let (first, rest) = records.split_first()?;
        let Entry::Started { saga, version, server_id, organization_id, parameters, .. } = &first.entry
        else {
            return None;
        };
        if *saga != definition.kind || *version != definition.version {
            return None;
        }
        let step = |step: &super::Step<C>| StepRun {
            name: step.name,
            has_undo: matches!(step.undo, Undo::With(_)),
            attempts: 0,
            undo_attempts: 0,
            started_at: None,
            finished_at: None,
            deadline_at: None,
            wake_at: None,
            waiting_for: None,
            failure: None,
            output: None,
            failed: false,
            unsure_since: None,
            undo: UndoState::Pending,
            leftovers: Vec::new(),
            failures: 0,
            open: false,
            signalled: false,
        };
        let mut run = Self {
            id: id.clone(),
            saga: *saga,
            version: *version,
            server_id: server_id.clone(),
            organization_id: organization_id.clone(),
            parameters: parameters.clone(),
            started_at: first.at,
            phase: Phase::Forward,
            steps: definition.steps.iter().map(step).collect(),
            signals: BTreeMap::new(),
            failure: None,
            superseded_by: None,
            finished_at: None,
            latest_at: first.at,
            on_failure: definition.on_failure,
        };
        for record in rest {
            run.apply(record);
        }
        Some(run)
    }

    /// What came of a step, if it is done and reads as asked for.
    pub fn output<T: DeserializeOwned>(&self, step: &str) -> Option<T> {
        let found = self.steps.iter().find(|candidate| candidate.name == step)?;
        crate::json::of_value(found.output.as_ref()?).ok()
    }

    /// Whether a step is done.
    pub fn is_done(&self, step: &str) -> bool {
        self.steps.iter().any(|candidate| candidate.name == step && candidate.output.is_some())
    }

    /// What the saga does when a step fails for good.
    pub fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    /// How it stands, in the word of the API.
    pub fn status(&self) -> DeploymentStatus {
        match self.phase {
            Phase::Forward => DeploymentStatus::Running,
            Phase::Backward => DeploymentStatus::Unwinding,
            Phase::Finished(status) => status,
        }
    }

    /// What is left at providers.
    pub fn leftovers(&self) -> impl Iterator<Item = &Leftover> {
        self.steps.iter().flat_map(|step| &step.leftovers)
    }

    /// Puts one more entry on top.
    pub fn apply(&mut self, record: &Record) {
        let at = record.at;
        self.latest_at = self.latest_at.max(at);
        match &record.entry {
            Entry::Started { .. } => {}
            Entry::StepIntended { step, attempt, deadline_at } => self.on(step, |step| {
                step.close(at);
                step.attempts = *attempt;
                step.started_at.get_or_insert(at);
                step.deadline_at = Some(*deadline_at);
                step.wake_at = None;
                step.open = true;
                step.signalled = false;
            }),
            Entry::StepWaiting { step, waiting_for, until, .. } => self.on(step, |step| {
                step.open = false;
                step.waiting_for = Some(waiting_for.clone());
                step.failure = None;
                step.failures = 0;
                // A signal that came while the attempt was under way may be what it did not find yet.
                step.wake_at = if step.signalled { Some(at) } else { *until };
            }),
            Entry::StepRetried { step, failure, unsure, until } => self.on(step, |step| {
                step.open = false;
                step.waiting_for = None;
                step.failure = Some(failure.clone());
                step.failures = step.failures.saturating_add(1);
                step.wake_at = Some(*until);
                if *unsure {
                    step.unsure_since = Some(at);
                }
            }),
            Entry::StepDone { step, output } => self.on(step, |step| {
                step.open = false;
                step.waiting_for = None;
                step.failure = None;
                step.wake_at = None;
                step.output = Some(output.clone());
                step.finished_at = Some(at);
            }),
            Entry::StepFailed { step, failure, unsure, leftovers } => {
                self.failure.get_or_insert_with(|| failure.clone());
                self.phase = Phase::Backward;
                self.on(step, |step| {
                    step.open = false;
                    step.waiting_for = None;
                    step.failure = Some(failure.clone());
                    step.wake_at = None;
                    step.failed = true;
                    step.leftovers = leftovers.clone();
                    step.finished_at = Some(at);
                    if *unsure {
                        step.unsure_since = Some(at);
                    }
                });
            }
            Entry::UndoIntended { step, attempt, deadline_at } => self.on(step, |step| {
                // An attempt that was cut off, and then cancelled.
                step.close(at);
                if step.undo == UndoState::Pending {
                    step.failures = 0;
                    step.failure = None;
                }
                step.undo_attempts = *attempt;
                step.undo = UndoState::Running;
                step.deadline_at = Some(*deadline_at);
                step.wake_at = None;
            }),
            Entry::UndoWaiting { step, waiting_for, until } => self.on(step, |step| {
                step.waiting_for = Some(waiting_for.clone());
                step.wake_at = *until;
            }),
            Entry::UndoRetried { step, failure, until } => self.on(step, |step| {
                step.failures = step.failures.saturating_add(1);
                step.waiting_for = None;
                step.failure = Some(failure.clone());
                step.wake_at = Some(*until);
            }),
            Entry::UndoDone { step } => self.on(step, |step| {
                step.waiting_for = None;
                step.wake_at = None;
                step.undo = UndoState::Done;
            }),
            Entry::UndoFailed { step, failure, leftovers } => self.on(step, |step| {
                step.waiting_for = None;
                step.wake_at = None;
                step.failure = Some(failure.clone());
                step.leftovers = leftovers.clone();
                step.undo = UndoState::Failed;
            }),
            Entry::Signalled { signal, data } => {
                self.signals.insert(signal.clone(), data.clone());
                // Whatever is waiting looks again at once: the signal may be what it waits for.
                for step in &mut self.steps {
                    step.signalled = true;
                    if step.waiting_for.is_some() && step.output.is_none() {
                        step.wake_at = Some(at);
                    }
                }
            }
            Entry::Cancelled { .. } => {
                self.failure.get_or_insert_with(|| Failure {
                    code: FailureCode::Cancelled,
                    message: "the deployment was cancelled".to_owned(),
                    provider: None,
                });
                if self.phase == Phase::Forward {
                    self.phase = Phase::Backward;
                }
            }
            Entry::Retried { .. } => self.reopen(),
            Entry::Superseded { by } => self.superseded_by = Some(by.clone()),
            Entry::Finished { status } => {
                self.phase = Phase::Finished(*status);
                self.finished_at = Some(at);
            }
        }
    }

    /// Takes back what made the run end as stuck: the undos that failed, or the step.
    fn reopen(&mut self) {
        self.finished_at = None;
        self.phase = match self.on_failure {
            OnFailure::Unwind => Phase::Backward,
            OnFailure::Stop => {
                self.failure = None;
                Phase::Forward
            }
        };
        for step in &mut self.steps {
            let undo_failed = step.undo == UndoState::Failed;
            if undo_failed || (step.failed && self.on_failure == OnFailure::Stop) {
                step.deadline_at = None;
                step.failures = 0;
                step.leftovers.clear();
            }
            if undo_failed {
                step.undo = UndoState::Pending;
            }
            if self.on_failure == OnFailure::Stop {
                step.failed = false;
                step.finished_at = step.finished_at.filter(|_| step.output.is_some());
            }
        }
    }

    fn on(&mut self, name: &str, change: impl FnOnce(&mut StepRun)) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.name == name) {
            change(step);
        }
    }
}

impl StepRun {
    /// Whether an attempt was begun that has no outcome: it was cut off, or it is under way.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Ends an attempt that has no outcome: it was cut off, and nobody knows whether it did its work. From when on
    /// that is so cannot be known either; the latest possible moment is the safe one.
    fn close(&mut self, at: Timestamp) {
        if std::mem::take(&mut self.open) {
            self.unsure_since = Some(at);
        }
    }
}
