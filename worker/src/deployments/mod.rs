//! Deployments: what was done to servers, and what is being done.

mod operate;
mod routes;
mod store;

pub use routes::routes;
pub use store::picture_statement;
