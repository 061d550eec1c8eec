//! Streams of server-sent events.

use std::convert::Infallible;

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::{
    HeaderMap,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde::Serialize;

use super::Streaming;
use crate::error::ApiError;

/// An event of a stream.
pub enum ServerSentEvent {
    /// Something that happened, with its place in the stream and what kind of thing it is.
    Event {
        /// Where to go on after it.
        id: u64,
        /// What kind of thing it is.
        name: &'static str,
        /// What happened, as JSON.
        data: String,
    },
    /// Nothing happened for a while; the connection is alive.
    KeepAlive,
}

impl ServerSentEvent {
    /// Something that happened.
    pub fn new(id: u64, name: &'static str, data: &impl Serialize) -> Self {
        // JSON has no line breaks of its own, so that it is one line of the stream.
        Self::Event { id, name, data: serde_json::to_string(data).unwrap_or_default() }
    }

    fn text(&self) -> String {
        match self {
            Self::Event { id, name, data } => format!("id: {id}\nevent: {name}\ndata: {data}\n\n"),
            Self::KeepAlive => ": nothing new\n\n".to_owned(),
        }
    }
}

/// Where a stream goes on that was cut off.
///
/// # Errors
/// When the header is none of the numbers that events have.
pub fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    number.map(Some).ok_or_else(|| ApiError::Invalid {
        field: "Last-Event-ID".to_owned(),
        message: "send the id of the last event, unchanged".to_owned(),
    })
}

/// The stream as an answer. Its first line has a client that was cut off come back after two seconds.
pub fn server_sent_events(events: impl Stream<Item = ServerSentEvent> + Send + 'static) -> Response {
    let first = futures_util::stream::once(async { "retry: 2000\n\n".to_owned() });
    let lines = first.chain(events.map(|event| event.text()));
    let mut response =
        Body::from_stream(lines.map(|text| Ok::<_, Infallible>(Bytes::from(text)))).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Streaming);
    response
}
