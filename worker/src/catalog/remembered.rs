//! Things that a provider tells and that change rarely: remembered for a while, and served late rather than never.

use std::future::Future;

use noc_shared::time::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{app::App, log, log::Fields};

/// What is remembered is kept so long, for when the provider is away: thirty days.
const KEPT_SECONDS: u64 = 30 * 24 * 60 * 60;

/// Whether something is older than it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// It is, because it could not be fetched again.
    Yes,
    /// It is not.
    No,
}

/// Something that was fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered<T> {
    /// What.
    pub value: T,
    /// When.
    pub fetched_at: Timestamp,
    /// Whether it is older than it should be.
    pub stale: Stale,
}

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    fetched_at: Timestamp,
    value: T,
}

/// What is remembered under a key if it is fresh, or else what `fetch` gives, or else what is remembered.
///
/// A cache that does not answer counts as empty: it is nothing that anybody may depend on.
///
/// # Errors
/// With the error of `fetch`, when nothing is remembered either.
pub async fn remembered<T, E, F>(
    app: &App,
    key: &str,
    fresh_ms: i64,
    fetch: impl FnOnce() -> F,
) -> Result<Remembered<T>, E>
where
    T: Serialize + DeserializeOwned,
    E: std::error::Error,
    F: Future<Output = Result<T, E>>,
{
    let kept = match app.cache.get(key).await {
        // What an older version kept and this one does not read is as good as nothing.
        Ok(text) => text.and_then(|text| crate::json::read::<Kept<T>>(&text).ok()),
        Err(error) => {
            warn(app, "the cache was not read", &error);
            None
        }
    };
    let now = app.clock.now();
    let kept = match kept {
        Some(kept) if now.since(kept.fetched_at) < fresh_ms => {
            return Ok(Remembered { value: kept.value, fetched_at: kept.fetched_at, stale: Stale::No });
        }
        kept => kept,
    };
    match fetch().await {
        Ok(value) => {
            let kept = Kept { fetched_at: now, value };
            if let Ok(text) = serde_json::to_string(&kept)
                && let Err(error) = app.cache.put(key, text, KEPT_SECONDS).await
            {
                warn(app, "the cache was not written", &error);
            }
            Ok(Remembered { value: kept.value, fetched_at: now, stale: Stale::No })
        }
        Err(error) => match kept {
            Some(kept) => {
                warn(app, "an old copy is served", &error);
                Ok(Remembered { value: kept.value, fetched_at: kept.fetched_at, stale: Stale::Yes })
            }
            None => Err(error),
        },
    }
}

fn warn(app: &App, message: &str, error: &dyn std::error::Error) {
    app.log.warn(message, Fields { error: Some(log::chain(error)), ..Fields::default() });
}
