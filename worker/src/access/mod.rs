//! Who may do what: the gate that every request passes before its route's handler sees it.
//!
//! The router puts the gate before every route, with what the route requires. A handler gets its `Caller` from the gate and
//! from nowhere else.

mod bearer;
mod credential;
mod gate;
mod origin;
mod power;

pub use bearer::{Bearer, Issued};
pub use credential::{SESSION_COOKIE, address, network, user_agent};
pub use gate::{Gate, PROVEN_MS, gate, nowhere};
pub use origin::site;
pub use power::{Held, Power, Reach};
