//! What is known of a server's agent.

use noc_shared::{agents::Report, time::Timestamp};
use serde::{Deserialize, Serialize};

/// What is known of a server's agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentState {
    /// The claim that was granted.
    pub claim: Option<Claimed>,
    /// The highest counter that was seen.
    pub counter: u64,
    /// When its first report came.
    pub first_report_at: Option<Timestamp>,
    /// When its last report came.
    pub last_report_at: Option<Timestamp>,
    /// That report, without its lines.
    pub report: Option<Report>,
}

/// A claim that was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// When.
    pub at: Timestamp,
    /// What the machine made once, so that a repeated claim is known as its own.
    pub nonce: String,
    /// The machine's own id.
    pub machine_id: String,
    /// The public halves of its SSH host keys.
    pub host_keys: Vec<String>,
}
