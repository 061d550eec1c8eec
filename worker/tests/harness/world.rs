//! A platform in virtual time that can lose its objects.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::FutureExt as _;
use noc_shared::{
    id::{DeploymentId, OrganizationId},
    time::Timestamp,
};
use noc_simulator::{Request, Settings, Simulator};
use noc_worker::{
    api::Responder,
    app::{App, Parts},
    config::Config,
    log::Log,
    ports::{
        Cache, CacheError, Clock, Database as _, Http, HttpError, HttpRequest, HttpResponse, Level, LogSink,
        Param, Random, Row, Statement, StorageError, Targets, TargetsError,
    },
    saga::{Entry, Record},
    servers::Sagas,
    targets::{Target, TargetAnswer, TargetRequest},
};
use rusqlite::{Connection, config::DbConfig};

use super::{
    client::{Asked, Crowd},
    database::{Sqlite, migrated, rows},
    moment::{Disturbance, Moment, Resume, Scope, Site, Wish},
    ports::{Ports, answered, simulated},
    process::Process,
    weather::{Fair, Weather},
};

/// When every run begins.
pub(crate) const START: i64 = 1_800_000_000_000;

/// How long the platform waits until it delivers an alarm again whose handler failed.
const ALARM_AGAIN_MS: i64 = 2_000;

/// A rule that is broken on purpose.
#[derive(Clone, Copy)]
pub(crate) struct Mutation {
    /// The intent is written after the call instead of before.
    pub(crate) records_after_the_call: bool,
    /// The sagas.
    pub(crate) sagas: Sagas,
}

impl Default for Mutation {
    fn default() -> Self {
        Self { records_after_the_call: false, sagas: noc_worker::servers::SAGAS }
    }
}

/// A platform with everything on it. It is made once and used for many runs.
pub(crate) struct World {
    me: Weak<World>,
    now: AtomicI64,
    seed: AtomicU64,
    settings: Settings,
    pub(crate) simulator: Simulator,
    pub(crate) database: Arc<Sqlite>,
    cache: Mutex<BTreeMap<String, String>>,
    /// What the cache has when a run begins: catalog and zone, which an hour and a day are long enough for.
    warm: Mutex<BTreeMap<String, String>>,
    config: Config,
    front: Mutex<Option<Responder>>,
    kept: Mutex<Vec<Arc<Kept>>>,
    objects: Mutex<BTreeMap<String, Object>>,
    mutation: Mutex<Mutation>,
    weather: Mutex<Box<dyn Weather>>,
    trace: Mutex<Vec<Moment>>,
    later: Mutex<Vec<(Timestamp, Request)>>,
    /// Who is away, and until when.
    away: Mutex<BTreeMap<String, Timestamp>>,
    /// Wishes that were told, and not yet met.
    pub(crate) wishes: Mutex<Vec<(Timestamp, Asked)>>,
    pub(crate) crowd: Mutex<Crowd>,
    /// Whether a droplet may have been made since the last look.
    pub(crate) made: AtomicBool,
    /// Whether there is an object that only a request wakes.
    asleep: AtomicBool,
    /// Whether NOC has told the database to give up a reservation.
    released: AtomicBool,
    violations: Mutex<Vec<String>>,
    lines: Mutex<Vec<String>>,
    pub(crate) verbose: AtomicBool,
}

struct Object {
    kept: Arc<Kept>,
    process: Arc<Process>,
    target: Arc<Target>,
}

/// What survives of an object.
pub(crate) struct Kept {
    connection: Mutex<Connection>,
    /// The saga of each run that has been asked for.
    sagas: Mutex<BTreeMap<String, String>>,
    alarm: Mutex<Option<Timestamp>>,
    running: AtomicBool,
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        let settings = Settings { address_after_ms: 3_000, delete_after_ms: 2_500, ..Settings::default() };
        let config = Config::read(|name| setting(&settings, name));
        let world = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            now: AtomicI64::new(START),
            seed: AtomicU64::new(0),
            simulator: Simulator::new(settings.clone()),
            settings,
            database: Arc::new(Sqlite::new(quick(migrated()))),
            cache: Mutex::default(),
            warm: Mutex::default(),
            config,
            front: Mutex::default(),
            kept: Mutex::default(),
            objects: Mutex::default(),
            mutation: Mutex::default(),
            weather: Mutex::new(Box::new(Fair)),
            trace: Mutex::default(),
            later: Mutex::default(),
            away: Mutex::default(),
            wishes: Mutex::default(),
            crowd: Mutex::default(),
            made: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
            released: AtomicBool::new(false),
            violations: Mutex::default(),
            lines: Mutex::default(),
            verbose: AtomicBool::new(false),
        });
        let front = world.app(Arc::new(Front(Arc::clone(&world))), world.database.clone());
        *world.front.lock().unwrap() = Some(Responder::new(Arc::new(front)));
        // A deploy looks up all that there is to look up.
        super::client::ask_for(&world, Wish::Deploy);
        *world.warm.lock().unwrap() = world.cache.lock().unwrap().clone();
        world
    }

    /// Begins anew, as if nothing had ever happened but that somebody looked at catalog and zone.
    pub(crate) fn reset(&self, seed: u64, mutation: Mutation) {
        for (_, object) in std::mem::take(&mut *self.objects.lock().unwrap()) {
            object.kept.wipe();
            self.kept.lock().unwrap().push(object.kept);
        }
        let wipe = [
            "drifts",
            "orphans",
            "server_samples",
            "server_projects",
            "servers",
            "domains",
            "idempotency_keys",
            "deployments",
        ]
        .map(|table| Statement::new(format!("DELETE FROM {table}"), []));
        self.database.batch(wipe.into()).now_or_never().unwrap().unwrap();
        self.simulator.update_settings(|settings| settings.clone_from(&self.settings));
        self.simulator.reset();
        self.cache.lock().unwrap().clone_from(&self.warm.lock().unwrap());
        self.now.store(START, Ordering::Relaxed);
        self.seed.store(seed.wrapping_mul(0xd134_2543_de82_ef95), Ordering::Relaxed);
        *self.mutation.lock().unwrap() = mutation;
        *self.weather.lock().unwrap() = Box::new(Fair);
        self.trace.lock().unwrap().clear();
        self.later.lock().unwrap().clear();
        self.away.lock().unwrap().clear();
        self.wishes.lock().unwrap().clear();
        *self.crowd.lock().unwrap() = Crowd::default();
        self.violations.lock().unwrap().clear();
        self.lines.lock().unwrap().clear();
        self.made.store(false, Ordering::Relaxed);
        self.asleep.store(false, Ordering::Relaxed);
        self.released.store(false, Ordering::Relaxed);
    }

    /// From now on, this decides what happens; moments are counted anew.
    pub(crate) fn set_weather(&self, weather: Box<dyn Weather>) {
        self.trace.lock().unwrap().clear();
        *self.weather.lock().unwrap() = weather;
    }

    /// The moments since the weather was set.
    pub(crate) fn trace(&self) -> Vec<Moment> {
        self.trace.lock().unwrap().clone()
    }

    pub(super) fn mutation(&self) -> Mutation {
        *self.mutation.lock().unwrap()
    }

    /// What happens at this moment.
    pub(super) fn at(&self, moment: Moment) -> Option<Disturbance> {
        let mut trace = self.trace.lock().unwrap();
        let disturbance = self.weather.lock().unwrap().at(trace.len(), &moment);
        if self.verbose.load(Ordering::Relaxed) {
            let what = disturbance.as_ref().map(|disturbance| format!("  <== {disturbance:?}"));
            let line = format!(
                "{:>9} #{:<4} {moment}{}",
                self.now().millis() - START,
                trace.len(),
                what.unwrap_or_default()
            );
            self.lines.lock().unwrap().push(line);
        }
        trace.push(moment);
        disturbance
    }

    /// Something happened that must not.
    pub(crate) fn violated(&self, what: String) {
        self.violations.lock().unwrap().push(what);
    }

    /// What happened that must not.
    pub(crate) fn violation(&self) -> Option<String> {
        self.violations.lock().unwrap().first().cloned()
    }

    /// What was logged, if anybody wants to know.
    pub(crate) fn lines(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// The answer of the providers, which takes the time that it takes.
    pub(super) fn call(&self, request: &Request, timeout_ms: u64) -> Result<HttpResponse, HttpError> {
        let handled = self.handle(request);
        if handled.delay_ms >= timeout_ms {
            self.pass(i64::try_from(timeout_ms).unwrap());
            return Err(HttpError::Timeout);
        }
        self.pass(i64::try_from(handled.delay_ms).unwrap());
        answered(handled)
    }

    /// Has a provider do something later, when nobody waits for it any more.
    pub(super) fn call_later(&self, millis: u64, request: Request) {
        self.later.lock().unwrap().push((self.now().plus(i64::try_from(millis).unwrap()), request));
    }

    /// Somebody is away from now on, for a while.
    pub(super) fn set_away(&self, who: &str, millis: i64) {
        self.away.lock().unwrap().insert(who.to_owned(), self.now().plus(millis));
    }

    /// Whether somebody is away.
    pub(super) fn is_away(&self, who: &str) -> bool {
        self.away.lock().unwrap().get(who).is_some_and(|until| self.now() < *until)
    }

    /// Whether somebody was away at some time.
    pub(crate) fn was_away(&self, who: &str) -> bool {
        self.away.lock().unwrap().contains_key(who)
    }

    fn handle(&self, request: &Request) -> noc_simulator::Handled {
        self.catch_up();
        if request.method == "POST" {
            self.made.store(true, Ordering::Relaxed);
        }
        self.simulator.handle(u64::try_from(self.now().millis()).unwrap(), request)
    }

    /// Has the providers do what they were to do until now.
    pub(crate) fn catch_up(&self) {
        let now = self.now();
        loop {
            let mut later = self.later.lock().unwrap();
            let due =
                later.iter().enumerate().filter(|(_, (at, _))| *at <= now).min_by_key(|(_, (at, _))| *at);
            let Some((index, _)) = due else { return };
            let (at, request) = later.remove(index);
            drop(later);
            self.simulator.handle(u64::try_from(at.millis()).unwrap(), &request);
            self.made.store(true, Ordering::Relaxed);
        }
    }

    /// When a provider does something that nobody waits for.
    pub(crate) fn next_late_work(&self) -> Option<Timestamp> {
        self.later.lock().unwrap().iter().map(|(at, _)| *at).min()
    }

    fn app(&self, http: Arc<dyn Http>, database: Arc<dyn noc_worker::ports::Database>) -> App {
        let me = self.me.upgrade().unwrap();
        App::new(Parts {
            cache: me.clone(),
            clock: me.clone(),
            config: self.config.clone(),
            database,
            http,
            log: Log::new(me.clone(), me.clone()),
            random: me.clone(),
            targets: me,
        })
    }

    /// Answers a request from outside.
    pub(crate) fn respond(&self, request: http::Request<axum::body::Body>) -> (u16, serde_json::Value) {
        use http_body_util::BodyExt as _;
        let front = self.front.lock().unwrap().clone().unwrap();
        let response = front.respond(request).now_or_never().expect("nobody waits");
        let (parts, body) = response.into_parts();
        let body = body.collect().now_or_never().unwrap().unwrap().to_bytes();
        (parts.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The object of this name, alive: one that was lost is constructed again.
    fn object(&self, name: &str) -> (Arc<Target>, Arc<Process>, Arc<Kept>) {
        let mut objects = self.objects.lock().unwrap();
        if let Some(object) = objects.get(name)
            && object.process.is_alive()
        {
            return (Arc::clone(&object.target), Arc::clone(&object.process), Arc::clone(&object.kept));
        }
        let kept = match objects.remove(name) {
            Some(object) => object.kept,
            None => self.kept.lock().unwrap().pop().unwrap_or_else(|| Arc::new(Kept::new())),
        };
        let process = Arc::new(Process::new());
        let ports = Arc::new(Ports {
            world: self.me.upgrade().unwrap(),
            process: Arc::clone(&process),
            kept: Arc::clone(&kept),
        });
        let app = Arc::new(self.app(ports.clone(), ports.clone()));
        let target = Arc::new(Target::with_sagas(app, ports, self.mutation().sagas).unwrap());
        let object =
            Object { kept: Arc::clone(&kept), process: Arc::clone(&process), target: Arc::clone(&target) };
        objects.insert(name.to_owned(), object);
        (target, process, kept)
    }

    /// What the platform does when an object is lost.
    pub(super) fn lost(&self, kept: &Kept, resume: Resume) {
        let mut alarm = kept.alarm.lock().unwrap();
        let running = kept.running.load(Ordering::Relaxed);
        match resume {
            Resume::Nothing => {
                *alarm = None;
                self.sleeps();
            }
            // The platform does not forget an alarm whose handler did not come to its end.
            Resume::Guard if running && alarm.is_some() => {}
            Resume::Again | Resume::Guard if running => {
                let again = self.now().plus(ALARM_AGAIN_MS);
                *alarm = Some(alarm.map_or(again, |at| at.min(again)));
            }
            Resume::Again | Resume::Guard => {}
        }
    }

    /// Whether there is an object that only a request wakes; asking resets it.
    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.swap(false, Ordering::Relaxed)
    }

    /// NOC tells the database to give up a reservation.
    pub(super) fn releases(&self) {
        self.released.store(true, Ordering::Relaxed);
    }

    /// Whether it was told so.
    pub(crate) fn has_released(&self) -> bool {
        self.released.load(Ordering::Relaxed)
    }

    /// From now on there is an object that only a request wakes.
    pub(crate) fn sleeps(&self) {
        self.asleep.store(true, Ordering::Relaxed);
    }

    /// Loses every object out of memory.
    pub(crate) fn evict(&self) {
        for object in self.objects.lock().unwrap().values() {
            object.process.kill();
        }
    }

    /// When the next alarm is due.
    pub(crate) fn next_alarm(&self) -> Option<Timestamp> {
        let objects = self.objects.lock().unwrap();
        objects.values().filter_map(|object| *object.kept.alarm.lock().unwrap()).min()
    }

    /// Delivers the alarm that is due.
    pub(crate) fn deliver_alarm(&self) {
        let now = self.now();
        let name = {
            let objects = self.objects.lock().unwrap();
            let due = objects
                .iter()
                .find(|(_, object)| object.kept.alarm.lock().unwrap().is_some_and(|at| at <= now));
            let Some((name, object)) = due else { return };
            *object.kept.alarm.lock().unwrap() = None;
            name.clone()
        };
        let moment = Moment { scope: Scope::Alarm, site: Site::Alarm };
        match self.at(moment) {
            None => self.run_alarm(&name),
            Some(Disturbance::Twice) => {
                self.run_alarm(&name);
                self.run_alarm(&name);
            }
            Some(Disturbance::Delayed(millis)) => {
                self.pass(millis);
                self.run_alarm(&name);
            }
            Some(Disturbance::Lost) => {
                self.evict();
                self.sleeps();
            }
            Some(other) => panic!("{other:?} cannot happen to an alarm"),
        }
    }

    fn run_alarm(&self, name: &str) {
        let (target, process, kept) = self.object(name);
        process.enter(Scope::Alarm);
        kept.running.store(true, Ordering::Relaxed);
        let result = target.alarm().now_or_never();
        kept.running.store(false, Ordering::Relaxed);
        match result {
            Some(Ok(())) => {}
            Some(Err(_)) | None if !process.is_alive() => {}
            Some(Err(_)) => {
                let again = self.now().plus(ALARM_AGAIN_MS);
                let mut alarm = kept.alarm.lock().unwrap();
                *alarm = Some(alarm.map_or(again, |at| at.min(again)));
            }
            None => panic!("an alarm waits for something that does not come"),
        }
    }

    /// Lets time go on.
    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    pub(crate) fn pass_until(&self, at: Timestamp) {
        self.now.fetch_max(at.millis(), Ordering::Relaxed);
    }

    /// What an object has kept.
    pub(crate) fn kept(&self, name: &str) -> Option<Arc<Kept>> {
        self.objects.lock().unwrap().get(name).map(|object| Arc::clone(&object.kept))
    }

    /// Somebody asks, while an object waits for an answer.
    pub(super) fn ask_for(&self, wish: Wish) {
        super::client::ask_for(&self.me.upgrade().unwrap(), wish);
    }
}

impl Kept {
    fn new() -> Self {
        let connection = quick(Connection::open_in_memory().unwrap());
        // Nothing here fails in the middle of a statement.
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA temp_store = MEMORY").unwrap();
        Self {
            connection: Mutex::new(connection),
            sagas: Mutex::default(),
            alarm: Mutex::default(),
            running: AtomicBool::new(false),
        }
    }

    fn wipe(&self) {
        for table in ["story", "agents", "samples", "commands", "meta", "sqlite_sequence"] {
            self.run(&Statement::new(format!("DELETE FROM {table}"), [])).unwrap();
        }
        self.set_alarm(None);
        self.sagas.lock().unwrap().clear();
        self.running.store(false, Ordering::Relaxed);
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap()
    }

    pub(crate) fn run(&self, statement: &Statement) -> Result<Vec<Row>, StorageError> {
        rows(&self.connection(), statement).map_err(|error| StorageError(error.to_string()))
    }

    pub(crate) fn set_alarm(&self, at: Option<Timestamp>) {
        *self.alarm.lock().unwrap() = at;
    }

    /// The runs, oldest first: each with its saga, and whether it has ended.
    pub(crate) fn runs(&self) -> Vec<(DeploymentId, Entry, bool)> {
        let sql = "SELECT begun.deployment_id AS id, begun.body AS body,
                (SELECT mark FROM story AS last
                 WHERE mark IN ('end', 'reopen') AND last.deployment_id = begun.deployment_id
                 ORDER BY last.id DESC LIMIT 1) AS mark
            FROM story AS begun WHERE begun.mark = 'begin' ORDER BY begun.id";
        let rows = self.run(&Statement::new(sql, [])).unwrap();
        rows.iter()
            .map(|row| {
                let id = DeploymentId::parse(row["id"].as_str().unwrap()).unwrap();
                let entry = serde_json::from_str(row["body"].as_str().unwrap()).unwrap();
                (id, entry, row["mark"] == "end")
            })
            .collect()
    }

    /// The log of a run.
    pub(crate) fn log(&self, id: &DeploymentId) -> Vec<Record> {
        let sql = "SELECT id, at, body FROM story WHERE deployment_id = ?1 ORDER BY id";
        let rows = self.run(&Statement::new(sql, [Param::from(id.as_str())])).unwrap();
        rows.iter()
            .map(|row| Record {
                id: row["id"].as_u64().unwrap(),
                at: Timestamp::from_millis(row["at"].as_i64().unwrap()),
                entry: serde_json::from_str(row["body"].as_str().unwrap()).unwrap(),
            })
            .collect()
    }

    /// The saga of the run that an entry is written for.
    pub(super) fn saga_of(&self, statement: &Statement) -> String {
        let id = statement.params.iter().rev().find_map(|param| match param {
            Param::Text(text) if text.starts_with("dep_") => Some(text),
            _ => None,
        });
        let id = id.expect("an entry is written for a run");
        let mut sagas = self.sagas.lock().unwrap();
        if let Some(saga) = sagas.get(id) {
            return saga.clone();
        }
        let sql = "SELECT json_extract(body, '$.started.saga') AS saga FROM story
            WHERE mark = 'begin' AND deployment_id = ?1";
        let rows = self.run(&Statement::new(sql, [Param::from(id.as_str())])).unwrap();
        let saga = rows[0]["saga"].as_str().unwrap().to_owned();
        sagas.insert(id.clone(), saga.clone());
        saga
    }
}

/// Statements are prepared once: there are some dozens, and planning one again for each value takes as long as running it.
fn quick(connection: Connection) -> Connection {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
    connection
}

#[async_trait]
impl Targets for World {
    async fn ask(
        &self,
        organization: &OrganizationId,
        name: &str,
        request: TargetRequest,
    ) -> Result<TargetAnswer, TargetsError> {
        let (target, process, _) = self.object(&format!("{organization}/{name}"));
        let before = process.enter(Scope::Request);
        let answer = target.handle(request).now_or_never();
        process.enter(before);
        match answer {
            Some(answer) if process.is_alive() => Ok(answer),
            _ if !process.is_alive() => Err(TargetsError("the object was lost".to_owned())),
            _ => panic!("a request waits for something that does not come"),
        }
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    async fn sleep(&self, millis: u64) {
        self.pass(i64::try_from(millis).unwrap());
    }
}

impl Random for World {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let state = self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

#[async_trait]
impl Cache for World {
    async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        Ok(self.cache.lock().unwrap().get(key).cloned())
    }

    async fn put(&self, key: &str, value: String, _: u64) -> Result<(), CacheError> {
        self.cache.lock().unwrap().insert(key.to_owned(), value);
        Ok(())
    }
}

impl LogSink for World {
    fn write(&self, _: Level, line: &str) {
        if self.verbose.load(Ordering::Relaxed) {
            self.lines.lock().unwrap().push(line.to_owned());
        }
    }
}

/// HTTP as the Worker has it outside of any object: it is not what is tested here, and never fails.
struct Front(Arc<World>);

#[async_trait]
impl Http for Front {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let timeout_ms = request.timeout_ms;
        self.0.call(&simulated(request), timeout_ms)
    }
}

fn setting(settings: &Settings, name: &str) -> Option<String> {
    Some(match name {
        "CLOUDFLARE_API_TOKEN" => settings.cloudflare_token.clone(),
        "CLOUDFLARE_API_URL" => "http://simulator/cloudflare/client/v4".to_owned(),
        "CLOUDFLARE_ZONE_ID" => settings.zone_id.clone(),
        "DIGITALOCEAN_API_URL" => "http://simulator/digitalocean/v2".to_owned(),
        "DIGITALOCEAN_TOKEN" => settings.digitalocean_token.clone(),
        "INFISICAL_API_URL" => "http://simulator/infisical/api".to_owned(),
        "INFISICAL_CLIENT_ID" => settings.infisical_client_id.clone(),
        "INFISICAL_CLIENT_SECRET" => settings.infisical_client_secret.clone(),
        "INFISICAL_PROJECT_ID" => settings.infisical_project_id.clone(),
        "NOC_MASTER_KEY" => STANDARD.encode([42; 32]),
        _ => return None,
    })
}
