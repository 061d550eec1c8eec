//! A saga over a world that fails, in seeded schedules: whatever happens, the end is all or nothing.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use noc_shared::{
    deployments::{DeploymentStatus, FailureCode, SagaKind},
    id::{DeploymentId, OrganizationId, PrincipalId, RequestId, ServerId},
    time::Timestamp,
};
use serde_json::{Value, json};

use super::*;
use crate::ports::{Clock, Random, StorageError};

const SEEDS: u64 = 20_000;

/// Seeds that failed once. They stay.
const FAILED_ONCE: &[u64] = &[];

#[test]
fn whatever_fails_the_end_is_all_or_nothing() {
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for seed in FAILED_ONCE.iter().copied().chain(0..SEEDS) {
        let end = Schedule::new(seed).run();
        *ends.entry(format!("{end:?}")).or_default() += 1;
    }
    // Were the schedules too kind or too harsh, only one of the ends would be seen.
    for end in ["Succeeded", "Unwound", "Stuck", "Superseded"] {
        assert!(ends.get(end).is_some_and(|count| *count > 100), "{ends:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..50 {
        let run = || {
            let schedule = Schedule::new(seed);
            schedule.run();
            schedule.log.records.into_inner().unwrap()
        };
        assert_eq!(run(), run(), "seed {seed}");
    }
}

#[test]
fn a_log_that_is_cut_off_anywhere_replays_to_a_run_that_goes_on() {
    for seed in 0..300 {
        let schedule = Schedule::new(seed);
        schedule.run();
        let records = schedule.log.records.lock().unwrap().clone();
        for length in 1..records.len() {
            if let Some(Record { entry: Entry::Finished { .. }, .. }) = records[..length].last() {
                // It was stuck, and went on because somebody asked for it.
                continue;
            }
            let run = Run::replay(&schedule.id, &DEFINITION, &records[..length]).unwrap();
            let decision = decide(&run, records[length].at.plus(1 << 40));
            assert_ne!(decision, Decision::Nothing, "seed {seed}, {length} entries");
        }
    }
}

#[test]
fn a_signal_that_comes_while_the_step_looks_is_not_missed() {
    let at = Timestamp::from_millis;
    let mut records = vec![started()];
    let mut add = |time: i64, entry: Entry| records.push(Record { id: 0, at: at(time), entry });
    let step = || "wait".to_owned();
    add(1, Entry::StepIntended { step: step(), attempt: 1, deadline_at: at(1_000) });
    add(2, Entry::Signalled { signal: "ready".to_owned(), data: json!(1) });
    add(3, Entry::StepWaiting { step: step(), waiting_for: "it".to_owned(), again: false, until: None });
    static ONE: Definition<World> = Definition {
        kind: SagaKind::Deploy,
        version: 1,
        on_failure: OnFailure::Unwind,
        steps: &[Step {
            name: "wait",
            act: |world, attempt| make(world, attempt).boxed(),
            undo: Undo::None("a test"),
            deadline: |_| 1_000,
            leftovers: |_, _| Vec::new(),
        }],
    };
    let run = Run::replay(&DeploymentId::from_random([0; 12]), &ONE, &records).unwrap();
    assert_eq!(decide(&run, at(3)), Decision::Act(0));
}

#[test]
fn what_came_in_time_counts_also_when_the_alarm_is_late() {
    let at = Timestamp::from_millis;
    let entries = [
        (1, Entry::StepIntended { step: "first".to_owned(), attempt: 1, deadline_at: at(1_000) }),
        (
            2,
            Entry::StepWaiting {
                step: "first".to_owned(),
                waiting_for: "it".to_owned(),
                again: false,
                until: None,
            },
        ),
        (990, Entry::Signalled { signal: "ready".to_owned(), data: json!(1) }),
    ];
    let decided = |count: usize| {
        let entries = entries.iter().take(count).map(|(time, entry)| Record {
            id: 0,
            at: at(*time),
            entry: entry.clone(),
        });
        let records: Vec<Record> = std::iter::once(started()).chain(entries).collect();
        let run = Run::replay(&DeploymentId::from_random([0; 12]), &DEFINITION, &records).unwrap();
        decide(&run, at(1_005))
    };
    assert_eq!((decided(3), decided(2)), (Decision::Act(0), Decision::GiveUp(0)));
}

#[test]
fn a_log_of_another_version_is_not_replayed_under_these_rules() {
    let mut record = started();
    if let Entry::Started { version, .. } = &mut record.entry {
        *version = 2;
    }
    assert_eq!(Run::replay(&DeploymentId::from_random([0; 12]), &DEFINITION, &[record]), None);
}

static DEFINITION: Definition<World> = Definition {
    kind: SagaKind::Deploy,
    version: 1,
    on_failure: OnFailure::Unwind,
    steps: &[step("first"), step("second"), step("third"), step("fourth")],
};

const fn step(name: &'static str) -> Step<World> {
    Step {
        name,
        act: |world, attempt| make(world, attempt).boxed(),
        undo: Undo::With(|world, attempt| unmake(world, attempt).boxed()),
        deadline: |_| 600_000,
        leftovers: |_, _| Vec::new(),
    }
}

/// What is outside: how many things each step has made, and what will go wrong next.
struct World {
    things: Mutex<BTreeMap<usize, u32>>,
    chance: Chance,
    refuses_undo: AtomicBool,
}

async fn make(world: &World, attempt: Attempt<'_>) -> Result<Progress, Fault> {
    let count = || world.things.lock().unwrap().get(&attempt.step).copied().unwrap_or(0);
    if attempt.unsure_since().is_some() && count() > 0 {
        return Ok(Progress::Done(json!({})));
    }
    let transient = |unsure| Fault {
        transient: true,
        unsure,
        ..Fault::permanent(FailureCode::ProviderUnavailable, "no")
    };
    match world.chance.below(20) {
        0 | 1 => return Err(transient(false)),
        2 => return Err(transient(true)),
        3 => return Err(Fault::permanent(FailureCode::ProviderRefused, "never")),
        4 | 5 => return Ok(Progress::Waiting { waiting_for: "it".to_owned(), look_again_ms: Some(100) }),
        _ => {}
    }
    *world.things.lock().unwrap().entry(attempt.step).or_default() += 1;
    assert_eq!(count(), 1, "made twice");
    if world.chance.below(8) == 0 { Err(transient(true)) } else { Ok(Progress::Done(json!({}))) }
}

async fn unmake(world: &World, attempt: Attempt<'_>) -> Result<Progress, Fault> {
    match world.chance.below(10) {
        0 => {
            return Err(Fault {
                transient: true,
                unsure: true,
                ..Fault::permanent(FailureCode::Internal, "no")
            });
        }
        1 => {
            return Ok(Progress::Waiting { waiting_for: "it to go".to_owned(), look_again_ms: Some(100) });
        }
        2 if world.chance.below(6) == 0 => {
            world.refuses_undo.store(true, Ordering::Relaxed);
            return Err(Fault::permanent(FailureCode::ProviderRefused, "never"));
        }
        _ => {}
    }
    world.things.lock().unwrap().remove(&attempt.step);
    Ok(Progress::Done(json!({})))
}

/// A log that is cut off: before an entry is written, or right after.
struct CrashingLog {
    records: Mutex<Vec<Record>>,
    chance: Chance,
}

impl Log for CrashingLog {
    fn append(&self, _: &DeploymentId, at: Timestamp, entry: &Entry) -> Result<(), StorageError> {
        let crash = self.chance.below(25);
        if crash != 0 {
            let mut records = self.records.lock().unwrap();
            let id = records.len() as u64;
            // What is kept is what comes back from text.
            let entry = serde_json::from_str(&serde_json::to_string(entry).unwrap()).unwrap();
            records.push(Record { id, at, entry });
        }
        if crash <= 1 { Err(StorageError("the power is gone".to_owned())) } else { Ok(()) }
    }
}

/// A run under one seed.
struct Schedule {
    seed: u64,
    id: DeploymentId,
    world: World,
    log: CrashingLog,
    clock: SetClock,
    chance: Chance,
}

impl Schedule {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            id: DeploymentId::from_random([7; 12]),
            world: World {
                things: Mutex::default(),
                chance: Chance::new(seed, 1),
                refuses_undo: AtomicBool::new(false),
            },
            log: CrashingLog { records: Mutex::new(vec![started()]), chance: Chance::new(seed, 2) },
            clock: SetClock(AtomicI64::new(0)),
            chance: Chance::new(seed, 3),
        }
    }

    /// Runs to the end, and says that the world is as that end promises.
    fn run(&self) -> DeploymentStatus {
        let sometime = |odds| (self.chance.below(odds) == 0).then(|| self.chance.below(40));
        let (supersede_at, cancel_at) = (sometime(8), sometime(8));
        for turn in 0..10_000 {
            if supersede_at == Some(turn) {
                self.request(&Entry::Superseded { by: DeploymentId::from_random([8; 12]) });
            }
            if cancel_at == Some(turn) {
                self.request(&Entry::Cancelled { principal_id: principal(), request_id: asked_in() });
            }
            let records = self.log.records.lock().unwrap().clone();
            let run = Run::replay(&self.id, &DEFINITION, &records).unwrap();
            let advanced = advance(&DEFINITION, &self.world, &run, &self.log, &self.clock, &self.chance);
            match advanced.now_or_never().expect("nothing here waits") {
                Ok(Advanced::On) | Err(_) => self.clock.pass(1),
                // Alarms are late, and sometimes early.
                Ok(Advanced::SleepUntil(until)) => {
                    let wait = until.since(self.clock.now());
                    self.clock.pass(if self.chance.below(5) == 0 {
                        1
                    } else {
                        wait + self.chance.below(50) as i64
                    });
                }
                Ok(Advanced::Finished(DeploymentStatus::Stuck)) if self.chance.below(2) == 0 => {
                    self.request(&Entry::Retried { principal_id: principal(), request_id: asked_in() });
                }
                Ok(Advanced::Finished(status)) => return self.check(status),
            }
        }
        panic!("seed {}: the run does not end", self.seed);
    }

    /// What an operator asks for. Whoever is told that it could not be written down asks again.
    fn request(&self, entry: &Entry) {
        while self.log.append(&self.id, self.clock.now(), entry).is_err() {}
    }

    fn check(&self, status: DeploymentStatus) -> DeploymentStatus {
        let things = self.world.things.lock().unwrap();
        let seed = self.seed;
        match status {
            DeploymentStatus::Succeeded => assert_eq!(things.len(), 4, "seed {seed}"),
            DeploymentStatus::Unwound => assert!(things.is_empty(), "seed {seed}: {things:?} left"),
            DeploymentStatus::Stuck => {
                assert!(self.world.refuses_undo.load(Ordering::Relaxed), "seed {seed}");
            }
            DeploymentStatus::Superseded => {}
            other => panic!("seed {seed}: ended as {other:?}"),
        }
        let records = self.log.records.lock().unwrap().clone();
        for (index, record) in records.iter().enumerate() {
            if let Entry::StepDone { step, .. } = &record.entry {
                let intended = records[..index]
                    .iter()
                    .any(|earlier| matches!(&earlier.entry, Entry::StepIntended { step: begun, .. } if begun == step));
                assert!(intended, "seed {seed}: {step} was done without an intent");
            }
        }
        status
    }
}

fn principal() -> PrincipalId {
    PrincipalId::from_random([3; 12])
}

fn asked_in() -> RequestId {
    RequestId::from_random([4; 12])
}

fn started() -> Record {
    let entry = Entry::Started {
        saga: SagaKind::Deploy,
        version: 1,
        server_id: ServerId::from_random([1; 12]),
        organization_id: OrganizationId::from_random([2; 12]),
        principal_id: principal(),
        request_id: asked_in(),
        parameters: Value::Null,
    };
    Record { id: 0, at: Timestamp::from_millis(0), entry }
}

struct SetClock(AtomicI64);

impl SetClock {
    fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    async fn sleep(&self, _: u64) {
        panic!("the engine never waits");
    }
}

/// Chance that is the same for the same seed (splitmix64).
struct Chance(AtomicU64);

impl Chance {
    fn new(seed: u64, stream: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0xd134_2543_de82_ef95) ^ (stream << 56)))
    }

    fn below(&self, bound: u64) -> u64 {
        let random: &dyn Random = self;
        random.below(bound)
    }
}

impl Random for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
