//! Time, from the platform.

use std::time::Duration;

use async_trait::async_trait;
use noc_shared::time::Timestamp;
use worker::{Date, Delay, send::IntoSendFuture as _};

use crate::ports::Clock;

pub(super) struct PlatformClock;

#[async_trait]
impl Clock for PlatformClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, millis: u64) {
        Delay::from(Duration::from_millis(millis)).into_send().await;
    }
}
