//! What is known of a server's agent.

use noc_shared::{
    agents::{Dropped, Report},
    servers::CloudInitProgress,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::allowance::Allowance;
use crate::keys::FIRST_GENERATION;

/// Seconds between two reports of an agent that nobody has told otherwise.
pub(crate) const USUAL_INTERVAL_SECONDS: u32 = 60;

/// After so many of its intervals without a report, a server counts as unreachable: one report may be lost, and the one
/// after it be late.
const SILENT_INTERVALS: i64 = 3;

/// What is known of a server's agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentState {
    /// The claim that was granted.
    pub claim: Option<Claimed>,
    /// The highest counter that was seen.
    pub counter: u64,
    /// The highest number of a report that was taken.
    pub number: u64,
    /// How often the key was rotated.
    pub rotations: u32,
    /// Whether the agent was given a further key, and has not signed with it yet.
    pub rotating: bool,
    /// Seconds between two reports, if somebody has said so.
    pub interval_seconds: Option<u32>,
    /// Seconds between two reports, as the last answer told the agent; before that it reports as usual.
    pub told_interval_seconds: Option<u32>,
    /// When the first report came after the machine's first start.
    pub first_report_at: Option<Timestamp>,
    /// When its last report came.
    pub last_report_at: Option<Timestamp>,
    /// The newest report that was one of now when it came, without its lines.
    pub report: Option<Report>,
    /// When that was made.
    pub report_at: Option<Timestamp>,
    /// Since when it has been silent for too long.
    pub unreachable_since: Option<Timestamp>,
    /// What the shared database was last told of how the machine is, and when.
    pub beaten_at: Option<Timestamp>,
    /// How far the machine's first start is, or what came of it.
    pub cloud_init: Option<CloudInitProgress>,
    /// What was given up, all in all.
    pub dropped: Dropped,
    /// The public halves of the machine's SSH host keys, as a report said; before that those of the claim count.
    pub host_keys: Vec<String>,
    /// What it may still do, so that a machine that somebody has taken over cannot fill the object or use up the shared
    /// database.
    pub allowed: Allowed,
}

/// What a server's agent may still do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Allowed {
    /// Reports. The shortest interval is two seconds, and one that comes back sends 200 at once.
    pub(super) reports: Allowance,
    /// Lines of services.
    pub(super) lines: Allowance,
    /// Claims that are granted once more, for each of which the secret store is asked.
    pub(super) claims: Allowance,
    /// Events in the server's story, which are kept for as long as the server is.
    pub(super) events: Allowance,
    /// Second claims that get into the audit, which is one for the whole organization.
    pub(super) audits: Allowance,
    /// Changes that the shared database is told of at once.
    pub(super) changes: Allowance,
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
    /// Whether it is in the audit.
    #[serde(default)]
    pub audited: bool,
}

impl AgentState {
    /// The generation of the key that the agent signs with.
    pub(crate) const fn generation(&self) -> u32 {
        FIRST_GENERATION + self.rotations
    }

    /// The public halves of the machine's SSH host keys.
    pub(crate) fn host_keys(&self) -> &[String] {
        match &self.claim {
            Some(claim) if self.host_keys.is_empty() => &claim.host_keys,
            _ => &self.host_keys,
        }
    }

    /// Seconds between two reports, as they are wished for.
    pub(crate) fn interval(&self) -> u32 {
        self.interval_seconds.unwrap_or(USUAL_INTERVAL_SECONDS)
    }

    /// The longest that a report may be late before the machine is missed. An agent goes on as it was told last until the
    /// answer to its next report tells it otherwise.
    pub(super) fn patience_ms(&self) -> i64 {
        let told = self.told_interval_seconds.unwrap_or(USUAL_INTERVAL_SECONDS);
        SILENT_INTERVALS * i64::from(told.max(self.interval())) * 1_000
    }

    /// When the agent has been silent for too long, unless it is heard before.
    pub(crate) fn silent_at(&self) -> Option<Timestamp> {
        Some(self.last_report_at?.plus(self.patience_ms()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_three_intervals_without_a_report() {
        let heard = Timestamp::from_millis(1_000);
        for (wanted, told, expected) in [
            (None, None, 181_000),
            (Some(10), Some(10), 31_000),
            (Some(3_600), Some(3_600), 10_801_000),
            // It was told otherwise, or nobody has told it yet.
            (Some(10), Some(60), 181_000),
            (Some(10), None, 181_000),
            (Some(10), Some(3_600), 10_801_000),
            (Some(3_600), Some(10), 10_801_000),
        ] {
            let state = AgentState {
                last_report_at: Some(heard),
                interval_seconds: wanted,
                told_interval_seconds: told,
                ..AgentState::default()
            };
            assert_eq!(state.silent_at(), Some(Timestamp::from_millis(expected)), "{wanted:?}, {told:?}");
        }
        assert_eq!(AgentState::default().silent_at(), None);
    }

    #[test]
    fn what_an_earlier_version_has_kept_still_reads() {
        let kept = r#"{"claim":null,"counter":7,"first_report_at":null,"last_report_at":null,"report":null}"#;
        let state: AgentState = serde_json::from_str(kept).unwrap();
        assert_eq!((state.counter, state.generation(), state.interval()), (7, 1, 60));
    }
}
