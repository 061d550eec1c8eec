//! What an object sees of the outside. All of it stops when the object is lost.

use std::sync::{Arc, atomic::Ordering};

use async_trait::async_trait;
use noc_shared::time::Timestamp;
use noc_simulator::{Connection, Fault, Match, Request};
use noc_worker::ports::{
    Authorization, Database, DatabaseError, Http, HttpError, HttpRequest, HttpResponse, ObjectStorage, Param,
    Row, Statement, StorageError,
};
use serde_json::{Map, Value};

use super::{
    calls::Exchange,
    moment::{Disturbance, Moment, Resume, Scope, Site},
    process::Process,
    world::{Kept, World},
};

/// The shared database, among those who may be away.
pub(crate) const DATABASE: &str = "database";

/// The ports of one life of an object.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) world: Arc<World>,
    pub(crate) process: Arc<Process>,
    pub(crate) kept: Arc<Kept>,
}

impl Ports {
    /// What happens now, with what everybody does alike already done: the object is lost, or somebody asks.
    fn at(&self, site: Site) -> Option<Disturbance> {
        let moment = Moment { scope: self.process.scope(), site };
        self.world.at(moment)
    }

    fn lose(&self, resume: Resume) {
        self.process.kill();
        self.world.lost(&self.kept, resume);
    }

    fn misaimed(&self, site: &Site, disturbance: &Disturbance) -> ! {
        panic!("{disturbance:?} cannot happen at {site}")
    }
}

#[async_trait]
impl ObjectStorage for Ports {
    fn run(&self, statement: Statement) -> Result<Vec<Row>, StorageError> {
        let gone = || StorageError("the object is lost".to_owned());
        if !self.process.is_alive() {
            return Err(gone());
        }
        let Some(site) = self.site_of(&statement) else { return self.kept.run(&statement) };
        match self.at(site.clone()) {
            None => self.write(&site, statement),
            Some(Disturbance::Fail) => Err(StorageError("it is full, for now".to_owned())),
            Some(Disturbance::CrashBefore(resume)) => {
                self.lose(resume);
                Err(gone())
            }
            Some(Disturbance::CrashAfter(resume)) => {
                self.write(&site, statement)?;
                self.lose(resume);
                Err(gone())
            }
            Some(other) => self.misaimed(&site, &other),
        }
    }

    async fn set_alarm(&self, at: Timestamp) -> Result<(), StorageError> {
        self.alarm(Some(at)).await
    }

    async fn delete_alarm(&self) -> Result<(), StorageError> {
        self.alarm(None).await
    }
}

impl Ports {
    async fn alarm(&self, at: Option<Timestamp>) -> Result<(), StorageError> {
        self.process.alive().await;
        match self.at(Site::SetAlarm) {
            None => self.kept.set_alarm(at),
            Some(Disturbance::Fail) => {
                return Err(StorageError("the alarm cannot be set, for now".to_owned()));
            }
            Some(Disturbance::CrashBefore(resume)) => self.lose(resume),
            Some(Disturbance::CrashAfter(resume)) => {
                self.kept.set_alarm(at);
                self.lose(resume);
            }
            Some(other) => self.misaimed(&Site::SetAlarm, &other),
        }
        self.process.alive().await;
        Ok(())
    }

    /// What a statement writes; nothing if it only reads, or prepares the storage.
    fn site_of(&self, statement: &Statement) -> Option<Site> {
        let sql = statement.sql.trim_start();
        if sql.starts_with("SELECT") || sql.starts_with("CREATE") {
            return None;
        }
        if !sql.starts_with("INSERT INTO story") {
            return Some(Site::Write(match sql {
                _ if sql.starts_with("INSERT INTO meta") => "a mark",
                _ if sql.starts_with("INSERT INTO agents") => "the agent",
                _ => "something else",
            }));
        }
        let Some((kind, step)) = statement.params.iter().find_map(entry) else {
            return Some(Site::Write("a line of the agent"));
        };
        let in_step = |undo: bool| {
            let (saga, step) = (self.kept.saga_of(statement), step.clone());
            if undo { Scope::Undo { saga, step } } else { Scope::Step { saga, step } }
        };
        Some(match kind.as_str() {
            "step_intended" | "undo_intended" => {
                self.process.enter(in_step(kind == "undo_intended"));
                Site::Intent
            }
            "step_done" | "step_waiting" | "step_retried" | "step_failed" => {
                self.process.enter(in_step(false));
                Site::Outcome
            }
            "undo_done" | "undo_waiting" | "undo_retried" | "undo_failed" => {
                self.process.enter(in_step(true));
                Site::Outcome
            }
            _ => Site::Entry(kind),
        })
    }

    fn write(&self, site: &Site, statement: Statement) -> Result<Vec<Row>, StorageError> {
        if *site == Site::Intent && self.world.mutation().records_after_the_call {
            *self.process.held_back.lock().unwrap() = Some(statement);
            self.process.open.store(true, Ordering::Relaxed);
            return Ok(vec![Map::from_iter([("id".to_owned(), Value::from(1))])]);
        }
        if let Some(held_back) = self.process.held_back.lock().unwrap().take() {
            self.kept.run(&held_back)?;
        }
        let rows = self.kept.run(&statement)?;
        match site {
            Site::Intent => {
                self.process.open.store(true, Ordering::Relaxed);
                let place = rows.first().and_then(|row| row["id"].as_u64()).expect("it says where it wrote");
                self.process.intent.store(place, Ordering::Relaxed);
            }
            Site::Outcome => self.process.open.store(false, Ordering::Relaxed),
            _ => {}
        }
        Ok(rows)
    }
}

/// What kind of entry a parameter is, and the step that it is about. Entries are written as `{"step_done":{"step":"…",…}}`;
/// they are not read as a whole, because most of what a schedule takes would go into that.
fn entry(param: &Param) -> Option<(String, String)> {
    let Param::Text(text) = param else { return None };
    let (kind, fields) = text.strip_prefix("{\"")?.split_once("\":{")?;
    let step = fields.strip_prefix("\"step\":\"").and_then(|rest| rest.split_once('"'));
    Some((kind.to_owned(), step.map_or(String::new(), |(step, _)| step.to_owned())))
}

#[async_trait]
impl Database for Ports {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.process.alive().await;
        let in_step = self.process.open.load(Ordering::Relaxed)
            && matches!(self.process.scope(), Scope::Step { .. } | Scope::Undo { .. });
        let site = if in_step { Site::Database } else { Site::Picture };
        let away = || DatabaseError("it is away".to_owned());
        if statements.iter().any(|statement| statement.sql.starts_with("DELETE FROM domains")) {
            self.world.releases();
        }
        let result = match self.at(site.clone()) {
            None if self.world.is_away(DATABASE) => Err(away()),
            None => self.world.database.batch(statements).await,
            Some(Disturbance::Fail) => Err(away()),
            Some(Disturbance::FailAfter) => {
                self.world.database.batch(statements).await.unwrap();
                Err(away())
            }
            Some(Disturbance::Away(millis)) => {
                self.world.set_away(DATABASE, millis);
                Err(away())
            }
            Some(Disturbance::CrashBefore(resume)) => {
                self.lose(resume);
                Err(away())
            }
            Some(Disturbance::CrashAfter(resume)) => {
                self.world.database.batch(statements).await.unwrap();
                self.lose(resume);
                Err(away())
            }
            Some(Disturbance::Meanwhile(wish)) => {
                let result = self.world.database.batch(statements).await;
                self.world.ask_for(wish);
                result
            }
            Some(other) => self.misaimed(&site, &other),
        };
        self.process.alive().await;
        result
    }
}

#[async_trait]
impl Http for Ports {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.process.alive().await;
        let timeout_ms = request.timeout_ms;
        let simulated = simulated(request);
        let site = Site::Call(label(&simulated));
        let intent = self.process.intent.load(Ordering::Relaxed);
        self.world.exchanged(intent, |asked| asked.push(Exchange::asked(&simulated)));
        let provider = simulated.target.split('/').nth(1).unwrap_or_default().to_owned();
        let broken = || Err(HttpError::Unreachable("the connection broke".to_owned()));
        let result = match self.at(site.clone()) {
            None if self.world.is_away(&provider) => broken(),
            None => self.world.call(&simulated, timeout_ms),
            Some(Disturbance::Away(millis)) => {
                self.world.set_away(&provider, millis);
                broken()
            }
            Some(Disturbance::Provider(effect)) => {
                let calls = Match::default();
                let fault = self.world.simulator.inject(Fault { calls, effect });
                let result = self.world.call(&simulated, timeout_ms);
                assert_eq!(self.world.simulator.fired(fault), 1, "the fault missed {site}");
                result
            }
            Some(Disturbance::Late(millis)) => {
                self.world.call_later(millis, simulated);
                broken()
            }
            Some(Disturbance::CrashBefore(resume)) => {
                self.lose(resume);
                broken()
            }
            Some(Disturbance::CrashAfter(resume)) => {
                let _ = self.world.call(&simulated, timeout_ms);
                self.lose(resume);
                broken()
            }
            Some(Disturbance::CrashLate(millis)) => {
                self.world.call_later(millis, simulated);
                self.lose(Resume::Again);
                broken()
            }
            Some(Disturbance::Meanwhile(wish)) => {
                let result = self.world.call(&simulated, timeout_ms);
                self.world.ask_for(wish);
                result
            }
            Some(other) => self.misaimed(&site, &other),
        };
        self.process.alive().await;
        let answer = |asked: &mut Vec<Exchange>| asked.last_mut().expect("it was asked").answer(&result);
        self.world.exchanged(intent, answer);
        result
    }
}

/// A request as the simulator takes it.
pub(crate) fn simulated(request: HttpRequest) -> Request {
    let target = request.url.strip_prefix("http://simulator").expect("the simulator is asked");
    let mut simulated = Request::new(request.method.as_str(), target);
    if let Some(Authorization::Bearer(token)) = &request.authorization {
        simulated = simulated.bearer(token.expose());
    }
    if let Some((_, body)) = request.body {
        simulated.body = body;
        simulated = simulated.header("content-type", "application/json");
    }
    simulated
}

/// An answer of the simulator as NOC takes it.
pub(crate) fn answered(handled: noc_simulator::Handled) -> Result<HttpResponse, HttpError> {
    match handled.reply {
        Some(reply) if handled.connection == Connection::Kept => {
            Ok(HttpResponse { status: reply.status, headers: reply.headers, body: reply.body })
        }
        _ => Err(HttpError::Unreachable("the connection broke".to_owned())),
    }
}

/// A call in words that are the same for every server: `digitalocean GET /droplets?tag_name`.
fn label(request: &Request) -> String {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let provider = segments.next().unwrap_or_default();
    let is_id = |segment: &str| {
        segment.bytes().all(|byte| byte.is_ascii_digit())
            || (segment.len() == 32 && segment.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let mut words = String::new();
    for segment in segments.filter(|segment| !["client", "api", "v1", "v2", "v4", "zones"].contains(segment))
    {
        match segment {
            segment if is_id(segment) && words.is_empty() => {}
            segment if is_id(segment) => words.push_str("/{id}"),
            segment => {
                words.push('/');
                words.push_str(segment);
            }
        }
    }
    if let Some(filter) =
        ["tag_name", "name.exact", "comment.contains"].iter().find(|name| query.contains(*name))
    {
        words.push('?');
        words.push_str(filter);
    }
    if path.ends_with("/batch") {
        let body = String::from_utf8_lossy(&request.body);
        words.push_str(if body.contains("\"deletes\"") { " (deletes)" } else { " (posts)" });
    }
    format!("{provider} {} {words}", request.method)
}
