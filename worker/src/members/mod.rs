//! Members of an organization: their roles, and how they come and go.

mod change;
mod invitations;
mod routes;
mod store;

pub use routes::routes;
pub use store::join;
