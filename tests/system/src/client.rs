//! HTTP as a script does it: any status is an answer.

use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode, request::Builder};
use serde_json::Value;
use ureq::{Agent, AsSendBody};

use crate::stream::Events;

/// Longer than the longest answer that NOC waits for by itself, which is 90 seconds.
const TIMEOUT: Duration = Duration::from_secs(100);

/// No connection is used again that has been idle for longer: the Worker closes those after 5 seconds, and a request
/// that meets that would not be answered.
const LONGEST_IDLE: Duration = Duration::from_secs(2);

/// A client of one server.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    origin: String,
    /// What every request brings that brings nothing of its own.
    token: Option<String>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Client {
    /// A client of the server at `http://HOST:PORT`.
    pub fn new(origin: impl Into<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .max_idle_age(LONGEST_IDLE)
            .max_redirects(0)
            .build();
        Self { agent: Agent::new_with_config(config), origin: origin.into(), token: None }
    }

    /// The same with a token, which every request brings that brings nothing of its own.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Another one of the same server and with the same token, with connections of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { token: self.token.clone(), ..Self::new(self.origin.clone()) }
    }

    /// What every request brings that brings nothing of its own.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// `http://HOST:PORT`
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Asks, and gives the answer, or why there is none.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub fn try_send(&self, request: Builder, body: impl AsSendBody) -> Result<Answer, ureq::Error> {
        let (parts, mut body) = self.run(request, body)?.into_parts();
        Ok(Answer { status: parts.status, headers: parts.headers, text: body.read_to_string()? })
    }

    /// Asks, and gives the answer.
    #[track_caller]
    pub fn send(&self, request: Builder, body: impl AsSendBody) -> Answer {
        let what = format!("{:?} {:?}", request.method_ref(), request.uri_ref());
        self.try_send(request, body).unwrap_or_else(|error| panic!("{what} was not answered: {error}"))
    }

    /// `GET`
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), ())
    }

    /// `POST` with JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(json_request(Method::POST, path), body.to_string())
    }

    /// `DELETE` with JSON.
    #[track_caller]
    pub fn delete(&self, path: &str, body: &Value) -> Answer {
        self.send(json_request(Method::DELETE, path), body.to_string())
    }

    /// Follows a stream of server-sent events, from behind an event if one is named.
    #[track_caller]
    pub fn events(&self, path: &str, last_event_id: Option<u64>) -> Events {
        let mut request = Request::get(path).header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = self.run(request, ()).unwrap_or_else(|error| panic!("GET {path}: {error}"));
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        assert_eq!((response.status().as_u16(), kind), (200, Some("text/event-stream")), "GET {path}");
        Events::new(response.into_body().into_reader())
    }

    fn run(
        &self,
        mut request: Builder,
        body: impl AsSendBody,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        let has_own = request
            .headers_ref()
            .is_some_and(|headers| headers.contains_key("authorization") || headers.contains_key("cookie"));
        if let Some(token) = self.token.as_ref().filter(|_| !has_own) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let path = request.uri_ref().map(ToString::to_string).unwrap_or_default();
        self.agent.run(request.uri(format!("{}{path}", self.origin)).body(body)?)
    }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Says that the answer has this status, and shows it if it has not. The body is given as JSON, which it must be.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.text);
        self.json()
    }

    /// Says that the answer is a refusal with this status and code, about this field.
    #[track_caller]
    pub fn assert_refused(&self, status: u16, code: &str, field: Option<&str>) -> Value {
        let body = self.assert_status(status);
        let error = &body["error"];
        assert_eq!((error["code"].as_str(), error["field"].as_str()), (Some(code), field), "{body:#}");
        let id = error["request_id"].as_str();
        assert!(id.is_some_and(|id| id.starts_with("req_")), "{body:#}");
        assert_eq!(id, self.header("x-request-id"), "{body:#}");
        body
    }
}

/// A request that says that its body is JSON.
pub fn json_request(method: Method, path: &str) -> Builder {
    Request::builder().method(method).uri(path).header("content-type", "application/json")
}
