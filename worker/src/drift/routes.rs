//! The routes of drift.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{get, post, put},
};
use http::{Method, StatusCode, header::LOCATION};
use noc_shared::{
    access::Scope,
    drift::{Drift, DriftKind, DriftList, DriftPolicies, DriftPolicy, RepairAnswer, RepairRequest},
};

use super::{Wanted, begin_repair, store};
use crate::{
    api::{
        Answer, BODY_LIMIT, Body, Operation, Parameter, Parameters, Requires, Route, Segment, Values,
        decode_cursor, page, schema,
    },
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
    reconciler, servers,
};

/// Words of the kinds, for the document. A test says that they are all.
const KINDS: [&str; DriftKind::ALL.len()] = [
    "droplet_missing",
    "size",
    "region",
    "tags",
    "power",
    "dns_missing",
    "dns_content",
    "dns_proxied",
    "dns_extra",
];

/// The routes of drift.
pub fn routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::GET,
            path: "/api/drift",
            requires: Requires::InProject(Scope::ServersRead),
            operation: Operation {
                id: "list_drift",
                summary: "Lists where servers are not what NOC made, field by field. Each droplet and each DNS record is \
                          looked at every quarter of an hour.",
                parameters: &[
                    Parameter {
                        name: "server",
                        description: "Only that of this server.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "kind",
                        description: "Only that of this kind.",
                        values: Values::OneOf(&KINDS),
                    },
                    Parameter::LIMIT,
                    Parameter::CURSOR,
                ],
                answers: vec![Answer::json(200, "always", schema::<DriftList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(list),
        },
        Route {
            method: Method::GET,
            path: "/api/drift/policies",
            requires: Requires::Scope(Scope::ServersRead),
            operation: Operation {
                id: "get_drift_policies",
                summary: "Shows what is done about each kind of drift.",
                answers: vec![Answer::json(200, "always", schema::<DriftPolicies>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(policies),
        },
        Route {
            method: Method::PUT,
            path: "/api/drift/policies",
            requires: Requires::Scope(Scope::ServersDeploy),
            operation: Operation {
                id: "set_drift_policies",
                summary: "Sets what is done about kinds of drift: `report` lists it, `fix` has a repair mend it, `ignore` \
                          does not list it.",
                body: Some(schema::<DriftPolicies>()),
                answers: vec![Answer::json(200, "they are set", schema::<DriftPolicies>())],
                refusals: &[400, 413, 415, 422, 503],
                audits: "drift.policies",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: put(set_policies),
        },
        Route {
            method: Method::POST,
            path: "/api/servers/{name}/repair",
            requires: Requires::InProject(Scope::ServersDeploy),
            operation: Operation {
                id: "repair_server",
                summary: "Makes an active server again what NOC made: its tags, its power and its DNS records. It looks                           for itself what there is to mend.",
                body: Some(schema::<RepairRequest>()),
                answers: vec![Answer::json(
                    202,
                    "the repair has begun; `Location` says where to follow it",
                    schema::<RepairAnswer>(),
                )],
                refusals: &[400, 404, 409, 413, 415, 422, 503],
                audits: "servers.repair",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: post(repair),
        },
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    mut parameters: Parameters,
) -> Result<Json<DriftList>, ApiError> {
    let limit = parameters.limit()?;
    let filter = store::Filter {
        server: parameters.text("server")?,
        kind: parameters.text("kind")?.map(|word| kind_of(&word)).transpose()?,
        after: parameters.text("cursor")?.map(|cursor| place_of(&cursor)).transpose()?,
        // One more tells whether there are more.
        limit: limit + 1,
    };
    parameters.end()?;
    let database = &*app.database;
    let drifts = store::list(database, &caller.organization_id, &caller.reach, &filter)
        .await
        .map_err(ApiError::database("list the drift"))?;
    let place = |last: &Drift| format!("{} {} {}", last.server_name, last.kind.as_str(), last.field);
    let (drifts, next_cursor) = page(drifts, limit, place);
    let [droplets_swept_at, dns_records_swept_at] =
        reconciler::last_ended(database).await.map_err(ApiError::database("say when it was last looked"))?;
    Ok(Json(DriftList { drifts, droplets_swept_at, dns_records_swept_at, next_cursor }))
}

fn kind_of(word: &str) -> Result<DriftKind, ApiError> {
    DriftKind::parse(word).ok_or_else(|| ApiError::Invalid {
        field: "kind".to_owned(),
        message: format!("kind is one of {}", KINDS.join(", ")),
    })
}

fn place_of(cursor: &str) -> Result<(String, String, String), ApiError> {
    let place = decode_cursor(cursor)?;
    // A field may have spaces in it; a name and a kind have none.
    let mut parts = place.splitn(3, ' ').map(str::to_owned);
    let read = parts.next().zip(parts.next()).zip(parts.next());
    read.map(|((name, kind), field)| (name, kind, field)).ok_or_else(ApiError::cursor)
}

async fn policies(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<DriftPolicies>, ApiError> {
    parameters.end()?;
    shown(&app, &caller).await
}

async fn set_policies(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
    Body(wanted): Body<DriftPolicies>,
) -> Result<Json<DriftPolicies>, ApiError> {
    parameters.end()?;
    for (kind, policy) in &wanted.policies {
        if *policy == DriftPolicy::Fix && !kind.is_mendable() {
            let kind = kind.as_str();
            return Err(ApiError::Invalid {
                field: format!("policies.{kind}"),
                message: format!("{kind} cannot be mended by itself: report or ignore it"),
            });
        }
    }
    let before = store::policies(&*app.database, &caller.organization_id).await;
    let before = before.map_err(ApiError::database("show the policies"))?;
    let act = Act {
        action: "drift.policies",
        kind: "organization",
        id: caller.organization_id.to_string(),
        before: serde_json::to_value(&before.policies).ok(),
        after: serde_json::to_value(&wanted.policies).ok(),
    };
    let set = store::set_policies(&caller.organization_id, &wanted);
    audit::record(&app, &caller, act, vec![set]).await?;
    shown(&app, &caller).await
}

async fn repair(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
    Body(request): Body<RepairRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    app.platform()?;
    let kinds = request.kinds.unwrap_or_else(|| DriftKind::ALL.to_vec());
    let kinds: BTreeSet<DriftKind> = kinds.into_iter().filter(|kind| kind.is_mendable()).collect();
    if kinds.is_empty() {
        return Err(ApiError::Invalid {
            field: "kinds".to_owned(),
            message: "none of these can be mended by itself".to_owned(),
        });
    }
    let server_id = servers::find(&app, &caller, &name).await?;
    let organization_id = caller.organization_id.clone();
    let wanted = Wanted { organization_id, server_id, server_name: name, kinds };
    let deployment_id = begin_repair(&app, &caller, wanted).await?;
    let location = format!("/api/deployments/{deployment_id}");
    let answer = RepairAnswer { success: true, deployment_id };
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(answer)).into_response())
}

async fn shown(app: &App, caller: &Caller) -> Result<Json<DriftPolicies>, ApiError> {
    let policies = store::policies(&*app.database, &caller.organization_id);
    policies.await.map(Json).map_err(ApiError::database("show the policies"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_kind() {
        assert_eq!(KINDS, DriftKind::ALL.map(DriftKind::as_str));
    }
}
