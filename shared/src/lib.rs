//! Wire types, names and rules that the Worker and the browser both use.
//!
//! This crate depends on nothing of ours and knows no database: what is here is what goes over the wire, and the
//! rules that both ends must agree on.

pub mod id;
pub mod identities;
pub mod money;
pub mod time;

pub mod access;
pub mod agents;
pub mod applications;
pub mod audit;
pub mod branches;
pub mod catalog;
pub mod commands;
pub mod deployments;
pub mod drift;
pub mod errors;
pub mod health;
pub mod members;
pub mod metrics;
pub mod names;
pub mod organizations;
pub mod orphans;
pub mod passkeys;
pub mod second_factor;
pub mod servers;
pub mod sessions;
pub mod sign_in;
pub mod token_rules;
pub mod tokens;
