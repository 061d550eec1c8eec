//! The outside world as small traits.
//!
//! Time, randomness, HTTP and storage come from here and never from the air, so that everything above runs natively
//! and a test can replay a run from a seed.

mod cache;
mod clock;
mod database;
mod http;
mod limits;
mod log;
mod object;
mod random;
mod signatures;
mod targets;

pub use cache::{Cache, CacheError};
pub use clock::Clock;
pub use database::{Database, DatabaseError, Param, Row, Statement, integer, text};
pub use http::{Authorization, Content, Http, HttpError, HttpRequest, HttpResponse, Method};
pub use limits::{A_MINUTE, Limits};
pub use log::{Level, LogSink};
pub use object::{ObjectStorage, StorageError};
pub use random::Random;
pub use signatures::{Algorithm, PublicKey, Signatures};
pub use targets::{Targets, TargetsError};
