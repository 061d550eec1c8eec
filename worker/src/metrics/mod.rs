//! Metrics: how the machines of the fleet are, for those who collect that of many sources.

mod prometheus;
mod routes;
mod store;

pub use routes::routes;
pub use store::beat;
