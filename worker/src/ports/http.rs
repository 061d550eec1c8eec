//! HTTP to the outside.

use std::fmt;

use async_trait::async_trait;

use crate::config::Secret;

/// What an outgoing request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What goes into `Authorization`.
#[derive(Clone)]
pub enum Authorization {
    /// A token.
    Bearer(Secret),
    /// A name and a password, with a colon between them.
    Basic(Secret),
}

/// What kind of text a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A JSON document.
    Json,
    /// A form.
    Form,
}

impl Content {
    /// The name of the media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// A request to the outside.
pub struct HttpRequest {
    /// What it does.
    pub method: Method,
    /// Where it goes. It carries no secret.
    pub url: String,
    /// By what it is allowed.
    pub authorization: Option<Authorization>,
    /// What it brings. It may hold secrets and is never printed.
    pub body: Option<(Content, Vec<u8>)>,
    /// How long it may take altogether, in milliseconds.
    pub timeout_ms: u64,
    /// How long the answer's body may be, in bytes.
    pub max_bytes: usize,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method.as_str(), self.url)
    }
}

/// An answer from the outside.
#[derive(Debug)]
pub struct HttpResponse {
    /// Its status.
    pub status: u16,
    /// Its headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }
}

/// There is no answer. Whether the request did its work, nobody knows.
#[derive(Debug)]
pub enum HttpError {
    /// It took longer than it may.
    Timeout,
    /// The connection could not be made, or broke.
    Unreachable(String),
    /// The answer is longer than it may be.
    TooLong,
}

impl fmt::Display for HttpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => formatter.write_str("there was no answer in time"),
            Self::Unreachable(cause) => write!(formatter, "the connection failed: {cause}"),
            Self::TooLong => formatter.write_str("the answer is longer than it may be"),
        }
    }
}

impl std::error::Error for HttpError {}

/// Sends requests to the outside.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends a request and reads its whole answer, within the request's time and length. Redirects are not followed:
    /// they would carry the token to wherever they point.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;
}
