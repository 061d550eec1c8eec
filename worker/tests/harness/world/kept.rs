//! What survives of an object: its storage and its alarm.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use noc_shared::{id::DeploymentId, time::Timestamp};
use noc_worker::{
    ports::{Param, Row, Statement, StorageError},
    saga::{Entry, Record},
};
use rusqlite::{Connection, config::DbConfig};

use crate::database::rows;

/// What survives of an object.
pub(crate) struct Kept {
    connection: Mutex<Connection>,
    /// The saga of each run that has been asked for.
    sagas: Mutex<BTreeMap<String, String>>,
    pub(super) alarm: Mutex<Option<Timestamp>>,
    pub(super) running: AtomicBool,
}

impl Kept {
    pub(super) fn new() -> Self {
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

    pub(super) fn wipe(&self) {
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
    pub(crate) fn saga_of(&self, statement: &Statement) -> String {
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
pub(super) fn quick(connection: Connection) -> Connection {
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
    connection
}
