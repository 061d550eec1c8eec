//! The object's own storage.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use noc_shared::{
    agents::ServiceLine,
    deployments::SagaKind,
    id::{DeploymentId, ServerId},
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::agent::AgentState;
use crate::{
    ports::{self, ObjectStorage, Param, Row, Statement, StorageError},
    saga::{Entry, Log, Record},
};

/// Lines of services are kept until so many rows of the story are behind them: with 200 characters each that is a
/// megabyte, of the ten gigabytes that an object may have, and some hours of a talkative machine.
const LINES_KEPT: i64 = 5_000;

/// The one source of the schema inside an object. One table holds the whole story, entries of logs and lines of
/// services, so that every append is one statement and one order.
const SCHEMA: [&str; 6] = [
    "CREATE TABLE IF NOT EXISTS story (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        server_id TEXT NOT NULL,
        deployment_id TEXT,
        service TEXT,
        mark TEXT,
        body TEXT NOT NULL
    ) STRICT",
    "CREATE INDEX IF NOT EXISTS story_of_deployment ON story (deployment_id, id) WHERE deployment_id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS story_lines ON story (id) WHERE service IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS story_marks ON story (mark, id) WHERE mark IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS agents (
        server_id TEXT PRIMARY KEY,
        state TEXT NOT NULL
    ) STRICT",
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
];

/// Every run, newest first. Whether one has ended is what was marked last behind its beginning: its end, or that it
/// goes on after all.
const RUNS: &str =
    "SELECT begun.deployment_id, begun.server_id, json_extract(begun.body, '$.started.saga') AS saga,
        json_extract(begun.body, '$.started.version') AS version,
        COALESCE((SELECT last.mark FROM story AS last
            WHERE last.mark IN ('end', 'reopen') AND last.deployment_id = begun.deployment_id
            ORDER BY last.id DESC LIMIT 1), '') = 'end' AS ended
    FROM story AS begun WHERE begun.mark = 'begin' ORDER BY begun.id DESC";

/// A run that is in the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunKey {
    pub(super) id: DeploymentId,
    pub(super) server_id: ServerId,
    pub(super) saga: SagaKind,
    pub(super) version: u32,
    pub(super) ended: bool,
}

/// A line of a service.
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) at: Timestamp,
    pub(super) service: String,
    pub(super) text: String,
}

/// Something that was noticed of a server.
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) at: Timestamp,
    pub(super) kind: String,
    pub(super) message: String,
}

/// A row of the story.
pub(super) enum StoryRow {
    Entry(DeploymentId, Record),
    Line(Line),
    Event(Event),
}

impl StoryRow {
    pub(super) fn id(&self) -> u64 {
        match self {
            Self::Entry(_, record) => record.id,
            Self::Line(line) => line.id,
            Self::Event(event) => event.id,
        }
    }
}

/// The object's own storage.
pub(super) struct Store {
    pub(super) storage: Arc<dyn ObjectStorage>,
    runs: Mutex<Option<Arc<[RunKey]>>>,
    written: AtomicU64,
}

impl Store {
    pub(super) fn prepare(storage: Arc<dyn ObjectStorage>) -> Result<Self, StorageError> {
        for sql in SCHEMA.iter().chain(super::samples::SCHEMA).chain(super::commands::SCHEMA) {
            storage.run(Statement::new(*sql, []))?;
        }
        Ok(Self { storage, runs: Mutex::default(), written: AtomicU64::default() })
    }

    pub(super) async fn set_alarm(&self, at: Timestamp) -> Result<(), StorageError> {
        self.storage.set_alarm(at).await
    }

    pub(super) async fn delete_alarm(&self) -> Result<(), StorageError> {
        self.storage.delete_alarm().await
    }

    /// The place of what was written last.
    pub(super) fn newest_id(&self) -> Result<u64, StorageError> {
        let rows = self.storage.run(Statement::new("SELECT COALESCE(MAX(id), 0) AS id FROM story", []))?;
        rows.first().map_or(Ok(0), id)
    }

    /// The runs of this target, newest first, at most so many.
    pub(super) fn newest_runs(&self, most: usize) -> Result<Vec<RunKey>, StorageError> {
        Ok(self.runs()?.iter().take(most).cloned().collect())
    }

    /// The runs on a server, newest first.
    pub(super) fn runs_on(&self, server: &ServerId) -> Result<Vec<RunKey>, StorageError> {
        Ok(self.runs()?.iter().filter(|run| run.server_id == *server).cloned().collect())
    }

    /// The runs that have not ended, oldest first.
    pub(super) fn open_runs(&self) -> Result<Vec<RunKey>, StorageError> {
        Ok(self.runs()?.iter().rev().filter(|run| !run.ended).cloned().collect())
    }

    pub(super) fn run(&self, id: &DeploymentId) -> Result<Option<RunKey>, StorageError> {
        Ok(self.runs()?.iter().find(|run| run.id == *id).cloned())
    }

    /// Every run, newest first. They are read again only after one has begun, ended or gone on.
    fn runs(&self) -> Result<Arc<[RunKey]>, StorageError> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runs) = &*runs {
            return Ok(Arc::clone(runs));
        }
        let rows = self.storage.run(Statement::new(RUNS, []))?;
        let version = |row| u32::try_from(integer(row, "version")?).map_err(|_| no_start());
        let read: Arc<[RunKey]> = rows
            .iter()
            .map(|row| {
                Ok(RunKey {
                    id: column(row, "deployment_id")?,
                    server_id: column(row, "server_id")?,
                    saga: column(row, "saga")?,
                    version: version(row)?,
                    ended: integer(row, "ended")? != 0,
                })
            })
            .collect::<Result<_, StorageError>>()?;
        Ok(Arc::clone(runs.insert(read)))
    }

    /// What is written next is about whether a run goes on, also if it is written and fails.
    fn forget_runs(&self) {
        *self.runs.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// How often something may have been written into the story since the object is in memory: while that stays, what was
    /// read of it is all that there is.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// It counts before it is known whether the statement came through.
    fn count_written(&self) {
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    /// Begins a run: its first entry.
    pub(super) fn begin(
        &self,
        id: &DeploymentId,
        server: &ServerId,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<(), StorageError> {
        self.forget_runs();
        self.insert(at, server.as_str(), Some(id.as_str()), None, Some("begin"), &text(entry)?)
    }

    fn insert(
        &self,
        at: Timestamp,
        server: &str,
        deployment: Option<&str>,
        service: Option<&str>,
        mark: Option<&str>,
        body: &str,
    ) -> Result<(), StorageError> {
        let params = [
            Param::from(at.millis()),
            server.into(),
            deployment.into(),
            service.into(),
            mark.into(),
            body.into(),
        ];
        self.count_written();
        self.storage
            .run(Statement::new(
                "INSERT INTO story (at, server_id, deployment_id, service, mark, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params,
            ))
            .map(|_| ())
    }

    /// Puts lines of services behind the story, and forgets the oldest beyond what is kept.
    pub(super) fn append_lines(&self, server: &ServerId, lines: &[ServiceLine]) -> Result<(), StorageError> {
        for line in lines {
            self.insert(line.at, server.as_str(), None, Some(&line.service), None, &line.line)?;
        }
        if !lines.is_empty() {
            let behind = place(self.newest_id()?).saturating_sub(LINES_KEPT);
            self.storage.run(Statement::new(
                "DELETE FROM story WHERE service IS NOT NULL AND id <= ?1",
                [Param::from(behind)],
            ))?;
        }
        Ok(())
    }

    /// Puts what was noticed of a server behind the story. It is marked by its kind.
    pub(super) fn append_event(
        &self,
        server: &ServerId,
        at: Timestamp,
        kind: &str,
        message: &str,
    ) -> Result<(), StorageError> {
        self.insert(at, server.as_str(), None, None, Some(kind), message)
    }

    /// The story of a server behind a place, oldest first, at most so many rows.
    pub(super) fn story(
        &self,
        server: &ServerId,
        after: u64,
        most: u32,
    ) -> Result<Vec<StoryRow>, StorageError> {
        let rows = self.storage.run(Statement::new(
            "SELECT id, at, deployment_id, service, mark, body FROM story
             WHERE server_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            [Param::from(server.as_str()), place(after).into(), i64::from(most).into()],
        ))?;
        rows.iter()
            .map(|row| match row.get("service") {
                Some(Value::String(service)) => Ok(StoryRow::Line(Line {
                    id: id(row)?,
                    at: at(row)?,
                    service: service.clone(),
                    text: column(row, "body")?,
                })),
                _ if row.get("deployment_id").is_none_or(Value::is_null) => Ok(StoryRow::Event(Event {
                    id: id(row)?,
                    at: at(row)?,
                    kind: column(row, "mark")?,
                    message: column(row, "body")?,
                })),
                _ => Ok(StoryRow::Entry(column(row, "deployment_id")?, record(row)?)),
            })
            .collect()
    }

    /// The entries of a run behind a place, oldest first.
    pub(super) fn entries(&self, run: &DeploymentId, after: u64) -> Result<Vec<Record>, StorageError> {
        let rows = self.storage.run(Statement::new(
            "SELECT id, at, body FROM story WHERE deployment_id = ?1 AND id > ?2 ORDER BY id",
            [Param::from(run.as_str()), place(after).into()],
        ))?;
        rows.iter().map(record).collect()
    }

    pub(super) fn agent(&self, server: &ServerId) -> Result<AgentState, StorageError> {
        let rows = self.storage.run(Statement::new(
            "SELECT state AS body FROM agents WHERE server_id = ?1",
            [Param::from(server.as_str())],
        ))?;
        rows.first().map_or_else(|| Ok(AgentState::default()), body)
    }

    pub(super) fn put_agent(&self, server: &ServerId, state: &AgentState) -> Result<(), StorageError> {
        self.storage
            .run(Statement::new(
                "INSERT INTO agents (server_id, state) VALUES (?1, ?2)
                 ON CONFLICT (server_id) DO UPDATE SET state = excluded.state",
                [Param::from(server.as_str()), text(state)?.into()],
            ))
            .map(|_| ())
    }

    pub(super) fn meta(&self, name: &str) -> Result<Option<String>, StorageError> {
        let rows = self
            .storage
            .run(Statement::new("SELECT value FROM meta WHERE name = ?1", [Param::from(name)]))?;
        rows.first().map(|row| column(row, "value")).transpose()
    }

    pub(super) fn put_meta(&self, name: &str, value: &str) -> Result<(), StorageError> {
        self.storage
            .run(Statement::new(
                "INSERT INTO meta (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [Param::from(name), value.into()],
            ))
            .map(|_| ())
    }
}

impl Log for Store {
    fn append(&self, run: &DeploymentId, at: Timestamp, entry: &Entry) -> Result<(), StorageError> {
        let mark = match entry {
            Entry::Finished { .. } => Some("end"),
            Entry::Retried { .. } => Some("reopen"),
            _ => None,
        };
        if mark.is_some() {
            self.forget_runs();
        }
        self.count_written();
        // The server is the one that the run began with.
        let rows = self.storage.run(Statement::new(
            "INSERT INTO story (at, server_id, deployment_id, mark, body)
             SELECT ?1, server_id, deployment_id, ?2, ?3 FROM story WHERE deployment_id = ?4 AND mark = 'begin'
             RETURNING id",
            [Param::from(at.millis()), mark.into(), text(entry)?.into(), run.as_str().into()],
        ))?;
        if rows.is_empty() {
            return Err(StorageError(format!("there is no run {run} to write down what happened in it")));
        }
        Ok(())
    }
}

fn no_start() -> StorageError {
    StorageError("a run does not begin with its start".to_owned())
}

fn record(row: &Row) -> Result<Record, StorageError> {
    Ok(Record { id: id(row)?, at: at(row)?, entry: body(row)? })
}

fn id(row: &Row) -> Result<u64, StorageError> {
    integer(row, "id").map(|id| u64::try_from(id).unwrap_or(0))
}

fn at(row: &Row) -> Result<Timestamp, StorageError> {
    integer(row, "at").map(Timestamp::from_millis)
}

/// A place in the story as SQL takes it. One from outside may be larger than any that there is.
fn place(after: u64) -> i64 {
    i64::try_from(after).unwrap_or(i64::MAX).min(1 << 53)
}

fn integer(row: &Row, name: &str) -> Result<i64, StorageError> {
    ports::integer(row, name).ok_or_else(|| StorageError(format!("the column {name} is no integer")))
}

fn column<T: DeserializeOwned>(row: &Row, name: &str) -> Result<T, StorageError> {
    let value = row.get(name).ok_or_else(|| StorageError(format!("there is no column {name}")))?;
    T::deserialize(value).map_err(|error| StorageError(format!("the column {name} does not read: {error}")))
}

pub(super) fn body<T: DeserializeOwned>(row: &Row) -> Result<T, StorageError> {
    let text: String = column(row, "body")?;
    crate::json::read(&text).map_err(|error| StorageError(format!("what was written does not read: {error}")))
}

pub(super) fn text<T: serde::Serialize>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError(format!("it cannot be written down: {error}")))
}
