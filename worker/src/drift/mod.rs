//! Drift: where what a provider has is not what NOC made, and what is done about it.

mod repair;
mod routes;
mod store;

pub use repair::{Wanted, begin_repair};
pub use routes::routes;
pub use store::{Found, forget_resolved, forget_unseen, repair_not_begun, seen, wanted};
