//! The audit: what principals did to what, in a chain that shows any change to it.
//!
//! An event is written in the same batch as the change that it is about, or, where the change is made by the object of a
//! server, before that is asked. Either way a change whose event cannot be written does not happen.

mod export;
mod heads;
mod record;
mod routes;
mod store;

pub use heads::sign_heads;
pub use record::{Act, record};
pub use routes::routes;
