//! Time.

use async_trait::async_trait;
use noc_shared::time::Timestamp;

/// Tells the time and lets it pass.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Comes back after so many milliseconds.
    async fn sleep(&self, millis: u64);
}
