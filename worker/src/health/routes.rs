//! `GET /api/health`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures_util::future::join3;
use http::{Method, StatusCode};
use noc_shared::{health::Health, id::OrganizationId};

use super::{part::part, providers::providers};
use crate::{
    api::{Answer, BODY_LIMIT, Operation, Parameter, Parameters, Requires, Route, Values, schema},
    app::App,
    error::ApiError,
    log,
    log::Fields,
    ports::{Param, Statement},
    targets::{TargetAnswer, TargetRequest},
};

/// The routes of health.
pub fn routes() -> Vec<Route> {
    vec![Route {
        method: Method::GET,
        path: "/api/health",
        requires: Requires::Nothing(
            "a monitor that watches NOC has no account in it; no organization's thing is shown",
        ),
        operation: Operation {
            id: "get_health",
            summary: "Says how NOC's own parts are, and which settings are missing or cannot be used.",
            parameters: &[Parameter {
                name: "deep",
                description: "`1` asks each provider, too.",
                values: Values::Switch,
            }],
            answers: vec![
                Answer::json(200, "everything that was looked at works", schema::<Health>()),
                Answer::json(503, "something does not; the body says what", schema::<Health>()),
            ],
            refusals: &[422],
            ..Operation::default()
        },
        body_limit: BODY_LIMIT,
        handler: get(show),
    }]
}

async fn show(State(app): State<Arc<App>>, mut parameters: Parameters) -> Result<Response, ApiError> {
    let deep = parameters.switch("deep")?;
    parameters.end()?;
    let (d1, kv, objects) = join3(
        part(&app, "d1", database(&app)),
        part(&app, "kv", cache(&app)),
        part(&app, "durable_objects", objects(&app)),
    )
    .await;
    let mut parts = vec![d1, kv, objects];
    if deep {
        parts.extend(providers(&app).await);
    }
    let names = |settings: &[&'static str]| settings.iter().map(|name| (*name).to_owned()).collect();
    let (missing, unusable): (Vec<String>, Vec<String>) =
        (names(app.config.missing()), names(&app.config.unusable));
    let ok = missing.is_empty() && unusable.is_empty() && parts.iter().all(|part| part.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let health = Health { ok, version: env!("CARGO_PKG_VERSION").to_owned(), missing, unusable, parts };
    Ok((status, Json(health)).into_response())
}

/// Whether the database answers, and has a schema.
async fn database(app: &App) -> Result<Option<u64>, String> {
    let statement =
        Statement::new("SELECT name FROM sqlite_schema WHERE name = ?1", [Param::from("deployments")]);
    match app.database.query(statement).await {
        Ok(rows) if rows.is_empty() => {
            Err("it has no schema yet; apply the migrations with `npx wrangler d1 migrations apply DB`"
                .to_owned())
        }
        Ok(_) => Ok(None),
        Err(error) => Err(away(app, "the database did not answer", &error)),
    }
}

/// Writes the cause into the log, and says what everybody may know.
fn away(app: &App, message: &str, error: &dyn std::error::Error) -> String {
    app.log.warn(message, Fields { error: Some(log::chain(error)), ..Fields::default() });
    "it does not answer; the log has the cause".to_owned()
}

async fn cache(app: &App) -> Result<Option<u64>, String> {
    app.cache.get("health").await.map(|_| None).map_err(|error| away(app, "the cache did not answer", &error))
}

/// Whether objects answer. The name of the one that is asked cannot be a server's, so that it owns nothing.
async fn objects(app: &App) -> Result<Option<u64>, String> {
    let nobody = OrganizationId::from_random([0; 12]);
    match app.targets.ask(&nobody, "/health", TargetRequest::Ping).await {
        Ok(TargetAnswer::Pong) => Ok(None),
        Ok(_) => Err("it does not answer as it should; its own line in the log has the cause".to_owned()),
        Err(error) => Err(away(app, "the objects did not answer", &error)),
    }
}
