//! DigitalOcean's error answers.

use serde::Serialize;

use crate::Reply;

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    id: &'static str,
    message: String,
    retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    message: &'a str,
    request_id: &'a str,
}

impl Problem {
    fn new(status: u16, id: &'static str, message: impl Into<String>) -> Self {
        Self { status, id, message: message.into(), retry_after: None }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "Unable to authenticate you.")
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "not_found", "The resource you requested could not be found.")
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(405, "method_not_allowed", "The method is not allowed for this resource.")
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(
            415,
            "unsupported_media_type",
            "The Content-Type of a request body must be application/json.",
        )
    }

    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, "unprocessable_entity", message)
    }

    pub(super) fn too_many_requests(retry_after: Option<u64>) -> Self {
        Self { retry_after, ..Self::new(429, "too_many_requests", "API rate limit exceeded.") }
    }

    /// The problem that an injected status stands for.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::unauthorized(),
            403 => Self::new(403, "forbidden", "You do not have access for the attempted action."),
            404 => Self::not_found(),
            429 => Self::too_many_requests(None),
            503 => Self::new(503, "service_unavailable", "Service Unavailable"),
            400..=499 => Self::new(status, "unprocessable_entity", "The request was refused."),
            _ => Self::new(status, "server_error", "Unexpected server-side error"),
        }
    }

    pub(super) fn reply(&self, request_id: &str) -> Reply {
        let reply = Reply::json(self.status, &Body { id: self.id, message: &self.message, request_id });
        match self.retry_after {
            Some(seconds) => reply.with_header("retry-after", seconds),
            None => reply,
        }
    }
}
