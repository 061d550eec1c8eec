//! Time, randomness, the cache and the objects.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use noc_shared::{id::OrganizationId, time::Timestamp};
use noc_worker::{
    app::App,
    ports::{
        A_MINUTE, Cache, CacheError, Clock, Level, Limits, LogSink, ObjectStorage, Random, Row, Statement,
        StorageError, Targets, TargetsError,
    },
    targets::{Target, TargetAnswer, TargetRequest},
};
use rusqlite::Connection;

use super::database::rows;

/// When the tests begin.
const START: i64 = 1_800_000_000_000;

/// The clock and the objects. Alarms run while somebody waits, each at its own time.
pub(crate) struct World {
    now: AtomicI64,
    app: Mutex<Weak<App>>,
    objects: Mutex<BTreeMap<String, Object>>,
    running: AtomicBool,
    asked: AtomicU64,
    /// How often was asked in each minute, by whom and for what.
    counts: Mutex<BTreeMap<String, u32>>,
}

struct Object {
    storage: Arc<Storage>,
    target: Arc<Target>,
}

pub(crate) struct Storage {
    connection: Mutex<Connection>,
    alarm: Mutex<Option<Timestamp>>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            now: AtomicI64::new(START),
            app: Mutex::default(),
            objects: Mutex::default(),
            running: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            counts: Mutex::default(),
        }
    }
}

impl World {
    /// Gives the objects the app that they work with.
    pub(super) fn open(&self, app: &Arc<App>) {
        *self.app.lock().unwrap() = Arc::downgrade(app);
    }

    /// Loses every object out of memory; their storage stays.
    pub(super) fn forget_objects(&self) {
        let app = self.app.lock().unwrap().upgrade().unwrap();
        for object in self.objects.lock().unwrap().values_mut() {
            object.target = Arc::new(Target::new(Arc::clone(&app), object.storage.clone()).unwrap());
        }
    }

    /// Loses every object for good, with its storage.
    pub(super) fn lose_objects(&self) {
        self.objects.lock().unwrap().clear();
    }

    /// How often an object was asked.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// How many objects will be woken.
    pub(super) fn alarms(&self) -> usize {
        let objects = self.objects.lock().unwrap();
        objects.values().filter(|object| object.storage.alarm.lock().unwrap().is_some()).count()
    }

    /// Lets time go on without running anything: somebody inside an alarm waits.
    pub(super) fn skip(&self, millis: u64) {
        self.now.fetch_add(i64::try_from(millis).unwrap(), Ordering::Relaxed);
    }

    fn object(&self, name: &str) -> Arc<Target> {
        let app = self.app.lock().unwrap().upgrade().unwrap();
        let mut objects = self.objects.lock().unwrap();
        let object = objects.entry(name.to_owned()).or_insert_with(|| {
            let storage = Arc::new(Storage {
                connection: Mutex::new(Connection::open_in_memory().unwrap()),
                alarm: Mutex::default(),
            });
            Object { target: Arc::new(Target::new(app, storage.clone()).unwrap()), storage }
        });
        Arc::clone(&object.target)
    }

    /// Takes the earliest alarm that is due.
    fn due(&self, until: Timestamp) -> Option<(Timestamp, Arc<Target>)> {
        let objects = self.objects.lock().unwrap();
        let (at, object) = objects
            .values()
            .filter_map(|object| Some(((*object.storage.alarm.lock().unwrap())?, object)))
            .filter(|(at, _)| *at <= until)
            .min_by_key(|(at, _)| *at)?;
        *object.storage.alarm.lock().unwrap() = None;
        Some((at, Arc::clone(&object.target)))
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    async fn sleep(&self, millis: u64) {
        // Others get their turn, as they do on the platform.
        tokio::task::yield_now().await;
        if self.running.swap(true, Ordering::Relaxed) {
            return self.skip(millis);
        }
        let until = self.now().plus(i64::try_from(millis).unwrap());
        while let Some((at, target)) = self.due(until) {
            self.now.fetch_max(at.millis(), Ordering::Relaxed);
            target.alarm().await.unwrap();
        }
        self.now.fetch_max(until.millis(), Ordering::Relaxed);
        self.running.store(false, Ordering::Relaxed);
    }
}

#[async_trait]
impl Limits for World {
    async fn allows(&self, key: &str) -> bool {
        let mut counts = self.counts.lock().unwrap();
        let minute = self.now().millis() / 60_000;
        let count = counts.entry(format!("{minute} {key}")).or_insert(0);
        *count += 1;
        *count <= A_MINUTE
    }
}

#[async_trait]
impl Targets for World {
    async fn ask(
        &self,
        organization: &OrganizationId,
        name: &str,
        request: TargetRequest,
    ) -> Result<TargetAnswer, TargetsError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        // What goes to an object goes as JSON.
        let request = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
        let answer = self.object(&format!("{organization}/{name}")).handle(request).await;
        Ok(serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap())
    }
}

#[async_trait]
impl ObjectStorage for Storage {
    fn run(&self, statement: Statement) -> Result<Vec<Row>, StorageError> {
        rows(&self.connection.lock().unwrap(), &statement).map_err(|error| StorageError(error.to_string()))
    }

    async fn set_alarm(&self, at: Timestamp) -> Result<(), StorageError> {
        *self.alarm.lock().unwrap() = Some(at);
        Ok(())
    }

    async fn delete_alarm(&self) -> Result<(), StorageError> {
        *self.alarm.lock().unwrap() = None;
        Ok(())
    }
}

/// Randomness that is the same in every run.
#[derive(Default)]
pub(super) struct Seeded(AtomicU64);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8;
        }
    }
}

/// A cache that keeps what it is given, for as long as the test runs.
#[derive(Default)]
pub(super) struct Forgetful(Mutex<BTreeMap<String, String>>);

#[async_trait]
impl Cache for Forgetful {
    async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn put(&self, key: &str, value: String, _: u64) -> Result<(), CacheError> {
        self.0.lock().unwrap().insert(key.to_owned(), value);
        Ok(())
    }
}

/// Log lines, for reading.
pub(crate) struct Collected(pub(super) Mutex<Vec<String>>);

impl Collected {
    pub(crate) fn all(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl LogSink for Collected {
    fn write(&self, _: Level, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}
