//! Cursors: where a list goes on. Those who send them back need not know what is in them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::error::ApiError;

/// The longest cursor that is read: a server's name, a kind and a domain of 253 characters make some 480.
const MOST: usize = 800;

/// A place in a list as a cursor.
pub fn encode(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// The place that a cursor stands for.
///
/// # Errors
/// When it is none of ours.
pub fn decode(cursor: &str) -> Result<String, ApiError> {
    (cursor.len() <= MOST)
        .then(|| URL_SAFE_NO_PAD.decode(cursor).ok())
        .flatten()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(ApiError::cursor)
}
