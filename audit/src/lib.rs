//! The chain of audit events.
//!
//! Each event is one line of canonical JSON that holds the hash of the one before it, and its number, so that none can be
//! changed, left out, put in or moved without all behind it being written anew. What the chain itself cannot show is that
//! somebody did just that, or cut its end off: for that, its head is signed, and kept where the chain is not.
//!
//! - [`Sealed`] is an event as it is written;
//! - [`Head`] is where a chain stood, signed;
//! - [`Kept`] are the heads that somebody outside has of a chain;
//! - [`Verifier`] reads an export line by line and says what is wrong with it.

mod event;
mod found;
mod head;
mod kept;
mod verify;

pub use event::{FIRST, Sealed};
pub use found::{Broken, Found};
pub use head::{Head, Unsigned, public_key};
pub use kept::{Held, Kept, NotHeads};
pub use verify::{Verified, Verifier, organization_of};
