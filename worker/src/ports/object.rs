//! The storage of one target's object.

use std::fmt;

use async_trait::async_trait;
use noc_shared::time::Timestamp;

use super::{Row, Statement};

/// The object's storage did not do what it was asked.
#[derive(Debug)]
pub struct StorageError(pub String);

impl fmt::Display for StorageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the object's storage did not do what it was asked: {}", self.0)
    }
}

impl std::error::Error for StorageError {}

/// An object's own SQL storage and its alarm. Only one thread ever uses it, so what is done between two awaits is done
/// as one. The platform holds back whatever leaves the object until what was written before is safe on disk.
#[async_trait]
pub trait ObjectStorage: Send + Sync {
    /// Runs a statement and gives its rows.
    fn run(&self, statement: Statement) -> Result<Vec<Row>, StorageError>;

    /// Has the object woken at a time; an earlier wish is forgotten.
    async fn set_alarm(&self, at: Timestamp) -> Result<(), StorageError>;

    /// Lets the object sleep until somebody asks it something.
    async fn delete_alarm(&self) -> Result<(), StorageError>;
}
