//! The chain of audit events.
//!
//! Each event is one line of canonical JSON that holds the hash of the one before it, and its number, so that none can be
//! changed, left out, put in or moved. What the chain itself cannot show is that its end was cut off: for that, its head
//! is signed.
//!
//! - [`Sealed`] is an event as it is written;
//! - [`Head`] is where a chain stood, signed;
//! - [`Verifier`] reads an export line by line and says what is wrong with it.

mod event;
mod head;
mod verify;

pub use event::{FIRST, Sealed};
pub use head::{Head, public_key};
pub use verify::{Broken, Found, Verified, Verifier};
