//! Infisical's error answers.

use serde::Serialize;
use serde_json::{Value, json};

use crate::Reply;

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    error: &'static str,
    /// A text; for a failed validation, the list of issues.
    message: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    req_id: &'a str,
    status_code: u16,
    message: &'a Value,
    error: &'a str,
}

impl Problem {
    fn new(status: u16, error: &'static str, message: impl Into<Value>) -> Self {
        Self { status, error, message: message.into() }
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(401, "UnauthorizedError", message)
    }

    /// A token that is expired or malformed is 403, not 401.
    pub(super) fn token(message: &str) -> Self {
        Self::new(403, "TokenError", message)
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::new(403, "ForbiddenError", message)
    }

    pub(super) fn not_found(message: String) -> Self {
        Self::new(404, "NotFound", message)
    }

    pub(super) fn no_route(method: &str, target: &str) -> Self {
        Self::not_found(format!("Route {method}:{target} not found"))
    }

    /// The one error whose message is a list.
    pub(super) fn validation(issues: Vec<Value>) -> Self {
        Self::new(422, "ValidationFailure", issues)
    }

    /// The problem that an injected status stands for.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::unauthorized("Token missing"),
            403 => Self::token("Your token has expired. Please re-authenticate."),
            404 => Self::not_found("Resource not found".into()),
            422 => Self::validation(vec![issue("custom", "body", "Invalid input")]),
            429 => Self::new(429, "RateLimitExceeded", "Rate limit exceeded. Please try again in 60 seconds"),
            400..=499 => Self::new(status, "BadRequest", "The request was refused"),
            _ => Self::new(status, "InternalServerError", "Something went wrong"),
        }
    }

    pub(super) fn reply(&self, request_id: &str) -> Reply {
        let body =
            Body { req_id: request_id, status_code: self.status, message: &self.message, error: self.error };
        Reply::json(self.status, &body)
    }
}

/// One issue of a failed validation.
pub(super) fn issue(code: &str, path: &str, message: &str) -> Value {
    json!({"code": code, "path": [path], "message": message})
}
