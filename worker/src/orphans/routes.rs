//! The routes of orphans.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    routing::{delete, get, post},
};
use http::Method;
use noc_shared::{
    access::Scope,
    id::OrphanId,
    orphans::{AdoptAnswer, AdoptRequest, OrphanList, RemoveAnswer},
};

use super::{adopt, remove, store};
use crate::{
    api::{
        Answer, BODY_LIMIT, Operation, Parameter, Parameters, Requires, Route, decode_cursor, page,
        read_time_place, schema, time_place,
    },
    app::App,
    error::ApiError,
    organizations::Caller,
    reconciler,
};

/// The routes of orphans.
pub fn routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::GET,
            path: "/api/orphans",
            requires: Requires::Scope(Scope::ServersRead),
            operation: Operation {
                id: "list_orphans",
                summary: "Lists what is at the providers with NOC's mark and belongs to no server, with its age and what \
                          it costs. What is younger than four hours may be of a deploy under way, and is none.",
                parameters: &[Parameter::LIMIT, Parameter::CURSOR],
                answers: vec![Answer::json(200, "always", schema::<OrphanList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(list),
        },
        Route {
            method: Method::POST,
            path: "/api/orphans/{id}/adopt",
            requires: Requires::Scope(Scope::ServersDeploy),
            operation: Operation {
                id: "adopt_orphan",
                summary: "Makes a machine the server whose mark it has, once its agent reports; or a DNS record that of \
                          the server which has its name as a domain.",
                body: Some(schema::<AdoptRequest>()),
                answers: vec![
                    Answer::json(200, "the record is that of the server", schema::<AdoptAnswer>()),
                    Answer::json(
                        202,
                        "the adoption has begun; `Location` says where to follow it",
                        schema::<AdoptAnswer>(),
                    ),
                ],
                refusals: &[400, 404, 409, 413, 415, 422, 502, 503],
                audits: "orphans.adopt",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: post(adopt::adopt),
        },
        Route {
            method: Method::DELETE,
            path: "/api/orphans/{id}",
            requires: Requires::Scope(Scope::ServersDestroy),
            operation: Operation {
                id: "delete_orphan",
                summary: "Removes an orphan at its provider, after a last look whether it is still nobody's.",
                answers: vec![
                    Answer::json(200, "it is gone", schema::<RemoveAnswer>()),
                    Answer::json(202, "it is not gone yet", schema::<RemoveAnswer>()),
                ],
                refusals: &[404, 409, 422, 502, 503],
                audits: "orphans.delete",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: delete(remove::remove),
        },
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    mut parameters: Parameters,
) -> Result<Json<OrphanList>, ApiError> {
    let limit = parameters.limit()?;
    let after = parameters.text("cursor")?.map(|cursor| place_of(&cursor)).transpose()?;
    parameters.end()?;
    // One more tells whether there are more.
    let listed = store::list(&*app.database, &caller.organization_id, after, limit + 1).await;
    let (orphans, price_monthly) = listed.map_err(ApiError::database("list the orphans"))?;
    let (orphans, next_cursor) =
        page(orphans, limit, |last| time_place(last.first_seen_at, last.id.as_str()));
    let swept = reconciler::last_ended(&*app.database).await;
    let [droplets_swept_at, dns_records_swept_at] =
        swept.map_err(ApiError::database("say when it was last looked"))?;
    Ok(Json(OrphanList { orphans, price_monthly, droplets_swept_at, dns_records_swept_at, next_cursor }))
}

fn place_of(cursor: &str) -> Result<(i64, String), ApiError> {
    let place = decode_cursor(cursor)?;
    let read = || {
        let (at, id) = read_time_place(&place)?;
        Some((at, OrphanId::parse(id)?.to_string()))
    };
    read().ok_or_else(ApiError::cursor)
}
