//! Cloudflare's error answers.

use serde::Serialize;

use crate::Reply;

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    code: u32,
    message: String,
    pointer: Option<String>,
    retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Body<'a> {
    result: Option<()>,
    success: bool,
    errors: [Error<'a>; 1],
    messages: [(); 0],
}

#[derive(Serialize)]
struct Error<'a> {
    code: u32,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    pointer: &'a str,
}

impl Problem {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), pointer: None, retry_after: None }
    }

    /// A body that is refused as a whole.
    pub(super) fn invalid_body(message: impl Into<String>) -> Self {
        Self::new(400, 9207, format!("Request body is invalid: {}", message.into()))
    }

    /// A query parameter that is refused.
    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(400, 1004, format!("DNS Validation Error: {}", message.into()))
    }

    pub(super) fn no_route() -> Self {
        Self::new(404, 7003, "No route for the URI")
    }

    pub(super) fn no_record() -> Self {
        Self::new(404, 81_044, "Record does not exist.")
    }

    /// The code and text are from memory: the schema says nothing of the limit.
    pub(super) fn too_many_requests(retry_after: Option<u64>) -> Self {
        Self { retry_after, ..Self::new(429, 971, "Please wait and consider throttling your request speed") }
    }

    /// Says which part of the body it is about.
    pub(super) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// The same problem in an operation of a batch: the pointer gets the operation's place in front.
    pub(super) fn below(mut self, list: &str, index: usize) -> Self {
        self.pointer = Some(format!("/{list}/{index}{}", self.pointer.unwrap_or_default()));
        self
    }

    /// The problem that an injected status stands for.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::new(401, 10_000, "Authentication error"),
            403 => Self::new(403, 9109, "Unauthorized to access requested resource"),
            404 => Self::no_route(),
            429 => Self::too_many_requests(None),
            400..=499 => Self::new(status, 1004, "DNS Validation Error"),
            _ => Self::new(status, 1000, "Internal server error"),
        }
    }

    pub(super) fn reply(&self) -> Reply {
        let source = self.pointer.as_deref().map(|pointer| Source { pointer });
        let errors = [Error { code: self.code, message: &self.message, source }];
        let reply = Reply::json(self.status, &Body { result: None, success: false, errors, messages: [] });
        match self.retry_after {
            Some(seconds) => reply.with_header("retry-after", seconds),
            None => reply,
        }
    }
}
