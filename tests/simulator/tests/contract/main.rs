//! The simulator against the contract of the providers: tables of calls, and what they are answered with.

mod agent;
mod cloudflare;
mod control;
mod digitalocean;
mod digitalocean_refusals;
mod faults;
mod http;
mod infisical;
mod program;
mod support;
