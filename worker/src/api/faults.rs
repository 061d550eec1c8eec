//! Panics on demand, for the whole-system tests. This module is not part of a release.

use std::sync::Arc;

use axum::{Json, extract::State, routing::post};
use http::Method;
use serde_json::{Value, json};

use super::{BODY_LIMIT, Operation, Requires, Route, Segment};
use crate::{app::App, error::ApiError, organizations, targets::TargetRequest};

/// The routes that break things.
pub fn routes() -> Vec<Route> {
    let route = |path, id, handler| Route {
        method: Method::POST,
        path,
        requires: Requires::Nothing("it is only there in tests"),
        operation: Operation { id, summary: "Breaks something, for a test.", ..Operation::default() },
        body_limit: BODY_LIMIT,
        handler,
    };
    vec![
        route("/api/faults/panic", "panic", post(panic_here)),
        route("/api/faults/panic-in-alarm/{name}", "panic_in_alarm", post(panic_in_alarm)),
    ]
}

#[expect(clippy::panic, reason = "this is what the tests ask for")]
async fn panic_here(State(app): State<Arc<App>>) -> Json<Value> {
    app.clock.sleep(10).await;
    panic!("a test has asked for this panic");
}

async fn panic_in_alarm(
    State(app): State<Arc<App>>,
    Segment(name): Segment,
) -> Result<Json<Value>, ApiError> {
    app.targets.ask(&organizations::first(), &name, TargetRequest::PanicInAlarm).await?;
    Ok(Json(json!({ "success": true })))
}
