//! Orphans: things at the providers with NOC's mark that no record knows.

mod adopt;
mod candidate;
mod remove;
mod routes;
mod store;
mod verify;

pub use candidate::{Candidate, YOUNGEST_MS, is_there};
pub use routes::routes;
pub use store::{forget_unseen, known, seen};
