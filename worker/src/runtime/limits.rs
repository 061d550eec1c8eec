//! Limits, by the platform's rate limiter.

use async_trait::async_trait;
use worker::{RateLimiter, send::IntoSendFuture as _};

use crate::ports::Limits;

/// The binding, if the configuration has it.
pub(super) struct PlatformLimits(pub(super) Option<RateLimiter>);

#[async_trait]
impl Limits for PlatformLimits {
    async fn allows(&self, key: &str) -> bool {
        let Some(limiter) = &self.0 else { return true };
        match limiter.limit(key.to_owned()).into_send().await {
            Ok(outcome) => outcome.success,
            Err(_) => true,
        }
    }
}
