//! Exchanging tokens: machines that build software have a token of an issuer of their own, and get one of NOC's for it, for a
//! quarter of an hour, by rules of the organization on what theirs says.

mod exchange;
mod matching;
mod routes;
mod store;

pub use routes::routes;
