//! `/api/servers/{name}/commands`: what a server's agent is told to do.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    routing::{get, post},
};
use http::{Method, StatusCode};
use noc_shared::{
    access::Scope,
    commands::{Command, CommandList, CommandRequest},
};

use super::super::lookup;
use crate::{
    api::{Answer, BODY_LIMIT, Body, Operation, Parameters, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::Caller,
    targets::{self, TargetAnswer, TargetRequest},
};

/// Shorter would be a flood, longer would be no watch.
const INTERVALS: std::ops::RangeInclusive<u32> = 2..=3_600;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::POST,
            path: "/api/servers/{name}/commands",
            requires: Requires::InProject(Scope::ServersOperate),
            operation: Operation {
                id: "command_server",
                summary: "Has a server's agent do something: collect diagnostics, restart a service, rotate its key, \
                          report at another interval, or replace itself by this version's agent. It gets the command \
                          with the signed answer to its next report.",
                body: Some(schema::<CommandRequest>()),
                answers: vec![Answer::json(202, "the command waits for the agent", schema::<Command>())],
                refusals: &[400, 404, 409, 413, 415, 422, 503],
                audits: "servers.command",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: post(command),
        },
        Route {
            method: Method::GET,
            path: "/api/servers/{name}/commands",
            requires: Requires::InProject(Scope::ServersRead),
            operation: Operation {
                id: "list_server_commands",
                summary: "What a server's agent was told to do, and what came of it; the last 50, newest first.",
                answers: vec![Answer::json(200, "there is such a server", schema::<CommandList>())],
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(list),
        },
    ]
}

async fn command(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    Body(request): Body<CommandRequest>,
) -> Result<(StatusCode, Json<Command>), ApiError> {
    if let CommandRequest::SetInterval { seconds } = request
        && !INTERVALS.contains(&seconds)
    {
        return Err(ApiError::Invalid {
            field: "seconds".to_owned(),
            message: "seconds is a number from 2 to 3,600".to_owned(),
        });
    }
    let server_id = lookup::find(&app, &caller, &name).await?;
    let act = Act {
        action: "servers.command",
        kind: "server",
        id: name.clone(),
        before: None,
        after: serde_json::to_value(&request).ok(),
    };
    audit::record(&app, &caller, act, Vec::new()).await?;
    let asked = TargetRequest::Command { server_id, request, principal_id: caller.principal_id };
    // Not asked twice: the command would be there twice.
    match app.targets.ask(&caller.organization_id, &name, asked).await? {
        TargetAnswer::Command(command) => Ok((StatusCode::ACCEPTED, Json(*command))),
        TargetAnswer::Refused { reason } => Err(ApiError::Conflict { code: "not_now", message: reason }),
        TargetAnswer::Absent => Err(ApiError::NotFound("server")),
        _ => Err(ApiError::Target { doing: "take the command" }),
    }
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<Json<CommandList>, ApiError> {
    parameters.end()?;
    let server_id = lookup::find(&app, &caller, &name).await?;
    match targets::ask(&app, &caller.organization_id, &name, TargetRequest::Commands { server_id }).await? {
        TargetAnswer::Commands { commands } => Ok(Json(CommandList { commands })),
        _ => Err(ApiError::Target { doing: "list the commands" }),
    }
}
