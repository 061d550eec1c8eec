//! From a request to its answer: an id for it, a line in the log, and nothing that gets out by a panic.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{Router, body::Body, response::IntoResponse};
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use noc_shared::{id::RequestId, time::Timestamp};
use tower_service::Service as _;

use super::headers;
use crate::{
    app::{App, router},
    error::{ApiError, Refusal},
    log::Fields,
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of a path that stand in the log: no path of NOC's is longer, and whoever asks for longer ones shall not fill it.
const LONGEST_LOGGED: usize = 200;

/// Marks an answer whose body is sent piece by piece. Every other body is sent as one, which is much faster.
#[derive(Clone, Copy, Debug)]
pub struct Streaming;

/// Answers requests. It is made once and used for all of them.
#[derive(Clone)]
pub struct Responder {
    app: Arc<App>,
    router: Router,
}

impl Responder {
    /// Answers with what the app has.
    pub fn new(app: Arc<App>) -> Self {
        Self { router: router(Arc::clone(&app)), app }
    }

    /// Refuses a request before any route has seen it.
    pub fn refuse(&self, error: ApiError) -> Response<Body> {
        let mut response = IntoResponse::into_response(error);
        self.finish(&mut response, &self.request_id(), "(not read)", self.app.clock.now());
        response
    }

    /// Answers a request.
    pub async fn respond(&self, mut request: Request<Body>) -> Response<Body> {
        let started = self.app.clock.now();
        let id = self.request_id();
        // The query stays out of the log: what somebody searches for is their own.
        let path: String = request.uri().path().chars().take(LONGEST_LOGGED).collect();
        let what = format!("{} {path}", request.method());
        request.extensions_mut().insert(id.clone());
        let origin = headers::allowed_origin(request.headers(), &self.app.config.allowed_origins);
        let method = request.method().clone();
        if let Some(origin) = origin.clone().filter(|_| method == Method::OPTIONS) {
            let mut response = StatusCode::NO_CONTENT.into_response();
            headers::allow(response.headers_mut(), origin, &method);
            self.finish(&mut response, &id, &what, started);
            return response;
        }
        let mut router = self.router.clone();
        let mut response = match AssertUnwindSafe(router.call(request)).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => IntoResponse::into_response(ApiError::Internal {
                doing: "answer the request",
                cause: "it panicked; the panic's own line stands before this one".to_owned(),
            }),
        };
        if let Some(origin) = origin {
            headers::allow(response.headers_mut(), origin, &method);
        }
        self.finish(&mut response, &id, &what, started);
        response
    }

    fn request_id(&self) -> RequestId {
        RequestId::from_random(self.app.random.identifier())
    }

    fn finish(&self, response: &mut Response<Body>, id: &RequestId, what: &str, started: Timestamp) {
        let refusal = response.extensions_mut().remove::<Arc<Refusal>>();
        if let Some(refusal) = &refusal {
            // These types always serialize.
            *response.body_mut() = Body::from(serde_json::to_vec(&refusal.body(id)).unwrap_or_default());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let status = response.status();
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            headers.insert(X_REQUEST_ID, value);
        }
        headers::guard(headers, status);
        let fields = Fields {
            request_id: Some(id.to_string()),
            request: Some(what.to_owned()),
            status: Some(status.as_u16()),
            duration_ms: Some(self.app.clock.now().since(started)),
            error: refusal.as_ref().and_then(|refusal| {
                refusal.cause.clone().or_else(|| Some(format!("{}: {}", refusal.code, refusal.message)))
            }),
            ..Fields::default()
        };
        match status {
            StatusCode::SERVICE_UNAVAILABLE => self.app.log.warn("answered", fields),
            status if status.is_server_error() => self.app.log.error("answered", fields),
            _ => self.app.log.info("answered", fields),
        }
    }
}
