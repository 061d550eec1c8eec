//! Agents: what a server's machine says of itself.

mod claim;
mod report;
mod routes;

pub use routes::routes;

/// Seconds between two reports of an agent.
const INTERVAL_SECONDS: u32 = 60;
