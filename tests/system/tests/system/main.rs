//! The built Worker in workerd against the simulated providers, over HTTP.

mod agent;
mod agent_faults;
mod agent_updates;
mod canary;
mod deploy;
mod dev;
mod drift;
mod health;
mod hibernation;
mod identity;
mod panics;
mod provider_faults;
mod races;
mod refusals;
mod repeats;
mod restarts;
mod routes;
mod schedule;
mod shared;
mod story;
mod torture;
