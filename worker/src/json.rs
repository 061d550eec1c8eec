//! Reading JSON in one way.
//!
//! For each source that a type is read from (a text, bytes, a tree) the compiler makes all of its code once more, and
//! that was a fifth of the Worker. Everything is read from bytes, as the bodies of requests are.

use serde::de::DeserializeOwned;
use serde_json::{Error, Value};

/// Reads a type from a text.
///
/// # Errors
/// When the text is no JSON, or of another shape.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_slice(text.as_bytes())
}

/// Reads a type from a tree, which is written out for it: that takes some microseconds.
///
/// # Errors
/// When the tree is of another shape.
pub fn of_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    serde_json::from_slice(&serde_json::to_vec(value)?)
}
