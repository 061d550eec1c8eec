//! What comes next: a function from what happened to what to do.

use noc_shared::{deployments::DeploymentStatus, time::Timestamp};

use super::{OnFailure, Phase, Run, StepRun, UndoState};

/// What comes next in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Attempt this step.
    Act(usize),
    /// Write down that this step's time is over.
    GiveUp(usize),
    /// Attempt the undo of this step.
    Undo(usize),
    /// Write down that the time of this step's undo is over.
    GiveUpUndo(usize),
    /// Write down that the run has ended.
    Finish(DeploymentStatus),
    /// Nothing before this time.
    Sleep(Timestamp),
    /// Nothing ever.
    Nothing,
}

/// Says what comes next.
pub fn decide(run: &Run, now: Timestamp) -> Decision {
    if let Phase::Finished(_) = run.phase {
        return Decision::Nothing;
    }
    if run.superseded_by.is_some() {
        return Decision::Finish(DeploymentStatus::Superseded);
    }
    match (run.phase, run.on_failure()) {
        (Phase::Backward, OnFailure::Stop) => Decision::Finish(DeploymentStatus::Stuck),
        (Phase::Backward, OnFailure::Unwind) => backward(run, now),
        _ => forward(run, now),
    }
}

fn forward(run: &Run, now: Timestamp) -> Decision {
    let Some((index, step)) = run.steps.iter().enumerate().find(|(_, step)| step.output.is_none()) else {
        return Decision::Finish(DeploymentStatus::Succeeded);
    };
    let first = step.attempts == 0;
    when(step, now, first || step.is_open(), Decision::Act(index), Decision::GiveUp(index))
}

/// Newest first, every step that was begun: whether it did anything, only its undo can tell.
fn backward(run: &Run, now: Timestamp) -> Decision {
    let open = run.steps.iter().enumerate().rev().find(|(_, step)| {
        step.has_undo && step.attempts > 0 && matches!(step.undo, UndoState::Pending | UndoState::Running)
    });
    match open {
        // The deadline that the step itself had does not bind its undo.
        Some((index, step)) if step.undo == UndoState::Pending => Decision::Undo(index),
        Some((index, step)) => {
            let cut_off = step.wake_at.is_none();
            when(step, now, cut_off, Decision::Undo(index), Decision::GiveUpUndo(index))
        }
        None if run.steps.iter().any(|step| step.undo == UndoState::Failed) => {
            Decision::Finish(DeploymentStatus::Stuck)
        }
        None => Decision::Finish(DeploymentStatus::Unwound),
    }
}

fn when(step: &StepRun, now: Timestamp, at_once: bool, act: Decision, give_up: Decision) -> Decision {
    // What was to be looked at before the deadline is still looked at when the alarm is late: a machine that reported
    // in time is not taken away because nobody was awake.
    let owed = |deadline| !at_once && step.wake_at.is_some_and(|wake| wake < deadline);
    if let Some(deadline) = step.deadline_at
        && now >= deadline
        && !owed(deadline)
    {
        return give_up;
    }
    match (at_once, step.wake_at, step.deadline_at) {
        (true, _, _) => act,
        (false, Some(wake), _) if wake <= now => act,
        (false, Some(wake), Some(deadline)) => Decision::Sleep(wake.min(deadline)),
        (false, Some(wake), None) => Decision::Sleep(wake),
        (false, None, Some(deadline)) => Decision::Sleep(deadline),
        // An attempt always has a deadline; were there none, looking again is what cannot hang.
        (false, None, None) => act,
    }
}
