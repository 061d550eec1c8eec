//! A platform in virtual time that can lose its objects.

mod kept;
mod objects;
mod platform;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use futures_util::FutureExt as _;
use noc_shared::time::Timestamp;
use noc_simulator::{Request, Settings, Simulator};
use noc_worker::{
    api::Responder,
    app::{App, Parts},
    config::Config,
    log::Log,
    ports::{Clock as _, Database as _, Http, HttpError, HttpResponse, Statement},
    servers::Sagas,
};

pub(super) use self::kept::Kept;
use self::{
    kept::quick,
    objects::Object,
    platform::{Front, Unlimited, setting},
};
use super::{
    calls::Exchange,
    client::{Asked, Crowd},
    database::{Sqlite, migrated},
    moment::{Disturbance, Moment, Wish},
    people::first_owner_with_token,
    ports::answered,
    weather::{Fair, Weather},
};

/// When every run begins.
pub(crate) const START: i64 = 1_800_000_000_000;

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
    /// What every request from outside brings.
    bearer: String,
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
    /// What the steps have asked the providers, by the place of the intent, if anybody wants to know.
    exchanges: Mutex<Option<BTreeMap<u64, Vec<Exchange>>>>,
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        let settings = Settings { address_after_ms: 3_000, delete_after_ms: 2_500, ..Settings::default() };
        let config = Config::read(|name| setting(&settings, name));
        let connection = migrated();
        let token = first_owner_with_token(&connection);
        let world = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            now: AtomicI64::new(START),
            seed: AtomicU64::new(0),
            simulator: Simulator::new(settings.clone()),
            settings,
            database: Arc::new(Sqlite::new(quick(connection))),
            bearer: format!("Bearer {token}"),
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
            exchanges: Mutex::default(),
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
            "drift_repairs",
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

    /// From now on, what the steps ask is kept.
    pub(crate) fn keep_exchanges(&self) {
        *self.exchanges.lock().unwrap() = Some(BTreeMap::new());
    }

    /// What the steps have asked since then.
    pub(crate) fn exchanges(&self) -> BTreeMap<u64, Vec<Exchange>> {
        self.exchanges.lock().unwrap().take().unwrap_or_default()
    }

    /// Keeps what an attempt asks, with its answer when that is there.
    pub(super) fn exchanged(&self, intent: u64, change: impl FnOnce(&mut Vec<Exchange>)) {
        if let Some(exchanges) = &mut *self.exchanges.lock().unwrap() {
            change(exchanges.entry(intent).or_default());
        }
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

    pub(super) fn app(&self, http: Arc<dyn Http>, database: Arc<dyn noc_worker::ports::Database>) -> App {
        let me = self.me.upgrade().unwrap();
        App::new(Parts {
            cache: me.clone(),
            clock: me.clone(),
            config: self.config.clone(),
            database,
            http,
            log: Log::new(me.clone(), me.clone()),
            random: me.clone(),
            limits: Arc::new(Unlimited),
            signatures: me.clone(),
            targets: me,
        })
    }

    /// Answers a request from outside.
    pub(crate) fn respond(&self, mut request: http::Request<axum::body::Body>) -> (u16, serde_json::Value) {
        use http_body_util::BodyExt as _;
        let front = self.front.lock().unwrap().clone().unwrap();
        request.headers_mut().insert("authorization", self.bearer.parse().unwrap());
        let response = front.respond(request).now_or_never().expect("nobody waits");
        let (parts, body) = response.into_parts();
        let body = body.collect().now_or_never().unwrap().unwrap().to_bytes();
        (parts.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
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
