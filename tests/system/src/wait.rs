//! Waiting for something to happen.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long anything may take that is awaited. It is far more than anything takes on a machine that has nothing else
/// to do, because a test shall not fail by how busy the machine is.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What `look` gives as soon as it gives something.
///
/// # Panics
/// When it gives nothing for too long; the message says `what` was awaited.
#[track_caller]
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, look)
}

/// What `look` gives as soon as it gives something, for what takes longer than anything usual.
///
/// # Panics
/// When it gives nothing within `patience`; the message says `what` was awaited.
#[track_caller]
pub fn wait_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < patience, "waited {patience:?} in vain for {what}");
        thread::sleep(LOOK_EVERY);
    }
}

/// Comes back as soon as `look` says yes.
///
/// # Panics
/// When it does not for too long.
#[track_caller]
pub fn wait_until(what: &str, mut look: impl FnMut() -> bool) {
    wait_for(what, || look().then_some(()));
}

/// Comes back as soon as `look` says yes, for what takes longer than anything usual.
///
/// # Panics
/// When it does not within `patience`.
#[track_caller]
pub(crate) fn wait_until_within(patience: Duration, what: &str, mut look: impl FnMut() -> bool) {
    wait_within(patience, what, || look().then_some(()));
}
