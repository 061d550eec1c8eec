//! How NOC itself is.

mod part;
mod providers;
mod routes;

pub use providers::Looked;
pub use routes::routes;
