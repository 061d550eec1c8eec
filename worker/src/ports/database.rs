//! The database that the whole of NOC shares.

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use serde_json::{Map, Value};

/// A row, by the names of its columns.
pub type Row = Map<String, Value>;

/// A value that is bound to a statement. There is no floating point: money is in cents and time in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    /// NULL.
    Null,
    /// An integer between -2^53 and 2^53, because it goes through a JavaScript number on the platform.
    Integer(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A statement with what is bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, with `?1`, `?2`, … for what is bound.
    pub sql: Cow<'static, str>,
    /// What is bound.
    pub params: Vec<Param>,
}

impl Statement {
    /// A statement with what is bound to it.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: impl Into<Vec<Param>>) -> Self {
        Self { sql: sql.into(), params: params.into() }
    }
}

/// The database did not do what it was asked.
#[derive(Debug)]
pub struct DatabaseError(pub String);

impl fmt::Display for DatabaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the database did not do what it was asked: {}", self.0)
    }
}

impl std::error::Error for DatabaseError {}

/// Runs statements. There is no transaction across calls, because the platform has none: what belongs together goes
/// into one batch.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs the statements one after the other, all of them or none, and gives the rows of each.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError>;
}

impl dyn Database + '_ {
    /// Runs one statement and gives its rows.
    pub async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        let mut results = self.batch(vec![statement]).await?;
        Ok(results.pop().unwrap_or_default())
    }
}

/// The text in a column of a row, if there is one.
pub fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column)?.as_str()
}

/// The whole number in a column of a row, if there is one. On the platform every number is a floating point number.
pub fn integer(row: &Row, column: &str) -> Option<i64> {
    let value = row.get(column)?;
    value.as_i64().or_else(|| value.as_f64().map(|value| value as i64))
}
