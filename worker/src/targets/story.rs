//! A run's log in words that people read.

use noc_shared::{
    deployments::{DeploymentEvent, DeploymentStatus, Failure, SagaKind},
    id::DeploymentId,
    servers::{LogLevel, LogLine, LogSource},
};

use super::{level::level_of, store::StoryRow};
use crate::saga::{Entry, Record};

/// An entry as an event. Entries that only matter to the engine make none: a look that found the same as the one
/// before it says nothing new.
pub(super) fn event(record: &Record) -> Option<DeploymentEvent> {
    let (kind, step, message) = match &record.entry {
        Entry::Started { saga, .. } => ("started", None, beginning(*saga).to_owned()),
        Entry::StepIntended { step, attempt: 1, .. } => {
            ("step_started", Some(step), format!("{} has begun.", title(step)))
        }
        Entry::UndoIntended { step, attempt: 1, .. } => {
            ("undo_started", Some(step), format!("Undoing: {}.", title(step)))
        }
        Entry::StepIntended { .. }
        | Entry::StepWaiting { again: true, .. }
        | Entry::UndoIntended { .. }
        | Entry::UndoWaiting { .. } => return None,
        Entry::StepWaiting { step, waiting_for, .. } => {
            ("step_waiting", Some(step), format!("Waiting for {waiting_for}."))
        }
        Entry::StepRetried { step, failure, until, .. } => {
            ("step_retried", Some(step), format!("{}; trying again at {until}.", unended(failure)))
        }
        Entry::StepDone { step, .. } => ("step_done", Some(step), format!("{} is done.", title(step))),
        Entry::StepFailed { step, failure, .. } => {
            ("step_failed", Some(step), format!("{} failed: {}.", title(step), unended(failure)))
        }
        Entry::UndoRetried { step, failure, until } => {
            ("undo_retried", Some(step), format!("{}; trying again at {until}.", unended(failure)))
        }
        Entry::UndoDone { step } => ("undo_done", Some(step), format!("Undone: {}.", title(step))),
        Entry::UndoFailed { step, failure, .. } => {
            ("undo_failed", Some(step), format!("Could not undo: {}: {}.", title(step), unended(failure)))
        }
        Entry::Signalled { signal, .. } => ("signalled", None, format!("{}.", title(signal))),
        Entry::Cancelled { .. } => ("cancelled", None, "Cancelled: what was done is undone.".to_owned()),
        Entry::Retried { .. } => ("retried", None, "Going on from where it was stuck.".to_owned()),
        Entry::Superseded { by } => ("superseded", None, format!("The destroy {by} takes over.")),
        Entry::Finished { status } => ("finished", None, ending(*status).to_owned()),
    };
    Some(DeploymentEvent {
        id: record.id,
        at: record.at,
        kind: kind.to_owned(),
        step: step.cloned(),
        message,
    })
}

fn beginning(saga: SagaKind) -> &'static str {
    match saga {
        SagaKind::Deploy => "The deploy has begun.",
        SagaKind::Destroy => "The destroy has begun.",
        SagaKind::Repair => "The repair has begun.",
        SagaKind::Adopt => "The adoption has begun.",
    }
}

/// A row of a server's story as a line of its log.
pub(super) fn line(row: StoryRow) -> Option<LogLine> {
    match row {
        StoryRow::Line(line) => Some(LogLine {
            id: line.id,
            at: line.at,
            source: LogSource::Agent,
            level: level_of(&line.text),
            service: Some(line.service),
            deployment_id: None,
            message: line.text,
        }),
        StoryRow::Event(event) => Some(LogLine {
            id: event.id,
            at: event.at,
            source: LogSource::Server,
            level: match event.kind.as_str() {
                "unreachable" | "claim_refused" | "cloud_init_failed" | "host_keys_changed" => {
                    LogLevel::Error
                }
                "dropped" | "command_expired" => LogLevel::Warning,
                _ => LogLevel::Info,
            },
            service: None,
            deployment_id: None,
            message: event.message,
        }),
        StoryRow::Entry(deployment, record) => event(&record).map(|event| of_deployment(deployment, event)),
    }
}

fn of_deployment(deployment: DeploymentId, event: DeploymentEvent) -> LogLine {
    LogLine {
        id: event.id,
        at: event.at,
        source: LogSource::Deployment,
        level: match event.kind.as_str() {
            "step_failed" | "undo_failed" => LogLevel::Error,
            "step_retried" | "undo_retried" => LogLevel::Warning,
            _ => LogLevel::Info,
        },
        service: None,
        deployment_id: Some(deployment),
        message: event.message,
    }
}

const fn ending(status: DeploymentStatus) -> &'static str {
    match status {
        DeploymentStatus::Succeeded => "Done.",
        DeploymentStatus::Unwound => "Everything that was done is undone.",
        DeploymentStatus::Stuck => "Stuck: it could not go on; a retry goes on from here.",
        DeploymentStatus::Superseded => "Ended, because a destroy takes over.",
        DeploymentStatus::Running | DeploymentStatus::Unwinding => "Going on.",
    }
}

/// What went wrong, for a sentence that goes on or ends behind it: some providers end theirs.
fn unended(failure: &Failure) -> &str {
    failure.message.trim_end_matches('.')
}

/// The name of a step in words: `create_droplet` is `Create droplet`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ").replace("dns", "DNS").replace("cloud init", "cloud-init");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
