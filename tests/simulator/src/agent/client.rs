//! The machine's HTTP client: plain HTTP, as NOC is on the loopback interface.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// NOC answers a claim or a report at once; a machine that waits longer would miss its next report.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The answer to a claim carries the application's secrets: a few values of a few kilobytes.
const ANSWER_LIMIT: usize = 256 * 1024;

/// A client that all machines share.
#[derive(Clone)]
pub(super) struct Client {
    hyper: HyperClient<HttpConnector, Full<Bytes>>,
}

/// What NOC said.
pub(super) struct Answer {
    pub(super) status: u16,
    /// `null` when it is no JSON.
    pub(super) body: Value,
}

impl Client {
    pub(super) fn new() -> Self {
        Self { hyper: HyperClient::builder(TokioExecutor::new()).build_http() }
    }

    /// Posts JSON; none when NOC is out of reach, late or not understood.
    pub(super) async fn post(&self, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Option<Answer> {
        let mut request = Request::post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).ok()?;
        let exchange = async {
            let response = self.hyper.request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), ANSWER_LIMIT).collect().await.ok()?.to_bytes();
            Some(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
        };
        tokio::time::timeout(TIMEOUT, exchange).await.ok().flatten()
    }
}
