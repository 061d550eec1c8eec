//! Limits on how often something is asked.

use async_trait::async_trait;

/// How often something may be asked within a minute, by one and the same asker. It is the platform's count, which is made
/// where the request came in: it keeps a flood away and is no exact number.
pub const A_MINUTE: u32 = 600;

/// Counts what is asked.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Counts one more under a key, and says whether that is still within the limit. A platform that cannot say says yes:
    /// nobody is kept from destroying a server because a count is away.
    async fn allows(&self, key: &str) -> bool;
}
