//! Between the platform and axum: bodies go as bytes, and as streams only where something streams.

use std::sync::OnceLock;

use axum::body::Body;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http_body_util::BodyExt as _;
use worker::{Context, Env, Headers, Request, Response, ResponseBuilder, event, send::SendWrapper};

use super::environment;
use crate::{
    api::{BODY_LIMIT, LONGEST_BODY, Responder, Streaming},
    error::ApiError,
};

static RESPONDER: OnceLock<SendWrapper<Responder>> = OnceLock::new();

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> worker::Result<Response> {
    let responder = responder(&env)?;
    let response = match read(request).await? {
        Ok(request) => responder.respond(request).await,
        Err(refusal) => responder.refuse(refusal),
    };
    write(response).await
}

fn responder(env: &Env) -> worker::Result<Responder> {
    if let Some(responder) = RESPONDER.get() {
        return Ok((**responder).clone());
    }
    let app = environment::app(env).map_err(worker::Error::RustError)?;
    Ok((**RESPONDER.get_or_init(|| SendWrapper::new(Responder::new(app)))).clone())
}

/// The request with its whole body, or why it is refused before any route has seen it.
async fn read(mut request: Request) -> worker::Result<Result<http::Request<Body>, ApiError>> {
    // The method as it was sent: the platform's own type takes one that it does not know for GET.
    let method = request.inner().method();
    let mut builder = http::Request::builder().method(method.as_str()).uri(request.inner().url());
    for (name, value) in request.headers() {
        builder = builder.header(name, value);
    }
    let Ok(head) = builder.body(()) else {
        let message = "the method, the address or a header has a character that none may have";
        return Ok(Err(ApiError::Malformed(message.to_owned())));
    };
    let declared = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    let body = match declared {
        Some(length) if length > LONGEST_BODY => return Ok(Err(ApiError::TooLarge { limit: BODY_LIMIT })),
        Some(0) => Vec::new(),
        Some(_) => request.bytes().await?,
        // Without a declared length there may be no body at all, or one that never ends.
        None if request.inner().body().is_none() => Vec::new(),
        None => {
            let mut body = Vec::new();
            let mut stream = request.stream()?;
            while let Some(chunk) = stream.next().await {
                let chunk = chunk?;
                if body.len() + chunk.len() > LONGEST_BODY {
                    return Ok(Err(ApiError::TooLarge { limit: BODY_LIMIT }));
                }
                body.extend_from_slice(&chunk);
            }
            body
        }
    };
    Ok(Ok(head.map(|()| Body::from(body))))
}

async fn write(response: http::Response<Body>) -> worker::Result<Response> {
    let (parts, body) = response.into_parts();
    let headers = Headers::new();
    for (name, value) in &parts.headers {
        // What a route sets as a header is text; anything else would be a fault of ours, and is left out.
        if let Ok(value) = value.to_str() {
            headers.append(name.as_str(), value)?;
        }
    }
    let builder = ResponseBuilder::new().with_status(parts.status.as_u16()).with_headers(headers);
    if parts.extensions.get::<Streaming>().is_some() {
        let stream = body.into_data_stream().map_ok(|bytes| bytes.to_vec());
        return builder.from_stream(stream.map_err(|error| worker::Error::RustError(error.to_string())));
    }
    let collected = body.collect().await.map_err(|error| worker::Error::RustError(error.to_string()))?;
    let bytes = collected.to_bytes().to_vec();
    // The platform refuses a body, even an empty one, where the status allows none.
    Ok(if bytes.is_empty() { builder.empty() } else { builder.fixed(bytes) })
}
