//! The NOC Worker, in reading order: what the outside is, what is configured, how a saga runs, who the providers are,
//! what owns a target, and then the slices with their routes.

pub mod ports;

pub mod config;
pub mod guard;
pub mod json;
pub mod jwt;
pub mod keys;
pub mod log;
pub mod once;

pub mod saga;

pub mod providers;

pub mod access;
pub mod api;
pub mod app;
pub mod error;

pub mod targets;

pub mod agents;
pub mod applications;
pub mod attempts;
pub mod audit;
pub mod catalog;
pub mod deployments;
pub mod drift;
pub mod health;
pub mod identities;
pub mod members;
pub mod metrics;
pub mod organizations;
pub mod orphans;
pub mod passkeys;
pub mod reconciler;
pub mod second_factor;
pub mod servers;
pub mod sessions;
pub mod sign_in;
pub mod token_rules;
pub mod tokens;
pub mod users;

pub mod schedule;

#[cfg(feature = "openapi")]
pub mod openapi;

#[cfg(target_arch = "wasm32")]
mod runtime;
