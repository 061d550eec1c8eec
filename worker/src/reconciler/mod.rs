//! The reconciler: on a schedule, compares what NOC made with what is at the providers.
//!
//! What differs goes to `drift`, what nobody knows of to `orphans`. It looks by pages, and where it stands is in the
//! database: a look that is cut off anywhere goes on at the next tick.

mod confirm;
mod dns_records;
mod droplets;
mod mend;
mod sweep;
mod tick;

pub use sweep::{SweepKind, last_ended};
pub use tick::tick;
