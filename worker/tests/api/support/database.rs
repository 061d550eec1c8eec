//! SQLite in the place of D1, and in the place of an object's storage.

use std::{
    fs,
    path::Path,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use noc_worker::ports::{Database, DatabaseError, Param, Row, Statement};
use rusqlite::{Connection, types::ValueRef};
use serde_json::Value;

/// An empty database with the real migrations.
pub(crate) fn migrated() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        connection.execute_batch(&fs::read_to_string(&file).unwrap()).unwrap();
    }
    // D1 enforces foreign keys, too.
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    connection
}

pub(super) struct Sqlite {
    connection: Mutex<Connection>,
    batches: AtomicU64,
}

impl Sqlite {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Mutex::new(connection), batches: AtomicU64::new(0) }
    }

    /// How many batches it was asked for.
    pub(super) fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        let mut connection = self.connection();
        let fault = |error: rusqlite::Error| DatabaseError(error.to_string());
        let transaction = connection.transaction().map_err(fault)?;
        let results =
            statements.iter().map(|statement| rows(&transaction, statement)).collect::<Result<_, _>>();
        let results = results.map_err(fault)?;
        transaction.commit().map_err(fault)?;
        Ok(results)
    }
}

/// Runs a statement, with every number as D1 binds and gives it.
pub(super) fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let params = statement.params.iter().map(|param| match param {
        Param::Null => rusqlite::types::Value::Null,
        Param::Integer(integer) => rusqlite::types::Value::Real(*integer as f64),
        Param::Text(text) => rusqlite::types::Value::Text(text.clone()),
    });
    let mut found = prepared.query(rusqlite::params_from_iter(params))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut columns = Row::new();
        for (index, name) in names.iter().enumerate() {
            columns.insert(name.clone(), value(row.get_ref(index)?));
        }
        rows.push(columns);
    }
    Ok(rows)
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::from(integer),
        ValueRef::Real(real) => Value::from(real),
        ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(_) => panic!("there are no blobs here"),
    }
}
