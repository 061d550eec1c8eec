//! How one part is.

use std::future::Future;

use noc_shared::health::PartHealth;

use crate::app::App;

/// How a part is, by a look at it.
pub(super) async fn part(
    app: &App,
    name: &str,
    look: impl Future<Output = Result<Option<u64>, String>>,
) -> PartHealth {
    let started = app.clock.now();
    let (ok, problem, remaining_requests) = match look.await {
        Ok(remaining) => (true, None, remaining),
        Err(problem) => (false, Some(problem), None),
    };
    let latency_ms = u64::try_from(app.clock.now().since(started)).unwrap_or(0);
    PartHealth { name: name.to_owned(), ok, latency_ms, problem, remaining_requests }
}
