//! What a saga is: a table of steps, each with its undo or the reason why it has none.

use std::fmt;

use futures_util::future::BoxFuture;
use noc_shared::{
    deployments::{Failure, FailureCode, Leftover, SagaKind},
    time::Timestamp,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::Run;

/// Does a step or an undo once. `C` is what it works with: the ports, the providers and what the run is about.
pub type Act<C> = for<'a> fn(&'a C, Attempt<'a>) -> BoxFuture<'a, Result<Progress, Fault>>;

/// A saga.
pub struct Definition<C: 'static> {
    /// Which one.
    pub kind: SagaKind,
    /// The version of its rules. A change that makes a running saga behave differently gets a new one, beside the old.
    pub version: u32,
    /// What happens when a step fails for good.
    pub on_failure: OnFailure,
    /// Its steps, in order.
    pub steps: &'static [Step<C>],
}

/// What happens when a step fails for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// What was done is undone, newest first.
    Unwind,
    /// The run stops, stuck: it only goes forward, and what it could not do is left over.
    Stop,
}

/// A step of a saga.
pub struct Step<C: 'static> {
    /// Its name, in the log for as long as there are logs.
    pub name: &'static str,
    /// Does it. It may be called again at any time, and then finds what it did before.
    pub act: Act<C>,
    /// Undoes it.
    pub undo: Undo<C>,
    /// How long it may take with all its attempts, in milliseconds.
    pub deadline: fn(&C) -> i64,
    /// What may be left over when the step, in a saga that only goes forward, or its undo fails for good.
    pub leftovers: fn(&C, &Failure) -> Vec<Leftover>,
}

/// The undo of a step.
pub enum Undo<C: 'static> {
    /// Undoes the step, also when nobody knows whether the step did anything. It may be called again at any time.
    With(Act<C>),
    /// There is nothing to undo, for this reason.
    None(&'static str),
}

// Deriving these would ask the same of what a step works with.
impl<C> Copy for Undo<C> {}

impl<C> Clone for Undo<C> {
    fn clone(&self) -> Self {
        *self
    }
}

/// What an attempt may know.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// What happened so far, this attempt's intent included.
    pub run: &'a Run,
    /// The step.
    pub step: usize,
    /// When the attempt began.
    pub now: Timestamp,
}

impl Attempt<'_> {
    /// What came of an earlier step, if it is done and reads as asked for.
    pub fn output<T: DeserializeOwned>(&self, step: &str) -> Option<T> {
        self.run.output(step)
    }

    /// What came with a signal, if it came.
    pub fn signal(&self, signal: &str) -> Option<&Value> {
        self.run.signals.get(signal)
    }

    /// How often the step was attempted, this time included.
    pub fn attempts(&self) -> u32 {
        self.run.steps.get(self.step).map_or(1, |step| step.attempts)
    }

    /// When the last call was made of which nobody knows whether it did its work. If there is one, an attempt looks
    /// before it makes anything.
    pub fn unsure_since(&self) -> Option<Timestamp> {
        self.run.steps.get(self.step).and_then(|step| step.unsure_since)
    }
}

/// What an attempt came to, when nothing went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// It is done, and this came of it.
    Done(Value),
    /// Something has not happened yet.
    Waiting {
        /// What.
        waiting_for: String,
        /// After how many milliseconds to look again; `None` if only a signal can change anything.
        look_again_ms: Option<i64>,
    },
}

impl Progress {
    /// It is done, and nothing came of it that anybody needs.
    pub fn done() -> Self {
        Self::Done(Value::Object(serde_json::Map::new()))
    }

    /// It is done, and this came of it.
    pub fn done_with(output: &impl Serialize) -> Self {
        // What comes of a step is made of texts and numbers, and always serializes.
        Self::Done(serde_json::to_value(output).unwrap_or_default())
    }

    /// Something has not happened yet; it is looked at again after so many milliseconds.
    pub fn waiting(waiting_for: &str, look_again_ms: i64) -> Self {
        Self::Waiting { waiting_for: waiting_for.to_owned(), look_again_ms: Some(look_again_ms) }
    }
}

/// What went wrong in an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What to tell.
    pub failure: Failure,
    /// Whether a repeat can mend it.
    pub transient: bool,
    /// Whether the call may have done its work all the same.
    pub unsure: bool,
    /// How long to wait before a repeat, in milliseconds, if whoever refused said so.
    pub retry_after_ms: Option<i64>,
}

impl Fault {
    /// Something that a repeat does not mend.
    pub fn permanent(code: FailureCode, message: impl Into<String>) -> Self {
        Self {
            failure: Failure { code, message: message.into(), provider: None },
            transient: false,
            unsure: false,
            retry_after_ms: None,
        }
    }

    /// Something of ours that may work the next time.
    pub fn internal(doing: &str, cause: &dyn std::error::Error) -> Self {
        Self {
            failure: Failure {
                code: FailureCode::Internal,
                message: format!("{doing}: {}", crate::log::chain(cause)),
                provider: None,
            },
            transient: true,
            unsure: true,
            retry_after_ms: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.failure.message)
    }
}

impl std::error::Error for Fault {}
