//! Following something that grows: read, wait, read on.

use std::{future::Future, sync::Arc};

use futures_util::{Stream, StreamExt as _, stream};

use super::ServerSentEvent;
use crate::{ports::Clock, targets::LONGEST_WAIT_MS};

/// Reads of one stream. The free plan allows 50 requests to the inside in one of the outside, and finding the thing
/// takes a few. Then the stream ends, and the client comes back with the id of the last event, as it does whenever a
/// connection breaks.
const READS: u32 = 40;

/// A pause after events, so that what comes in quick succession is read together.
const PAUSE_MS: u64 = 500;

/// What was read.
pub struct Followed {
    /// What is new.
    pub events: Vec<ServerSentEvent>,
    /// Where to go on.
    pub last: u64,
    /// Whether there will be nothing more.
    pub ended: bool,
}

/// The events behind a place, and those that come. `read` gives what is new behind a place, after waiting for at most
/// so many milliseconds if there is nothing; `None` ends the stream.
pub fn follow<R, F>(clock: Arc<dyn Clock>, after: u64, read: R) -> impl Stream<Item = ServerSentEvent> + Send
where
    R: Fn(u64, u64) -> F + Send + Sync + Clone + 'static,
    F: Future<Output = Option<Followed>> + Send,
{
    stream::unfold((Some(after), 0), move |(place, reads)| {
        let (clock, read) = (Arc::clone(&clock), read.clone());
        async move {
            let place = place.filter(|_| reads < READS)?;
            if reads > 0 {
                clock.sleep(PAUSE_MS).await;
            }
            let Followed { mut events, last, ended } = read(place, LONGEST_WAIT_MS).await?;
            if events.is_empty() {
                events.push(ServerSentEvent::KeepAlive);
            }
            Some((stream::iter(events), ((!ended).then_some(last), reads + 1)))
        }
    })
    .flatten()
}
