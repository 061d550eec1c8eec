//! The API as functions. Only this folder knows what a request is.

pub mod access;
pub mod applications;
pub mod audit;
mod authenticator;
pub mod catalog;
mod client;
mod connection;
pub mod deployments;
pub mod drift;
pub mod health;
pub mod identities;
pub mod members;
pub mod orphans;
pub mod passkeys;
mod problem;
pub mod projects;
mod proof;
pub mod second_factor;
pub mod servers;
mod sse;
pub mod ssh_keys;
mod stream;
pub mod tokens;

pub use access::Access;
pub use client::{get, send};
pub use connection::Connection;
pub use problem::Problem;
pub use proof::Proof;
pub use stream::{Stream, StreamState, follow};
