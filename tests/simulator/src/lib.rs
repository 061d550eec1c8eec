//! A simulator of the providers that NOC talks to: DigitalOcean v2, Cloudflare v4 and Infisical.
//!
//! The core is [`Simulator::handle`]: a synchronous function from a time and a request to an answer. It owns no
//! socket and no clock, and its ids come from a seed, so that the same calls give the same bytes and a hundred
//! thousand runs fit into a test. Around it stand an HTTP shell ([`http`]), the machines that play NOC's agent
//! ([`agent`]) and a state file ([`store`]).
//!
//! - **Invariant:** only `http`, `agent`, `store` and the program itself know of tokio, sockets, files or clocks.
//! - **Invariant:** time comes in with the call; randomness comes from [`Settings::seed`].
//! - **Invariant:** a provider's folder knows nothing of faults, the ledger or the other providers.

mod settings;

mod message;
mod random;
mod simulator;
mod time;
mod window;
mod world;

mod cloudflare;
mod digitalocean;
mod infisical;

mod control;
mod faults;
mod ledger;

pub mod agent;
pub mod http;
pub mod store;

pub use faults::{Cut, Effect, Fault, FaultId, FaultState, Match, Provider};
pub use ledger::{Counts, Doubled, Ledger, LedgerDroplet, LedgerRecord, Origin};
pub use message::{Connection, Handled, Reply, Request};
pub use settings::{Secret, Settings, SshKey, Zone};
pub use simulator::Simulator;
pub use time::Millis;
pub use world::{Call, World};
