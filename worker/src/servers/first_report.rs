//! The first report of a machine: what the last step of a deploy, and of an adoption, waits for.

use noc_shared::{deployments::FailureCode, time::Timestamp};
use serde_json::{Value, json};

use super::{deploy::Outcome, work::Work};
use crate::saga::{Attempt, Fault, Progress};

/// The signal that the machine's agent has reported for the first time.
pub const AGENT_REPORTED: &str = "agent_reported";

/// What a machine says of its first start may be long, and stands in each list of deployments: two errors of cloud-init with
/// what they are about.
const LONGEST_REASON: usize = 1_000;

pub(super) async fn wait_for_agent(_: &Work, attempt: Attempt<'_>) -> Outcome {
    match attempt.signal(AGENT_REPORTED) {
        Some(report) => Ok(Progress::Done(report.clone())),
        // Only the report itself can change anything, and it comes as a signal.
        None => Ok(Progress::Waiting {
            waiting_for: "the machine's agent to report for the first time".to_owned(),
            look_again_ms: None,
        }),
    }
}

/// Waits for the agent, and takes the machine for a server only if it says that its first start went well.
pub(super) async fn wait_for_first_start(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let errors =
        attempt.signal(AGENT_REPORTED).and_then(|report| report.get("errors")).and_then(Value::as_array);
    let errors: Vec<&str> = errors.into_iter().flatten().filter_map(Value::as_str).collect();
    if errors.is_empty() {
        return wait_for_agent(work, attempt).await;
    }
    let message: String = format!("cloud-init has ended with errors on the machine: {}", errors.join("; "))
        .chars()
        .take(LONGEST_REASON)
        .collect();
    Err(Fault::permanent(FailureCode::MachineFailed, message))
}

/// What the signal of the first report carries: when it came, and the errors that the machine's first start ended with,
/// if there were any.
pub fn agent_reported(at: Timestamp, errors: &[String]) -> Value {
    if errors.is_empty() {
        json!({ "reported_at": at })
    } else {
        json!({ "reported_at": at, "errors": errors })
    }
}
