//! Agents: what a server's machine says of itself, and what it is answered.

mod answer;
mod bounds;
mod claim;
mod report;
mod routes;

pub(crate) use bounds::one_line;
pub use routes::routes;
