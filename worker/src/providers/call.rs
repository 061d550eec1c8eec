//! One call to a provider: its limits, and what its refusals mean.

use std::{fmt, sync::Arc};

use noc_shared::{
    deployments::{Failure, FailureCode},
    errors::ProviderRefusal,
};
use serde::de::DeserializeOwned;

use crate::{
    config::Secret,
    ports::{Authorization, Clock, Content, Http, HttpError, HttpRequest, HttpResponse, Method},
    saga::Fault,
};

/// A provider has this long for an answer. DigitalOcean's creates have been seen to take over ten seconds; what takes
/// longer than thirty is not coming.
pub(crate) const TIMEOUT_MS: u64 = 30_000;

/// An answer is at most this long: a page of 200 droplets with their sizes and regions is under 1 MiB, and an object
/// shares 128 MB of memory with many others.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The headers in which providers name a request, where their body does not.
const REQUEST_IDS: [&str; 2] = ["cf-ray", "x-request-id"];

/// What a provider says of its refusal is cut off here: a person reads it.
const MAX_MESSAGE: usize = 500;

/// What kind of refusal it is, and so what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// There is no such thing.
    NotFound,
    /// The request is wrong, or the token may not do this: a repeat will not mend it.
    Refused,
    /// Something else is being done to the thing: a repeat will do.
    Busy,
    /// There is such a thing already: a look tells whose it is.
    Exists,
    /// Too many requests: a repeat will do, after so many milliseconds if it said so.
    RateLimited(Option<i64>),
    /// The provider is not able to answer: a repeat may do. Nobody knows whether this one did its work.
    Unavailable,
    /// The answer is not what the provider promises. Nobody knows whether the request did its work.
    Unreadable,
}

/// A provider did not do what it was asked.
#[derive(Debug)]
pub struct ProviderError {
    /// What can be done about it.
    pub kind: ProviderErrorKind,
    /// What was asked of it, as `create the droplet`.
    pub doing: &'static str,
    /// What it answered, in its own words but without any token.
    pub refusal: ProviderRefusal,
}

impl fmt::Display for ProviderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ProviderRefusal { provider, status, message, .. } = &self.refusal;
        match status {
            Some(status) => write!(formatter, "{provider} did not {}: {status}, {message}", self.doing),
            None => write!(formatter, "{provider} did not {}: {message}", self.doing),
        }
    }
}

impl std::error::Error for ProviderError {}

impl From<ProviderError> for Fault {
    fn from(error: ProviderError) -> Self {
        let (transient, unsure, retry_after_ms, code) = match error.kind {
            ProviderErrorKind::NotFound | ProviderErrorKind::Refused => {
                (false, false, None, FailureCode::ProviderRefused)
            }
            ProviderErrorKind::Busy | ProviderErrorKind::Exists => {
                (true, false, None, FailureCode::ProviderUnavailable)
            }
            ProviderErrorKind::RateLimited(after) => (true, false, after, FailureCode::ProviderUnavailable),
            ProviderErrorKind::Unavailable | ProviderErrorKind::Unreadable => {
                (true, true, None, FailureCode::ProviderUnavailable)
            }
        };
        let failure = Failure { code, message: error.to_string(), provider: Some(error.refusal) };
        Self { failure, transient, unsure, retry_after_ms }
    }
}

/// What a provider's own error body says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
}

/// Calls one provider.
pub(super) struct Caller {
    pub(super) provider: &'static str,
    pub(super) http: Arc<dyn Http>,
    pub(super) clock: Arc<dyn Clock>,
    /// What must not be read in any answer.
    pub(super) hidden: Arc<[Secret]>,
}

/// What is asked of a provider.
pub(super) struct Ask<'a> {
    /// In words, as `create the droplet`.
    pub(super) doing: &'static str,
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) bearer: Option<&'a Secret>,
    pub(super) body: Option<Vec<u8>>,
    /// Reads the provider's error body.
    pub(super) said: fn(&[u8]) -> Said,
}

impl Caller {
    /// Asks, and gives the answer if it is a success.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<HttpResponse, ProviderError> {
        let request = HttpRequest {
            method: ask.method,
            url: ask.url,
            authorization: ask.bearer.cloned().map(Authorization::Bearer),
            body: ask.body.map(|body| (Content::Json, body)),
            timeout_ms: TIMEOUT_MS,
            max_bytes: MAX_BYTES,
        };
        let response = self.http.send(request).await.map_err(|error| {
            let kind = match error {
                HttpError::TooLong => ProviderErrorKind::Unreadable,
                HttpError::Timeout | HttpError::Unreachable(_) => ProviderErrorKind::Unavailable,
            };
            self.error(kind, ask.doing, None, Said { message: Some(error.to_string()), ..Said::default() })
        })?;
        let kind = match response.status {
            200..=299 => return Ok(response),
            404 | 410 => ProviderErrorKind::NotFound,
            429 => ProviderErrorKind::RateLimited(self.retry_after_ms(&response)),
            408 | 500..=599 => ProviderErrorKind::Unavailable,
            _ => ProviderErrorKind::Refused,
        };
        let mut said = (ask.said)(&response.body);
        let named = || REQUEST_IDS.iter().find_map(|name| response.header(name).map(str::to_owned));
        said.request_id = said.request_id.or_else(named);
        Err(self.error(kind, ask.doing, Some(response.status), said))
    }

    /// Asks, and reads the answer.
    pub(super) async fn ask_for<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, ProviderError> {
        let doing = ask.doing;
        let response = self.ask(ask).await?;
        serde_json::from_slice(&response.body).map_err(|error| {
            // serde quotes what it found, which may be a secret: only the place is told.
            let place = format!("line {}, column {}", error.line(), error.column());
            let message = Some(format!("the answer is not what it should be, at {place}"));
            let said = Said { message, ..Said::default() };
            self.error(ProviderErrorKind::Unreadable, doing, Some(response.status), said)
        })
    }

    /// An error about an answer that was a success but makes no sense.
    pub(super) fn senseless(&self, doing: &'static str, message: &str) -> ProviderError {
        let said = Said { message: Some(message.to_owned()), ..Said::default() };
        self.error(ProviderErrorKind::Unreadable, doing, None, said)
    }

    /// How many more requests the provider takes now, if it says so.
    pub(super) fn remaining(response: &HttpResponse) -> Option<u64> {
        ["ratelimit-remaining", "x-ratelimit-remaining"]
            .iter()
            .find_map(|name| response.header(name)?.trim().parse().ok())
    }

    /// How long the provider asks to wait: `retry-after` in seconds, or else the time until its window moves on, which
    /// is a point in time at DigitalOcean (`ratelimit-reset`) and a number of seconds at Infisical.
    fn retry_after_ms(&self, response: &HttpResponse) -> Option<i64> {
        let number = |name: &str| response.header(name)?.trim().parse::<i64>().ok();
        let seconds = number("retry-after")
            .or_else(|| number("ratelimit-reset").map(|at| at.saturating_sub(self.clock.now().seconds())));
        seconds.or_else(|| number("x-ratelimit-reset")).map(|seconds| seconds.max(0).saturating_mul(1000))
    }

    fn error(
        &self,
        kind: ProviderErrorKind,
        doing: &'static str,
        status: Option<u16>,
        said: Said,
    ) -> ProviderError {
        let message = self.clean(said.message.as_deref().unwrap_or("it did not say why"));
        let refusal = ProviderRefusal {
            provider: self.provider.to_owned(),
            status,
            code: said.code.map(|code| self.clean(&code)),
            message,
            request_id: said.request_id.map(|id| self.clean(&id)),
        };
        ProviderError { kind, doing, refusal }
    }

    /// A provider's text as others may read it: some providers repeat the token that they refuse.
    fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.hidden.iter().filter(|secret| !secret.expose().is_empty()) {
            text = text.replace(secret.expose(), "(secret)");
        }
        text.chars().take(MAX_MESSAGE).collect()
    }
}

/// Puts values into a query. Names are ours and need no encoding.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.extend(percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC));
    }
    text
}
