//! Requests and answers as plain data, without an HTTP library.

use serde::Serialize;
use serde_json::{Map, Value};

/// One HTTP request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, … in upper case.
    pub method: String,
    /// Path and query, such as `/digitalocean/v2/droplets?page=2`.
    pub target: String,
    /// Header names are compared without regard to case.
    pub headers: Vec<(String, String)>,
    /// The body, empty when there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        Self { method: method.into(), target: target.into(), ..Self::default() }
    }

    /// The same request with one more header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same request with `Authorization: Bearer TOKEN`.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// The same request with a JSON body and its content type.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        // Serializing a value with string keys into memory cannot fail; an empty body would be refused anyway.
        self.body = serde_json::to_vec(body).unwrap_or_default();
        self.header("content-type", "application/json")
    }

    pub(crate) fn get_header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn bearer_token(&self) -> Option<&str> {
        self.get_header("authorization")?.strip_prefix("Bearer ")
    }

    pub(crate) fn has_json_content_type(&self) -> bool {
        self.get_header("content-type").is_some_and(|value| {
            value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        })
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Handled {
    /// The answer; none when the connection is cut.
    pub reply: Option<Reply>,
    /// How long the answer (or the cut) is held back. A caller whose patience is shorter sees a timeout; the work
    /// was done or not done as `connection` says, at the moment of the call.
    pub delay_ms: u64,
    /// What happens to the connection.
    pub connection: Connection,
}

impl From<Reply> for Handled {
    fn from(reply: Reply) -> Self {
        Self { reply: Some(reply), delay_ms: 0, connection: Connection::Kept }
    }
}

/// What happens to the connection of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The answer is sent.
    Kept,
    /// Nothing was done, and no answer comes.
    CutBefore,
    /// The work was done, and no answer comes.
    CutAfter,
}

/// One HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, empty when there is none.
    pub body: Vec<u8>,
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json; charset=utf-8".into())],
            // Serializing a value with string keys into memory cannot fail.
            body: serde_json::to_vec(body).unwrap_or_default(),
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.into(), value.to_string()));
        self
    }

    /// The value of a header.
    pub fn get_header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A request's target in parts, percent-decoded.
pub(crate) struct Target {
    pub(crate) segments: Vec<String>,
    pub(crate) query: Query,
}

impl Target {
    pub(crate) fn parse(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            segments: path
                .split('/')
                .filter(|part| !part.is_empty())
                .map(|part| decode(part, false))
                .collect(),
            query: Query::parse(query),
        }
    }

    /// The segments as slices, so that a route can be matched as a pattern.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }
}

/// Query parameters in the order in which they came.
#[derive(Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: &str) -> Self {
        Self(
            query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name, true), decode(value, true)))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first parameter that is not among `known`.
    pub(crate) fn unknown(&self, known: &[&str]) -> Option<&str> {
        self.iter().map(|(name, _)| name).find(|name| !known.contains(name))
    }
}

/// The first property of a JSON object that is not among `known`.
pub(crate) fn unknown_property<'a>(object: &'a Map<String, Value>, known: &[&str]) -> Option<&'a str> {
    object.keys().map(String::as_str).find(|name| !known.contains(name))
}

/// Percent-decodes; in a query, `+` is a space. What is no valid escape stays as it is.
fn decode(text: &str, plus_is_space: bool) -> String {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' if plus_is_space => out.push(b' '),
            b'%' => {
                let mut decoded = [0];
                match tail.split_at_checked(2) {
                    Some((digits, after)) if hex::decode_to_slice(digits, &mut decoded).is_ok() => {
                        out.extend_from_slice(&decoded);
                        rest = after;
                    }
                    _ => out.push(byte),
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_split_and_decoded() {
        let target = Target::parse("/v2//a%2Fb/c+d?name.exact=x%20y+z&flag&bad=%zz");
        assert_eq!(target.path(), ["v2", "a/b", "c+d"]);
        for (name, value) in
            [("name.exact", Some("x y z")), ("flag", Some("")), ("bad", Some("%zz")), ("no", None)]
        {
            assert_eq!(target.query.get(name), value, "{name}");
        }
        assert_eq!(target.query.unknown(&["name.exact", "flag"]), Some("bad"));
    }
}
