//! The fault harness: every saga, killed and disturbed everywhere, over the real objects, a real SQLite with the real
//! migrations, and the provider simulator, in virtual time.
//!
//! It is written once. A saga brings its [`case::Case`]; everything else follows from a run of it that nobody disturbs:
//! the places at which something can go wrong are those that this run passes.
//!
//! - `moment` says where a run can be disturbed, and how; `weather` decides what happens there.
//! - `process`, `ports` and `world` are a platform that can lose an object at any moment.
//! - `behind` is what somebody does at the providers without asking NOC.
//! - `check` says what must hold when nothing moves any more.
//! - `singles`, `pairs` and `schedules` disturb: everywhere once, everywhere twice, and by chance.
//! - `mutants` breaks the rules on purpose and expects to be caught; `recorded` replays logs of earlier versions, and
//!   `calls` what their steps have asked.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, as it shall"
)]

/// A third of a schedule is asking for memory; with this allocator it is a sixth.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod behind;
mod calls;
mod case;
mod check;
mod client;
mod matrix;
mod moment;
mod mutants;
mod pairs;
mod parallel;
mod ports;
mod process;
mod recorded;
mod scale;
mod schedules;
mod singles;
mod weather;
mod world;

#[path = "../api/support/database.rs"]
#[expect(dead_code, reason = "what is counted there is of use to the tests of the API only")]
mod database;
#[path = "../api/support/people.rs"]
mod people;
