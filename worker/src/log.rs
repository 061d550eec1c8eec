//! Structured log lines.

use std::sync::Arc;

use noc_shared::time::Timestamp;
use serde::Serialize;

use crate::ports::{Clock, Level, LogSink};

/// What a log line is about. All of these are identifiers and words of ours; a secret has no way in, because it cannot
/// be turned into a text by accident.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Fields {
    /// The request to the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the request did, as `POST /api/deploy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// The target: organization and server name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// Its step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What went wrong: the causes, outermost first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Writes log lines.
#[derive(Clone)]
pub struct Log {
    sink: Arc<dyn LogSink>,
    clock: Arc<dyn Clock>,
}

#[derive(Serialize)]
struct Line<'a> {
    at: Timestamp,
    level: &'static str,
    message: &'a str,
    #[serde(flatten)]
    fields: Fields,
}

impl Log {
    /// Writes to a sink.
    pub fn new(sink: Arc<dyn LogSink>, clock: Arc<dyn Clock>) -> Self {
        Self { sink, clock }
    }

    /// Says what happened.
    pub fn info(&self, message: &str, fields: Fields) {
        self.write(Level::Info, message, fields);
    }

    /// Says what somebody should look at when there is time.
    pub fn warn(&self, message: &str, fields: Fields) {
        self.write(Level::Warn, message, fields);
    }

    /// Says what somebody should look at now.
    pub fn error(&self, message: &str, fields: Fields) {
        self.write(Level::Error, message, fields);
    }

    fn write(&self, level: Level, message: &str, fields: Fields) {
        let line = Line { at: self.clock.now(), level: level.as_str(), message, fields };
        // These types always serialize; if that ever changes, the message alone is better than nothing.
        let text = serde_json::to_string(&line).unwrap_or_else(|_| format!("{message:?}"));
        self.sink.write(level, &text);
    }
}

/// An error with its causes, outermost first, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
