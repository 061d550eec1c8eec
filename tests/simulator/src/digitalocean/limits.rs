//! DigitalOcean's two rate limits: so many calls in an hour, and a burst limit in a minute.

use crate::window::Window;
use crate::{Millis, Reply, Settings};

use super::problem::Problem;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// The calls of the one token, as both limits count them.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    hour: Window,
    minute: Window,
}

impl Default for Limits {
    fn default() -> Self {
        Self { hour: Window::new(HOUR_MS), minute: Window::new(MINUTE_MS) }
    }
}

impl Limits {
    /// Counts a call, or refuses it; a refused call is not counted.
    pub(super) fn admit(&mut self, settings: &Settings, now: Millis) -> Result<(), Problem> {
        if !settings.rate_limits {
            return Ok(());
        }
        self.hour.slide(now);
        self.minute.slide(now);
        if self.minute.count() >= settings.digitalocean_per_minute {
            let wait_ms = self.minute.oldest_leaves_at(now).saturating_sub(now);
            return Err(Problem::too_many_requests(Some(wait_ms.div_ceil(1_000).max(1))));
        }
        if self.hour.count() >= settings.digitalocean_per_hour {
            return Err(Problem::too_many_requests(None));
        }
        self.hour.add(now);
        self.minute.add(now);
        Ok(())
    }

    /// Adds the headers that every answer carries. `ratelimit-reset` is when the oldest call of the hour expires:
    /// one call is free again then, not the whole count.
    pub(super) fn describe(&self, settings: &Settings, now: Millis, reply: Reply) -> Reply {
        let limit = settings.digitalocean_per_hour;
        reply
            .with_header("ratelimit-limit", limit)
            .with_header("ratelimit-remaining", limit.saturating_sub(self.hour.count()))
            .with_header("ratelimit-reset", self.hour.oldest_leaves_at(now).div_ceil(1_000))
    }
}
