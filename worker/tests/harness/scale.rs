//! How much is run.

/// What `cargo xtask test` runs, in an optimised build.
const WHOLE: u64 = 100_000;

/// What is run when nobody says how much: enough to notice that something is broken.
const QUICK: u64 = 2_000;

/// How many schedules are run.
pub(crate) fn schedules() -> u64 {
    let asked = std::env::var("NOC_SCHEDULES").ok();
    asked.map_or(QUICK, |text| text.parse().expect("NOC_SCHEDULES is a number"))
}

/// Whether everything is run, and not only every so-manieth of the places.
pub(crate) fn is_whole() -> bool {
    schedules() >= WHOLE || std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}

/// Every how many of the places are run.
pub(crate) fn stride() -> usize {
    if is_whole() { 1 } else { 29 }
}
