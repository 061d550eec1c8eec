//! `GET /metrics`.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{Method, header::CONTENT_TYPE};
use noc_shared::access::Scope;

use super::{prometheus, store};
use crate::{
    api::{Answer, BODY_LIMIT, Operation, Parameters, Requires, Route},
    app::App,
    error::ApiError,
    organizations::Caller,
    servers,
};

const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The routes of metrics.
pub fn routes() -> Vec<Route> {
    vec![Route {
        method: Method::GET,
        path: "/metrics",
        requires: Requires::InProject(Scope::ServersRead),
        operation: Operation {
            id: "get_metrics",
            summary: "How the servers stand and how their machines are, in Prometheus' text format. The values of a \
                      machine are at most about twenty minutes old; noc_server_last_sample_seconds tells.",
            answers: vec![Answer { status: 200, when: "always", media: "text/plain", schema: None }],
            refusals: &[422, 503],
            ..Operation::default()
        },
        body_limit: BODY_LIMIT,
        handler: get(show),
    }]
}

async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let servers = servers::within_reach(&app, &caller).await?;
    let fleet = store::of_fleet(&*app.database, &caller.organization_id, servers)
        .await
        .map_err(ApiError::database("read how the machines are"))?;
    Ok(([(CONTENT_TYPE, MEDIA)], prometheus::text(&fleet)).into_response())
}
