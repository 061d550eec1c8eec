//! `GET /api/health`.

use std::{future::Future, sync::Arc};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures_util::future::join3;
use http::{Method, StatusCode};
use noc_shared::{
    health::{Health, PartHealth},
    id::OrganizationId,
};

use crate::{
    api::{Answer, BODY_LIMIT, Operation, Parameter, Parameters, Requires, Route, schema},
    app::App,
    error::ApiError,
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
            summary: "Says how NOC's own parts are, and which settings are missing.",
            parameters: &[Parameter { name: "deep", description: "`1` asks each provider, too." }],
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
    if deep && let Ok(providers) = app.providers() {
        let (compute, dns, secrets) = join3(
            part(&app, "digitalocean", async {
                providers.compute.ping().await.map_err(|error| error.to_string())
            }),
            part(&app, "cloudflare", async { providers.dns.ping().await.map_err(|error| error.to_string()) }),
            part(&app, "infisical", async {
                providers.secrets.ping().await.map_err(|error| error.to_string())
            }),
        )
        .await;
        parts.extend([compute, dns, secrets]);
    }
    let missing: Vec<String> = app.config.missing().iter().map(|name| (*name).to_owned()).collect();
    let ok = missing.is_empty() && parts.iter().all(|part| part.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let health = Health { ok, version: env!("CARGO_PKG_VERSION").to_owned(), missing, parts };
    Ok((status, Json(health)).into_response())
}

async fn part(app: &App, name: &str, look: impl Future<Output = Result<Option<u64>, String>>) -> PartHealth {
    let started = app.clock.now();
    let (ok, problem, remaining_requests) = match look.await {
        Ok(remaining) => (true, None, remaining),
        Err(problem) => (false, Some(problem), None),
    };
    let latency_ms = u64::try_from(app.clock.now().since(started)).unwrap_or(0);
    PartHealth { name: name.to_owned(), ok, latency_ms, problem, remaining_requests }
}

/// Whether the database answers, and has the schema.
async fn database(app: &App) -> Result<Option<u64>, String> {
    let statement =
        Statement::new("SELECT COUNT(*) AS found FROM deployments WHERE id = ?1", [Param::from("")]);
    app.database.query(statement).await.map(|_| None).map_err(|error| {
        app.log.warn(
            "the database did not answer",
            crate::log::Fields { error: Some(error.to_string()), ..crate::log::Fields::default() },
        );
        if error.to_string().contains("no such table") {
            "it has no schema yet; apply the migrations with `npx wrangler d1 migrations apply DB`".to_owned()
        } else {
            "it does not answer; the log has the cause".to_owned()
        }
    })
}

async fn cache(app: &App) -> Result<Option<u64>, String> {
    app.cache.get("health").await.map(|_| None).map_err(|_| "it does not answer".to_owned())
}

/// Whether objects answer. The name of the one that is asked cannot be a server's, so that it owns nothing.
async fn objects(app: &App) -> Result<Option<u64>, String> {
    let nobody = OrganizationId::from_random([0; 12]);
    match app.targets.ask(&nobody, "/health", TargetRequest::Ping).await {
        Ok(TargetAnswer::Pong) => Ok(None),
        _ => Err("they do not answer; the log has the cause".to_owned()),
    }
}
