//! The router over a real SQLite with the real migrations, and over the real objects, with the provider simulator in the
//! same process. Time is a number that only goes on when somebody waits.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that panics has failed, as it shall"
)]

mod access;
mod agent;
mod agent_script;
mod applications;
mod audit;
mod catalog;
mod cloud_init;
mod commands;
mod compromised;
mod deploy;
mod deploy_faults;
mod destroy;
mod drift;
mod first_start;
mod headers;
mod health;
mod jwt;
mod limits;
mod machine;
mod members;
mod oidc;
mod openapi;
mod operate;
mod organizations;
mod orphans;
mod passkeys;
mod providers;
mod reading;
mod reconciler;
mod schedule;
mod schema;
mod second_factor;
mod sign_in;
mod support;
mod token_rules;
mod tokens;
