//! The harness of the whole-system tests: the built Worker in real workerd, against the simulated providers over real
//! sockets, asked over HTTP as a script would.
//!
//! A [`Noc`] is all of it. It can be killed and started again on the same state any number of times, while the
//! providers and their machines go on. Everything it starts ends with it, and also with the test program itself.
//!
//! This is code for tests: what does not work here panics with a sentence that says what was awaited.

mod agent;
mod bench_agents;
mod build;
mod client;
mod console;
mod issuers;
mod machine;
mod noc;
mod processes;
mod proxy;
mod sign_in;
mod stream;
mod tools;
mod torture;
mod wait;
mod workerd;

pub use agent::{RealAgent, claim_token};
pub use bench_agents::bench_agents;
pub use build::root;
pub use client::{Answer, Client, json_request};
pub use console::Console;
pub use issuers::Issuers;
pub use machine::machine_test;
pub use noc::{Noc, Options, deploy_body};
pub use processes::{Process, descendants, is_running};
pub use proxy::{Exchange, Proxy};
pub use stream::{Event, Events};
pub use tools::not_tested;
pub use torture::{Plan, torture};
pub use wait::{PATIENCE, wait_for, wait_until, wait_within};
