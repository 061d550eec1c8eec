//! How NOC itself is.

mod routes;

pub use routes::routes;
