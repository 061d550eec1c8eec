//! Identities: who somebody is at an issuer whom NOC believes.

mod sign_in;
mod store;

pub use sign_in::{Unknown, Vouched, sign_in};
