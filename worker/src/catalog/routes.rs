//! `GET /api/catalog`.

use std::sync::Arc;

use axum::{Json, extract::State, routing::get};
use http::Method;
use noc_shared::{access::Scope, catalog::CatalogAnswer};

use crate::{
    api::{Answer, BODY_LIMIT, Operation, Parameters, Requires, Route, schema},
    app::App,
    applications,
    error::ApiError,
    organizations::Caller,
    servers,
};

/// The routes of the catalog.
pub fn routes() -> Vec<Route> {
    vec![Route {
        method: Method::GET,
        path: "/api/catalog",
        requires: Requires::Scope(Scope::CatalogRead),
        operation: Operation {
            id: "get_catalog",
            summary: "Sizes with their prices, regions and applications. Asked of the provider at most once an hour; \
                      when it does not answer, the last known catalog is served with `stale: true`.",
            answers: vec![Answer::json(200, "always", schema::<CatalogAnswer>())],
            refusals: &[422, 502, 503],
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
) -> Result<Json<CatalogAnswer>, ApiError> {
    parameters.end()?;
    let applications = applications::of_organization(&app, &caller.organization_id).await?;
    let applications = applications.iter().map(Into::into).collect();
    let (catalog, age) = super::current(&app).await?;
    // Sizes and prices are worth showing while the provider of the zone is away.
    let zone = servers::zone_name(&app).await.ok();
    Ok(Json(CatalogAnswer {
        sizes: catalog.sizes,
        regions: catalog.regions,
        applications,
        zone,
        fetched_at: age.fetched_at,
        stale: age.stale,
    }))
}
