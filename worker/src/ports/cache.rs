//! A cache that every location shares, and that may be late by a minute.

use std::fmt;

use async_trait::async_trait;

/// The cache did not answer.
#[derive(Debug)]
pub struct CacheError(pub String);

impl fmt::Display for CacheError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the cache did not answer: {}", self.0)
    }
}

impl std::error::Error for CacheError {}

/// Keeps texts for a while. What is here must be possible to do without.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The text that is kept under a key.
    async fn get(&self, key: &str) -> Result<Option<String>, CacheError>;

    /// Keeps a text under a key for so many seconds.
    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), CacheError>;
}
