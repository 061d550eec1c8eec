//! HTTP to the outside, with the platform's `fetch`.

use std::{pin::pin, time::Duration};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{StreamExt as _, future::Either, future::select};
use worker::{
    AbortController, Delay, Fetch, Headers, Request, RequestInit, RequestRedirect, send::IntoSendFuture as _,
};

use crate::ports::{Authorization, Http, HttpError, HttpRequest, HttpResponse, Method};

pub(super) struct PlatformHttp;

#[async_trait]
impl Http for PlatformHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        async {
            // `fetch` has no time limit of its own: it is raced, and aborted when it loses.
            let controller = AbortController::default();
            let signal = controller.signal();
            let limit = Delay::from(Duration::from_millis(request.timeout_ms));
            let exchange = async {
                let prepared = prepare(&request).map_err(unreachable)?;
                let mut response =
                    Fetch::Request(prepared).send_with_signal(&signal).await.map_err(unreachable)?;
                let body = read(&mut response, request.max_bytes).await?;
                let headers = response.headers().entries().collect();
                Ok(HttpResponse { status: response.status_code(), headers, body })
            };
            match select(pin!(exchange), pin!(limit)).await {
                Either::Left((result, _)) => {
                    // What is too long is not read to its end, and need not be sent to it.
                    if matches!(result, Err(HttpError::TooLong)) {
                        controller.abort();
                    }
                    result
                }
                Either::Right(_) => {
                    controller.abort();
                    Err(HttpError::Timeout)
                }
            }
        }
        .into_send()
        .await
    }
}

fn prepare(request: &HttpRequest) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("accept", "application/json")?;
    headers.set("user-agent", concat!("noc/", env!("CARGO_PKG_VERSION")))?;
    match &request.authorization {
        None => {}
        Some(Authorization::Bearer(token)) => {
            headers.set("authorization", &format!("Bearer {}", token.expose()))?;
        }
        Some(Authorization::Basic(pair)) => {
            headers.set("authorization", &format!("Basic {}", STANDARD.encode(pair.expose())))?;
        }
    }
    let mut init = RequestInit::new();
    init.with_method(match request.method {
        Method::Get => worker::Method::Get,
        Method::Post => worker::Method::Post,
        Method::Delete => worker::Method::Delete,
    });
    // A redirect would carry the token to wherever it points. It comes back as it is and is no success.
    init.with_redirect(RequestRedirect::Manual);
    if let Some((content, body)) = &request.body {
        headers.set("content-type", content.as_str())?;
        init.with_body(Some(js_sys::Uint8Array::from(body.as_slice()).into()));
    }
    init.with_headers(headers);
    Request::new_with_init(&request.url, &init)
}

async fn read(response: &mut worker::Response, max_bytes: usize) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    // An answer without a body has no stream.
    let Ok(mut stream) = response.stream() else { return Ok(body) };
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(unreachable)?;
        if body.len() + chunk.len() > max_bytes {
            return Err(HttpError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreachable(error: worker::Error) -> HttpError {
    HttpError::Unreachable(error.to_string())
}
