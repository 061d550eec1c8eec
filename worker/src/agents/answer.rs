//! What an agent is answered: as JSON, or as lines of words that a shell can read, and signed.

use axum::{
    Json,
    body::Body,
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use noc_shared::{
    agents::{AgentCommand, ClaimAnswer, ReportAnswer, signed_answer},
    commands::CommandRequest,
    id::RequestId,
};

use crate::{
    app::App,
    applications,
    config::MasterKey,
    error::{ApiError, Refusal},
    keys,
    targets::Order,
};

const TIMESTAMP: HeaderName = HeaderName::from_static("x-noc-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-noc-signature");

/// Whether lines are asked for. A shell has no JSON, and taking it apart with `sed` is not safe.
pub(super) fn wants_lines(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept == "text/plain")
}

/// The answer to a claim.
pub(super) fn of_claim(answer: ClaimAnswer, lines: bool) -> Response {
    if !lines {
        return Json(answer).into_response();
    }
    let mut text = format!("key {}\ninterval {}\n", answer.agent_key, answer.interval_seconds);
    for service in answer.services {
        text.push_str(&format!("service {service}\n"));
    }
    for (name, value) in answer.secrets {
        text.push_str(&format!("secret {name} {}\n", base64(value.as_bytes())));
    }
    plain(text)
}

/// The answer to a report.
pub(super) fn of_report(answer: &ReportAnswer, lines: bool) -> Response {
    if !lines {
        return Json(answer).into_response();
    }
    let mut text = format!("interval {}\n", answer.interval_seconds);
    for command in &answer.commands {
        text.push_str(&format!("command {} {} {}\n", command.id, command.name, command.values.join(" ")));
    }
    plain(text)
}

/// A command with everything that the agent needs for it.
pub(super) fn command(order: Order, master: &MasterKey, server: &noc_shared::id::ServerId) -> AgentCommand {
    let (name, values) = match order.request {
        CommandRequest::CollectDiagnostics => ("diagnostics", Vec::new()),
        CommandRequest::RestartService { service } => ("restart", vec![service]),
        CommandRequest::RotateKey => {
            let key = keys::agent_key(master, server, order.generation);
            ("rotate", vec![order.generation.to_string(), hex::encode(key)])
        }
        // What every answer says is no command for the agent.
        CommandRequest::SetInterval { seconds } => ("interval", vec![seconds.to_string()]),
        CommandRequest::UpdateAgent => {
            let script = applications::AGENT_SCRIPT.as_bytes();
            ("update", vec![keys::sha256_hex(script), base64(script)])
        }
    };
    AgentCommand { id: order.id, name: name.to_owned(), values }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn plain(text: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Who is answered: the agent whose signature was found right, and to which request.
pub(super) struct Addressee {
    pub(super) path: &'static str,
    pub(super) key: [u8; 32],
    pub(super) counter: u64,
}

/// Signs an answer for its agent, also one that refuses: the agent believes nothing else. The signature covers the
/// counter of the request, so that an answer is good for one request only, and the time, by which an agent whose clock is
/// wrong sets itself right.
pub(super) async fn signed(
    app: &App,
    request: &RequestId,
    to: &Addressee,
    answer: Result<Response, ApiError>,
) -> Response {
    let (mut response, body) = match answer {
        Ok(response) => {
            let (parts, body) = response.into_parts();
            let body = http_body_util::BodyExt::collect(body).await.map(http_body_util::Collected::to_bytes);
            // A body that is in memory is there.
            let body = body.unwrap_or_default();
            (Response::from_parts(parts, Body::from(body.clone())), body.to_vec())
        }
        Err(error) => {
            let response = error.into_response();
            // The same bytes as the refusal gets when the answer is finished.
            let body =
                response.extensions().get::<std::sync::Arc<Refusal>>().map(|refusal| refusal.body(request));
            (response, serde_json::to_vec(&body).unwrap_or_default())
        }
    };
    let now = app.clock.now().seconds();
    let status: StatusCode = response.status();
    let text = signed_answer(status.as_u16(), to.path, now, to.counter, &keys::sha256_hex(&body));
    let signature = hex::encode(keys::authenticate(&to.key, &[text.as_bytes()]));
    let headers = response.headers_mut();
    headers.insert(TIMESTAMP, HeaderValue::from(now));
    if let Ok(value) = HeaderValue::from_str(&signature) {
        headers.insert(SIGNATURE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_for_those_who_ask_for_them() {
        for (accept, expected) in [(None, false), (Some("*/*"), false), (Some("text/plain"), true)] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(wants_lines(&headers), expected, "{accept:?}");
        }
    }
}
