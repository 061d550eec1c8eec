//! The loop over what was decided: intent, call, outcome.

use noc_shared::{
    deployments::{DeploymentStatus, Failure, FailureCode},
    time::Timestamp,
};

use super::{
    Attempt, Decision, Definition, Entry, Fault, Log, OnFailure, Progress, Run, Undo, decide, retry::retry_at,
};
use crate::ports::{Clock, Random, StorageError};

/// How long an undo is tried before the run is stuck, in milliseconds. With waits of up to a minute that is a provider
/// that is away for a quarter of an hour; whoever is told then can do more than another attempt can.
pub(crate) const UNDO_WITHIN_MS: i64 = 15 * 60_000;

/// What one call of [`advance`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advanced {
    /// Something was done; there may be more to do now.
    On,
    /// There is nothing to do before this time.
    SleepUntil(Timestamp),
    /// The run has ended.
    Finished(DeploymentStatus),
}

/// Does the next thing in a run: at most one call to the outside, with its intent written before and its outcome after.
///
/// # Errors
/// When the log cannot be written. What was to be done was then not begun, or its outcome is not known; either way the
/// next call finds out.
pub async fn advance<C: Sync>(
    definition: &Definition<C>,
    context: &C,
    run: &Run,
    log: &dyn Log,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Advanced, StorageError> {
    let now = clock.now();
    let append = |entry: &Entry| log.append(&run.id, clock.now(), entry);
    match decide(run, now) {
        Decision::Nothing => Ok(Advanced::Finished(run.status())),
        Decision::Sleep(until) => Ok(Advanced::SleepUntil(until)),
        Decision::Finish(status) => {
            append(&Entry::Finished { status })?;
            Ok(Advanced::Finished(status))
        }
        Decision::Act(index) => {
            let (Some(step), Some(state)) = (definition.steps.get(index), run.steps.get(index)) else {
                return Ok(Advanced::Finished(run.status()));
            };
            let attempt = state.attempts.saturating_add(1);
            let deadline_at = state.deadline_at.unwrap_or_else(|| now.plus((step.deadline)(context)));
            let intent = Entry::StepIntended { step: step.name.to_owned(), attempt, deadline_at };
            append(&intent)?;
            let begun = with(run, now, intent);
            let result = (step.act)(context, Attempt { run: &begun, step: index, now }).await;
            let step_name = step.name.to_owned();
            append(&match result {
                Ok(Progress::Done(output)) => Entry::StepDone { step: step_name, output },
                Ok(Progress::Waiting { waiting_for, look_again_ms }) => Entry::StepWaiting {
                    step: step_name,
                    again: state.waiting_for.as_deref() == Some(&waiting_for),
                    waiting_for,
                    until: look_again_ms.map(|millis| clock.now().plus(millis)),
                },
                Err(fault) if fault.transient => Entry::StepRetried {
                    step: step_name,
                    until: retry_at(clock.now(), state.failures + 1, fault.retry_after_ms, random),
                    unsure: fault.unsure,
                    failure: fault.failure,
                },
                Err(fault) => failed(definition, context, index, fault.failure, fault.unsure),
            })?;
            Ok(Advanced::On)
        }
        Decision::GiveUp(index) => {
            let state = run.steps.get(index);
            let failure = overdue(state.and_then(|state| state.failure.clone()), || {
                state.and_then(|state| state.waiting_for.clone())
            });
            let unsure = state.is_some_and(super::StepRun::is_open);
            append(&failed(definition, context, index, failure, unsure))?;
            Ok(Advanced::On)
        }
        Decision::Undo(index) => {
            let (Some(step), Some(state)) = (definition.steps.get(index), run.steps.get(index)) else {
                return Ok(Advanced::Finished(run.status()));
            };
            let Undo::With(undo) = step.undo else {
                append(&Entry::UndoDone { step: step.name.to_owned() })?;
                return Ok(Advanced::On);
            };
            let attempt = state.undo_attempts.saturating_add(1);
            let begun_before = state.undo_attempts > 0;
            let failures = if begun_before { state.failures } else { 0 };
            let deadline_at = state.deadline_at.filter(|_| begun_before).unwrap_or(now.plus(UNDO_WITHIN_MS));
            let intent = Entry::UndoIntended { step: step.name.to_owned(), attempt, deadline_at };
            append(&intent)?;
            let begun = with(run, now, intent);
            let result = undo(context, Attempt { run: &begun, step: index, now }).await;
            let step_name = step.name.to_owned();
            append(&match result {
                Ok(Progress::Done(_)) => Entry::UndoDone { step: step_name },
                Ok(Progress::Waiting { waiting_for, look_again_ms }) => Entry::UndoWaiting {
                    step: step_name,
                    waiting_for,
                    // No signal ends an undo, so that it always has a time to look again.
                    until: Some(clock.now().plus(look_again_ms.unwrap_or(5_000))),
                },
                Err(Fault { failure, transient: true, retry_after_ms, .. }) => Entry::UndoRetried {
                    step: step_name,
                    failure,
                    until: retry_at(clock.now(), failures + 1, retry_after_ms, random),
                },
                Err(fault) => {
                    let leftovers = (step.leftovers)(context, &fault.failure);
                    Entry::UndoFailed { step: step_name, failure: fault.failure, leftovers }
                }
            })?;
            Ok(Advanced::On)
        }
        Decision::GiveUpUndo(index) => {
            let (Some(step), Some(state)) = (definition.steps.get(index), run.steps.get(index)) else {
                return Ok(Advanced::Finished(run.status()));
            };
            let failure = overdue(state.failure.clone(), || state.waiting_for.clone());
            let leftovers = (step.leftovers)(context, &failure);
            append(&Entry::UndoFailed { step: step.name.to_owned(), failure, leftovers })?;
            Ok(Advanced::On)
        }
    }
}

/// The run with one more entry, as the attempt sees it.
fn with(run: &Run, at: Timestamp, entry: Entry) -> Run {
    let mut next = run.clone();
    next.apply(&super::Record { id: 0, at, entry });
    next
}

fn failed<C>(definition: &Definition<C>, context: &C, index: usize, failure: Failure, unsure: bool) -> Entry {
    let step = definition.steps.get(index);
    let leftovers = match (definition.on_failure, step) {
        (OnFailure::Stop, Some(step)) => (step.leftovers)(context, &failure),
        _ => Vec::new(),
    };
    Entry::StepFailed { step: step.map_or("", |step| step.name).to_owned(), failure, unsure, leftovers }
}

/// Why something is given up: what last went wrong, or else what did not happen in time.
fn overdue(last: Option<Failure>, waiting_for: impl Fn() -> Option<String>) -> Failure {
    last.unwrap_or_else(|| Failure {
        code: FailureCode::DeadlineExceeded,
        message: match waiting_for() {
            Some(waiting_for) => format!("gave up waiting for {waiting_for}"),
            None => "gave up: the step was cut off until its time was over".to_owned(),
        },
        provider: None,
    })
}
