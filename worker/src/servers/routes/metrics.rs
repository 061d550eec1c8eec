//! `GET /api/servers/{name}/metrics`.

use std::sync::Arc;

use axum::{Json, extract::State, routing::get};
use http::Method;
use noc_shared::{
    access::Scope,
    metrics::{MetricsAnswer, Resolution},
};

use super::super::lookup;
use crate::{
    api::{Answer, BODY_LIMIT, Operation, Parameter, Parameters, Requires, Route, Segment, Values, schema},
    app::App,
    error::ApiError,
    organizations::Caller,
    targets::{self, TargetAnswer, TargetRequest},
};

const HOUR_MS: i64 = 3_600_000;

pub(super) fn routes() -> Vec<Route> {
    vec![Route {
        method: Method::GET,
        path: "/api/servers/{name}/metrics",
        requires: Requires::InProject(Scope::ServersRead),
        operation: Operation {
            id: "get_server_metrics",
            summary: "How a server was over time: each report of the last 24 hours, or the hours of the last 30 days.",
            parameters: &[
                Parameter {
                    name: "from",
                    description: "From this time on (RFC 3339); when absent, as far back as is kept.",
                    values: Values::Text,
                },
                Parameter {
                    name: "to",
                    description: "Before this time (RFC 3339); now when absent.",
                    values: Values::Text,
                },
                Parameter {
                    name: "resolution",
                    description: "`full` when absent.",
                    values: Values::OneOf(&["full", "hour"]),
                },
            ],
            answers: vec![Answer::json(200, "there is such a server", schema::<MetricsAnswer>())],
            refusals: &[404, 422, 503],
            ..Operation::default()
        },
        body_limit: BODY_LIMIT,
        handler: get(metrics),
    }]
}

async fn metrics(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    mut parameters: Parameters,
) -> Result<Json<MetricsAnswer>, ApiError> {
    let now = app.clock.now();
    let (resolution, kept) = match parameters.text("resolution")?.as_deref() {
        None | Some("full") => (Resolution::Full, 24 * HOUR_MS),
        Some("hour") => (Resolution::Hour, 30 * 24 * HOUR_MS),
        Some(_) => return Err(invalid("resolution", "resolution is full or hour")),
    };
    // What is happening now belongs to it.
    let to = parameters.time("to")?.unwrap_or(now.plus(1));
    let from = parameters.time("from")?.unwrap_or(now.plus(-kept));
    parameters.end()?;
    if from >= to {
        return Err(invalid("from", "from is before to"));
    }
    let server_id = lookup::find(&app, &caller, &name).await?;
    let request = TargetRequest::Samples { server_id, resolution, from, to };
    match targets::ask(&app, &caller.organization_id, &name, request).await? {
        TargetAnswer::Samples { samples } => Ok(Json(MetricsAnswer { resolution, from, to, samples })),
        _ => Err(ApiError::Target { doing: "show how the server was" }),
    }
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message: message.to_owned() }
}
