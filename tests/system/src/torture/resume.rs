//! How soon the runs go on after a restart.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Duration,
};

use noc_shared::{
    deployments::{Deployment, StepStatus},
    time::Timestamp,
};
use noc_simulator::http::wall_clock;

use super::{known, schedule::Watch};
use crate::noc::Noc;

/// How long an open run may rest after a restart, unless it waits for something.
const RESUMES_WITHIN_MS: u64 = 5_000;

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A restart.
pub(super) struct Restart {
    /// When it was dead.
    pub(super) killed_at: u64,
    /// When it answered again.
    pub(super) ready_at: u64,
    /// How many lines it had written before.
    pub(super) lines: usize,
}

/// What the open runs did after a restart.
#[derive(Default)]
pub(super) struct Resumed {
    /// Those that went on, with how long they had rested, in milliseconds.
    pub(super) rested_ms: BTreeMap<String, u64>,
    /// Those that have nothing to do before a time that was set, or before the machine reports.
    pub(super) waiting: BTreeSet<String>,
}

impl Resumed {
    /// The longest rest.
    pub(super) fn longest_ms(&self) -> Option<u64> {
        self.rested_ms.values().copied().max()
    }
}

/// Waits until every run that is open goes on.
///
/// # Panics
/// When one rests for too long.
pub(super) fn wait_until_resumed(noc: &Noc, restart: &Restart, watch: Watch) -> Resumed {
    let mut resumed = Resumed::default();
    if watch == Watch::None {
        return resumed;
    }
    let mut resting: BTreeMap<String, Option<u32>> = BTreeMap::new();
    resting.extend(known::open_deployments(noc).into_iter().map(|open| (open.id.to_string(), None)));
    while !resting.is_empty() && wall_clock() <= restart.ready_at + RESUMES_WITHIN_MS {
        resumed.rested_ms.extend(restart.took_up(noc, &resting));
        if watch == Watch::Asking {
            for (id, attempts) in &mut resting {
                look(noc, restart, id, attempts, &mut resumed);
            }
        }
        resting.retain(|id, _| !resumed.rested_ms.contains_key(id) && !resumed.waiting.contains(id));
        thread::sleep(LOOK_EVERY);
    }
    resumed.rested_ms.extend(restart.took_up(noc, &resting));
    resting.retain(|id, _| !resumed.rested_ms.contains_key(id));
    // Nobody may have asked for these so far. Whoever has nothing to do writes nothing.
    let mut late = Vec::new();
    for id in resting.into_keys() {
        let shown = known::deployment(noc, &id);
        if waits(&shown) {
            resumed.waiting.insert(id);
        } else {
            late.push(told(&shown));
        }
    }
    assert!(
        late.is_empty(),
        "{RESUMES_WITHIN_MS} ms after a restart ({watch:?}; killed at {}, ready at {}) these had not gone on:\n{}",
        time(restart.killed_at),
        time(restart.ready_at),
        late.join("\n"),
    );
    resumed
}

impl Restart {
    /// The first line that each run has written since, as the time that it had rested.
    fn took_up(&self, noc: &Noc, runs: &BTreeMap<String, Option<u32>>) -> BTreeMap<String, u64> {
        let mut rested = BTreeMap::new();
        for line in noc.console.entries_from(self.lines) {
            let id = line["deployment_id"].as_str().filter(|id| runs.contains_key(*id));
            let at = line["at"].as_str().and_then(Timestamp::parse);
            let at = at.map(|at| at.millis().unsigned_abs()).filter(|at| *at >= self.killed_at);
            if let (Some(id), Some(at)) = (id, at) {
                // It may go on before it is known to be ready.
                let rest = at.saturating_sub(self.ready_at);
                rested.entry(id.to_owned()).or_insert(rest);
            }
        }
        rested
    }
}

/// Asks for a run: whether it has ended, has nothing to do, or attempted something since the last time.
fn look(noc: &Noc, restart: &Restart, id: &str, attempts: &mut Option<u32>, resumed: &mut Resumed) {
    let shown = known::deployment(noc, id);
    let so_far = attempts_of(&shown);
    let went_on = attempts.is_some_and(|before| so_far > before) || shown.summary.status.is_final();
    *attempts = Some(so_far);
    if went_on {
        let rest = wall_clock().saturating_sub(restart.ready_at);
        resumed.rested_ms.entry(id.to_owned()).or_insert(rest);
    } else if waits(&shown) {
        resumed.waiting.insert(id.to_owned());
    }
}

fn attempts_of(shown: &Deployment) -> u32 {
    shown.steps.iter().map(|step| step.attempts + step.undo_attempts).sum()
}

/// Whether there is nothing to do now: before a time that was set, or before something happens outside.
fn waits(shown: &Deployment) -> bool {
    let now = wall_clock();
    shown.steps.iter().any(|step| match step.next_attempt_at {
        Some(next) => next.millis().unsigned_abs() > now,
        // A step without a time is under way or was cut off, but for the one that waits for a signal alone.
        None => step.name == "wait_for_agent" && step.status == StepStatus::Waiting,
    })
}

/// A deployment in one line.
fn told(shown: &Deployment) -> String {
    let Deployment { summary, steps, .. } = shown;
    let begun = steps.iter().filter(|step| step.attempts > 0);
    let steps: Vec<String> = begun
        .map(|step| {
            let (name, status) = (&step.name, step.status);
            format!("{name} {status:?} after {}+{} attempts", step.attempts, step.undo_attempts)
        })
        .collect();
    let (id, saga, name) = (&summary.id, summary.saga.as_str(), &summary.server_name);
    format!("{id}: {saga} {name}, {}: {}", summary.status.as_str(), steps.join(", "))
}

pub(super) fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
