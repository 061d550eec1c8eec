//! Logs of finished runs, kept per version of each saga. A change that would have a running deployment go on differently
//! after an upgrade decides differently somewhere in one of them, or asks the providers something else, and needs a new
//! version of the saga instead.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Once},
};

use noc_shared::{
    deployments::{DeploymentStatus, SagaKind},
    id::DeploymentId,
    time::Timestamp,
};
use noc_simulator::Effect;
use noc_worker::{
    saga::{Decision, Definition, Entry, Record, Run, decide},
    servers::{SAGAS, Work},
};
use serde::{Deserialize, Serialize};

use super::{
    calls::Calls,
    case::{CASES, Case},
    client::{self, NAME, ORGANIZATION},
    moment::{Disturbance, Moment, Resume, Site, Wish},
    weather::{Aim, Fair},
    world::{Mutation, World},
};

/// A log as it is kept.
#[derive(Serialize, Deserialize)]
struct Recorded {
    saga: SagaKind,
    version: u32,
    id: DeploymentId,
    records: Vec<Line>,
}

/// An entry, and what is decided when it is the last one.
#[derive(Serialize, Deserialize)]
struct Line {
    id: u64,
    at: Timestamp,
    entry: Entry,
    /// At once.
    then: String,
    /// When nobody was awake for an hour.
    an_hour_later: String,
}

/// The tests here read what is recorded, and the first of them records what is missing.
static RECORDED: Once = Once::new();

#[test]
fn every_recorded_log_is_decided_as_it_was() {
    RECORDED.call_once(for_each_version_and_each_end_there_is_one);
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let what = path.display();
        let recorded: Recorded = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let definition = SAGAS.find(recorded.saga, recorded.version);
        let definition = definition.unwrap_or_else(|| panic!("{what}: there is no such saga any more"));
        let records: Vec<Record> = (recorded.records.iter())
            .map(|line| Record { id: line.id, at: line.at, entry: line.entry.clone() })
            .collect();
        for (index, line) in recorded.records.iter().enumerate() {
            let (then, an_hour_later) = decided(&recorded.id, definition, &records[..=index]);
            assert_eq!((&line.then, &line.an_hour_later), (&then, &an_hour_later), "{what}, entry {index}");
        }
    }
}

#[test]
fn every_attempt_of_a_recorded_run_asks_the_providers_what_it_asked() {
    RECORDED.call_once(for_each_version_and_each_end_there_is_one);
    let world = World::new();
    for file in fs::read_dir(folder().join("calls")).unwrap() {
        let path = file.unwrap().path();
        let calls: Calls = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        if let Err(error) = calls.replay(&world) {
            panic!("{}, {error}\nCONTRIBUTING.md says what to do, in `How to change a saga`", path.display());
        }
    }
}

/// Logs that are missing are recorded; one that is there is never written again.
fn for_each_version_and_each_end_there_is_one() {
    let world = World::new();
    for (name, saga, log, calls) in runs(&world) {
        let definition = SAGAS.find(saga, SAGAS.newest_version(saga).unwrap()).unwrap();
        let path = folder().join(format!("{}.v{}.{name}.json", saga.as_str(), definition.version));
        let calls_path = folder().join("calls").join(path.file_name().unwrap());
        for (path, text) in [(path, text(definition, log)), (calls_path, calls.text())] {
            if path.exists() {
                continue;
            }
            assert!(std::env::var_os("UPDATE_SNAPSHOTS").is_some(), "{} is missing", path.display());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        }
    }
}

/// The log of a run.
type RunLog = (DeploymentId, Vec<Record>);

/// A run of each kind, with its log and what its steps have asked.
fn runs(world: &Arc<World>) -> Vec<(&'static str, SagaKind, RunLog, Calls)> {
    let [deploy, silent, destroy, repair, adopt, silent_adopt] = &CASES;
    let delete =
        |moment: &Moment| matches!(&moment.site, Site::Call(call) if call.contains("DELETE /droplets"));
    let create =
        |moment: &Moment| matches!(&moment.site, Site::Call(call) if call.contains("POST /droplets"));
    let change = |moment: &Moment| matches!(&moment.site, Site::Call(call) if call.contains("/batch"));
    let refused = || Some(Disturbance::Provider(Effect::status(403)));
    let lost = || Some(Disturbance::CrashAfter(Resume::Again));
    let meanwhile = |wish| Some(Disturbance::Meanwhile(wish));
    type Hit<'a> = (&'a dyn Fn(&Moment) -> bool, Option<Disturbance>);
    let nothing: Hit<'_> = (&|_| false, None);
    use DeploymentStatus::{Stuck, Succeeded, Superseded, Unwound};
    let wanted: [(&str, &Case, Hit<'_>, bool, DeploymentStatus); 15] = [
        ("succeeded", deploy, nothing.clone(), false, Succeeded),
        ("succeeded_after_a_crash", deploy, (&create, lost()), false, Succeeded),
        ("unwound", silent, nothing.clone(), false, Unwound),
        ("cancelled", deploy, (&create, meanwhile(Wish::Cancel)), false, Unwound),
        ("stuck", silent, (&delete, refused()), false, Stuck),
        ("stuck_and_retried", silent, (&delete, refused()), true, Unwound),
        ("superseded", deploy, (&create, meanwhile(Wish::Destroy)), false, Superseded),
        ("succeeded", destroy, nothing.clone(), false, Succeeded),
        ("stuck", destroy, (&delete, refused()), false, Stuck),
        ("stuck_and_retried", destroy, (&delete, refused()), true, Succeeded),
        ("succeeded", repair, nothing.clone(), false, Succeeded),
        ("stuck", repair, (&change, refused()), false, Stuck),
        ("stuck_and_retried", repair, (&change, refused()), true, Succeeded),
        ("succeeded", adopt, nothing.clone(), false, Succeeded),
        ("unwound", silent_adopt, nothing, false, Unwound),
    ];
    let mut logs = Vec::new();
    for (name, case, (place, disturbance), is_retried, end) in wanted {
        let base = case.begin(world, Mutation::default(), &[]).unwrap();
        let aims: Vec<Aim> = disturbance
            .map(|disturbance| {
                let index = base.trace.iter().position(place).unwrap();
                Aim { index, moment: base.trace[index].clone(), disturbance }
            })
            .into_iter()
            .collect();
        world.keep_exchanges();
        let ran = case.begin(world, Mutation::default(), &aims).unwrap();
        if is_retried {
            world.set_weather(Box::new(Fair));
            client::ask_for(world, Wish::Retry);
            world.run_until_quiet().unwrap();
        }
        let exchanges = world.exchanges();
        let id = world.runs()[ran.before].clone();
        let kept = world.kept(&format!("{ORGANIZATION}/{NAME}")).unwrap();
        let log = kept.log(&id);
        let made_by = (ran.before > 0).then(|| world.runs()[ran.before - 1].clone());
        let made_by = made_by.map(|id| (id.clone(), kept.log(&id)));
        let calls = Calls::of((id.clone(), log.clone()), made_by, exchanges);
        let Some(Entry::Finished { status }) = log.last().map(|record| &record.entry) else {
            panic!("{name}: the log does not end")
        };
        assert_eq!(*status, end, "{name}");
        logs.push((name, case.saga, (id, log), calls));
    }
    logs
}

fn text(definition: &Definition<Work>, (id, records): (DeploymentId, Vec<Record>)) -> String {
    let line = |index: usize| {
        let Record { id: place, at, entry } = records[index].clone();
        let (then, an_hour_later) = decided(&id, definition, &records[..=index]);
        Line { id: place, at, entry, then, an_hour_later }
    };
    let lines = (0..records.len()).map(line).collect();
    let recorded =
        Recorded { saga: definition.kind, version: definition.version, id: id.clone(), records: lines };
    serde_json::to_string_pretty(&recorded).unwrap() + "\n"
}

/// What is decided after these entries: at once, and when nobody was awake for an hour.
fn decided(id: &DeploymentId, definition: &Definition<Work>, records: &[Record]) -> (String, String) {
    let run = Run::replay(id, definition, records).expect("the log begins as one of this saga");
    let at = records.last().unwrap().at;
    let name = |index: usize| definition.steps[index].name;
    let words = |now: Timestamp| match decide(&run, now) {
        Decision::Act(index) => format!("act {}", name(index)),
        Decision::GiveUp(index) => format!("give up {}", name(index)),
        Decision::Undo(index) => format!("undo {}", name(index)),
        Decision::GiveUpUndo(index) => format!("give up the undo of {}", name(index)),
        Decision::Finish(status) => format!("finish {}", status.as_str()),
        Decision::Sleep(until) => format!("sleep until {until}"),
        Decision::Nothing => "nothing".to_owned(),
    };
    (words(at), words(at.plus(3_600_000)))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/harness/logs")
}
