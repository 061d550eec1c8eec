//! Identities: who somebody is at an issuer whom NOC believes.

mod routes;
mod sign_in;
mod store;

pub use routes::routes;
pub use sign_in::{Linking, Unknown, Vouched, sign_in};
