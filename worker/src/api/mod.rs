//! What all routes have in common: how they are written down, how a request comes in and an answer goes out.

mod body;
mod cursor;
#[cfg(feature = "faults")]
mod faults;
mod field;
mod follow;
mod headers;
mod page;
mod parameters;
mod respond;
mod route;
mod segment;
mod stream;

pub use body::Body;
pub(crate) use body::{bytes, parse};
pub use cursor::{decode as decode_cursor, encode as encode_cursor};
#[cfg(feature = "faults")]
pub use faults::routes as fault_routes;
pub use follow::{Followed, follow};
pub use page::{page, read_time_place, time_place};
pub use parameters::Parameters;
pub use respond::{Responder, Streaming};
pub use route::{Answer, Operation, Parameter, Proof, Requires, Route, Schema, Values, router, schema};
pub use segment::Segment;
pub use stream::{ServerSentEvent, last_event_id, server_sent_events};

/// The longest body that a request may have where nothing else is said.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The longest body that any request may have: an agent's report. A request that is longer is refused before it is
/// read.
pub const LONGEST_BODY: usize = 256 * 1024;
