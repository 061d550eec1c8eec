//! The saga engine: a pure state machine over a log, and a small loop that does what it says.
//!
//! A run of a saga is its log. [`Run`] is what the log adds up to, [`decide`] says what comes next, and [`advance`]
//! does it: the intent is written before the call and the outcome after it, so that whoever finds an intent without
//! an outcome knows that the call may or may not have done its work, and looks.
//!
//! - **Invariant:** nothing in here knows a provider, a server or the platform.
//! - **Invariant:** a step or an undo runs only after its intent is in the log; a log that cannot be written stops it.
//! - **Invariant:** time and randomness come in as arguments, so that a run can be replayed.

mod advance;
mod decide;
mod definition;
mod log;
mod retry;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use advance::UNDO_WITHIN_MS;
pub use advance::{Advanced, advance};
pub use decide::{Decision, decide};
pub use definition::{Act, Attempt, Definition, Fault, OnFailure, Progress, Step, Undo};
pub use log::{Entry, Log, Record};
pub use run::{Phase, Run, StepRun, UndoState};
