//! The platform: the only module that names the `worker` crate, and the only one that is not built natively.

mod adapter;
mod cache;
mod clock;
mod database;
mod environment;
mod http;
mod limits;
mod log;
mod object;
mod random;
mod schedule;
mod signatures;
mod targets;
