//! The body of a request.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;

use super::{LONGEST_BODY, field::Place};
use crate::error::ApiError;

/// A JSON body of this type, in which every field is known. A body that is not there counts as an empty object, so
/// that what is missing in it is named.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            let media = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
            media.eq_ignore_ascii_case("application/json")
        });
        let bytes = bytes(request, state).await?;
        if bytes.is_empty() {
            return parse(b"{}").map(Self);
        }
        // A page of somebody else's can have a browser send a form, or a body without a type, but not JSON, without
        // asking first.
        if !is_json {
            return Err(ApiError::NotJson);
        }
        parse(&bytes).map(Self)
    }
}

/// The bytes of the body, if it is not too long.
pub(crate) async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let limit = request.extensions().get::<BodyLimit>().map_or(LONGEST_BODY, |limit| limit.0);
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::TooLarge { limit }
        } else {
            ApiError::Malformed("the body could not be read".to_owned())
        }
    })
}

/// How long the body of this route may be, to tell those whose body is longer.
#[derive(Clone, Copy)]
pub(crate) struct BodyLimit(pub(crate) usize);

/// Reads JSON, and names the field that is wrong, missing or unknown. The types of bodies know no unknown fields.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde takes a list for an object, in the order of its fields, which nobody means; of anything else it says what type
    // of ours it expected.
    if bytes
        .trim_ascii_start()
        .first()
        .is_some_and(|first| matches!(first, b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
    {
        return Err(ApiError::Malformed("the body is not a JSON object".to_owned()));
    }
    serde_json::from_slice(bytes).map_err(|error| wrong(bytes, &error))
}

fn wrong(bytes: &[u8], error: &serde_json::Error) -> ApiError {
    if error.classify() != serde_json::error::Category::Data {
        return ApiError::Malformed(format!("the body is no JSON: {error}"));
    }
    // serde tells the place at the end, which says nothing to those who did not write the text by hand.
    let text = error.to_string();
    let message = short(text.split(" at line ").next().unwrap_or_default());
    let place = Place::of(bytes, error.line(), error.column());
    // serde names a field that is missing or unknown between backquotes.
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let field = short(&place.missing(name));
        return ApiError::Invalid { message: format!("the field {field} is missing"), field };
    }
    let field = short(&place.field());
    if field.is_empty() {
        return ApiError::Malformed(message);
    }
    if message.starts_with("unknown field ") {
        return ApiError::Invalid { message: format!("there is no field {field} here"), field };
    }
    ApiError::Invalid { field, message }
}

/// As much of a text from outside as an answer repeats.
fn short(text: &str) -> String {
    const MOST: usize = 200;
    let mut short: String = text.chars().take(MOST).collect();
    if text.len() > short.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use noc_shared::deployments::DeployRequest;

    use super::*;

    #[test]
    fn what_is_wrong_in_a_body_is_named() {
        let good = r#"{"server_name":"a","droplet_size":"s","droplet_region":"r","branch":"b","enable_cloudflare_proxy":true}"#;
        assert!(parse::<DeployRequest>(good.as_bytes()).is_ok());
        let cases = [
            (good.replace("true", "\"yes\""), Some("enable_cloudflare_proxy"), "expected a boolean"),
            (good.replace("true", "true,\"surprise\":1"), Some("surprise"), "no field surprise"),
            (good.replace("\"branch\":\"b\",", ""), Some("branch"), "branch is missing"),
            (good.replace("\"a\"", "7"), Some("server_name"), "expected a string"),
            ("[]".to_owned(), None, "not a JSON object"),
            ("null".to_owned(), None, "not a JSON object"),
            (format!("[{good}]"), None, "not a JSON object"),
            ("{".to_owned(), None, "no JSON"),
            (format!("{good} and more"), None, "no JSON"),
            ("\u{0}".to_owned(), None, "no JSON"),
        ];
        for (text, expected_field, part) in cases {
            match parse::<DeployRequest>(text.as_bytes()) {
                Err(ApiError::Invalid { field, message }) => {
                    assert_eq!(Some(field.as_str()), expected_field, "{text}");
                    assert!(message.contains(part), "{text}: {message}");
                }
                Err(ApiError::Malformed(message)) => {
                    assert_eq!(None, expected_field, "{text}: {message}");
                    assert!(message.contains(part), "{text}: {message}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
