//! What NOC answered.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Says that the answer has this status, and shows it if it has not.
    #[track_caller]
    pub(crate) fn assert_status(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Says that the answer is a refusal with this status and code, about this field.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str, field: Option<&str>) -> Value {
        let body = self.assert_status(status);
        let error = &body["error"];
        assert_eq!(error["code"], code, "{body:#}");
        assert_eq!(error["field"].as_str(), field, "{body:#}");
        assert_eq!(error["request_id"].as_str(), self.header("x-request-id"), "{body:#}");
        body
    }
}
