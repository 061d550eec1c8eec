//! The routes of deployments.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http::{HeaderMap, Method, StatusCode, header::ACCEPT};
use noc_shared::{
    access::Scope,
    deployments::{
        Deployment, DeploymentEvent, DeploymentList, DeploymentStatus, DeploymentSummary, EventPage,
    },
    id::{DeploymentId, OrganizationId},
};

use super::{operate, store};
use crate::{
    api::{
        Answer, BODY_LIMIT, Followed, Operation, Parameter, Parameters, Requires, Route, Segment,
        ServerSentEvent, Values, decode_cursor, follow, last_event_id, page, read_time_place, schema,
        server_sent_events, time_place,
    },
    app::App,
    error::ApiError,
    organizations::Caller,
    targets::{self, TargetAnswer, TargetRequest},
};

/// Events that are read at once: a run that was retried for an hour has some hundreds.
const EVENTS_AT_ONCE: u32 = 500;

/// The routes of deployments.
pub fn routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::GET,
            path: "/api/deployments",
            requires: Requires::InProject(Scope::DeploymentsRead),
            operation: Operation {
                id: "list_deployments",
                summary: "Lists deployments, newest first.",
                parameters: &[
                    Parameter {
                        name: "status",
                        description: "Only those that stand so: running, unwinding, succeeded, unwound, stuck or \
                                      superseded.",
                        values: Values::OneOf(&[
                            "running",
                            "unwinding",
                            "succeeded",
                            "unwound",
                            "stuck",
                            "superseded",
                        ]),
                    },
                    Parameter {
                        name: "server",
                        description: "Only those on servers of this name.",
                        values: Values::Text,
                    },
                    Parameter::LIMIT,
                    Parameter::CURSOR,
                ],
                answers: vec![Answer::json(200, "always", schema::<DeploymentList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(list),
        },
        Route {
            method: Method::GET,
            path: "/api/deployments/{id}",
            requires: Requires::InProject(Scope::DeploymentsRead),
            operation: Operation {
                id: "get_deployment",
                summary: "Shows a deployment with its steps: their attempts, times, and what they are waiting for.",
                answers: vec![Answer::json(200, "there is such a deployment", schema::<Deployment>())],
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(show),
        },
        Route {
            method: Method::GET,
            path: "/api/deployments/{id}/events",
            requires: Requires::InProject(Scope::DeploymentsRead),
            operation: Operation {
                id: "follow_deployment",
                summary: "Streams a deployment's events as server-sent events, from the first one or from the one \
                          behind `Last-Event-ID`, until it has ended. 204 when it has ended and there are no more.",
                parameters: &[
                    Parameter {
                        name: "Last-Event-ID",
                        description: "Where a stream goes on that was cut off.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "Accept",
                        description: "`application/json` answers with the events that there are now.",
                        values: Values::Text,
                    },
                ],
                answers: vec![
                    Answer::stream("each event's data is an event"),
                    Answer::json(200, "with `Accept: application/json`", schema::<EventPage>()),
                    Answer::empty("there will be no more"),
                ],
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(events),
        },
        Route {
            method: Method::POST,
            path: "/api/deployments/{id}/cancel",
            requires: Requires::InProject(Scope::DeploymentsOperate),
            operation: Operation {
                id: "cancel_deployment",
                summary: "Has a deploy that is under way undone. To cancel it again changes nothing.",
                answers: vec![
                    Answer::json(202, "it is being undone", schema::<Deployment>()),
                    Answer::json(200, "it is undone already", schema::<Deployment>()),
                ],
                refusals: &[404, 409, 422, 503],
                audits: "deployments.cancel",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: post(operate::cancel),
        },
        Route {
            method: Method::POST,
            path: "/api/deployments/{id}/retry",
            requires: Requires::InProject(Scope::DeploymentsOperate),
            operation: Operation {
                id: "retry_deployment",
                summary: "Has a deployment that is stuck go on from where it is, or a deploy that was undone begin again \
                          as a new deployment. To ask for it again changes nothing.",
                answers: vec![
                    Answer::json(202, "it goes on; `Location` says as which", schema::<Deployment>()),
                    Answer::json(200, "it has ended since", schema::<Deployment>()),
                ],
                refusals: &[404, 409, 422, 503],
                audits: "deployments.retry",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: post(operate::retry),
        },
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    mut parameters: Parameters,
) -> Result<Json<DeploymentList>, ApiError> {
    let limit = parameters.limit()?;
    let filter = store::Filter {
        status: parameters.text("status")?.map(|word| status_of(&word)).transpose()?,
        server: parameters.text("server")?,
        after: parameters.text("cursor")?.map(|cursor| place_of(&cursor)).transpose()?,
        // One more tells whether there are more.
        limit: limit + 1,
    };
    parameters.end()?;
    let doing = "list the deployments";
    let documents = store::list(&*app.database, &caller.organization_id, &caller.reach, &filter)
        .await
        .map_err(ApiError::database(doing))?;
    let mut deployments = Vec::with_capacity(documents.len());
    for document in &documents {
        let summary: DeploymentSummary = crate::json::read(document)
            .map_err(|error| ApiError::Internal { doing, cause: error.to_string() })?;
        deployments.push(summary);
    }
    let (deployments, next_cursor) =
        page(deployments, limit, |last| time_place(last.created_at, last.id.as_str()));
    Ok(Json(DeploymentList { deployments, next_cursor }))
}

fn status_of(word: &str) -> Result<DeploymentStatus, ApiError> {
    DeploymentStatus::ALL.into_iter().find(|status| status.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = DeploymentStatus::ALL.iter().map(|status| status.as_str()).collect();
        ApiError::Invalid {
            field: "status".to_owned(),
            message: format!("status is one of {}", words.join(", ")),
        }
    })
}

fn place_of(cursor: &str) -> Result<(i64, String), ApiError> {
    let place = decode_cursor(cursor)?;
    let read = || {
        let (at, id) = read_time_place(&place)?;
        Some((at, DeploymentId::parse(id)?.to_string()))
    };
    read().ok_or_else(ApiError::cursor)
}

async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<Json<Deployment>, ApiError> {
    parameters.end()?;
    let (id, name) = find(&app, &caller, &id).await?;
    match targets::ask(&app, &caller.organization_id, &name, TargetRequest::Run { id }).await? {
        TargetAnswer::Run(view) => Ok(Json(view.deployment)),
        TargetAnswer::Absent => Err(ApiError::NotFound("deployment")),
        _ => Err(ApiError::Target { doing: "show the deployment" }),
    }
}

async fn events(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let after = last_event_id(&headers)?.unwrap_or(0);
    let (id, name) = find(&app, &caller, &id).await?;
    let story = Story { app, organization_id: caller.organization_id, name, id };
    // The first page is read before the answer begins, so that what is wrong is still a refusal.
    let (first, ended) = story.read(after, 0).await?;
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("application/json") && !accepts.contains("text/event-stream") {
        return Ok(Json(EventPage { events: first, ended }).into_response());
    }
    if first.is_empty() && ended {
        // This is what tells a browser's event source not to come back.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let clock = Arc::clone(&story.app.clock);
    let events = follow(clock, after, move |after, wait_ms| {
        let story = story.clone();
        async move {
            let (events, ended) = story.read(after, wait_ms).await.ok()?;
            let last = events.last().map_or(after, |event| event.id);
            let events = events.iter().map(|event| ServerSentEvent::new(event.id, "event", event)).collect();
            Some(Followed { events, last, ended })
        }
    });
    Ok(server_sent_events(events))
}

#[derive(Clone)]
struct Story {
    app: Arc<App>,
    organization_id: OrganizationId,
    name: String,
    id: DeploymentId,
}

impl Story {
    async fn read(&self, after: u64, wait_ms: u64) -> Result<(Vec<DeploymentEvent>, bool), ApiError> {
        let request = TargetRequest::Events { id: self.id.clone(), after, limit: EVENTS_AT_ONCE, wait_ms };
        match targets::ask(&self.app, &self.organization_id, &self.name, request).await? {
            TargetAnswer::Events { events, ended } => Ok((events, ended)),
            TargetAnswer::Absent => Err(ApiError::NotFound("deployment")),
            _ => Err(ApiError::Target { doing: "tell the deployment's story" }),
        }
    }
}

/// The deployment with this identifier, and the name of its server.
pub(super) async fn find(app: &App, caller: &Caller, id: &str) -> Result<(DeploymentId, String), ApiError> {
    // What is no identifier is not the identifier of anything.
    let id = DeploymentId::parse(id).ok_or(ApiError::NotFound("deployment"))?;
    let name = store::server_name(&*app.database, &caller.organization_id, &caller.reach, &id)
        .await
        .map_err(ApiError::database("find the deployment"))?;
    Ok((id, name.ok_or(ApiError::NotFound("deployment"))?))
}
