//! The routes of servers.

mod commands;
mod deploy;
mod destroy;
mod logs;
mod metrics;
mod read;

use axum::routing::{delete, get, post};
use http::Method;
use noc_shared::{
    access::Scope,
    deployments::{DeployAnswer, DeployRequest},
    servers::{DestroyAnswer, DestroyRequest, LogPage, ServerList, ServerStatusAnswer},
};

use crate::api::{Answer, BODY_LIMIT, Operation, Parameter, Requires, Route, Values, schema};

const PREFER: Parameter = Parameter {
    name: "Prefer",
    description: "`respond-async` answers 202 at once; `Location` says where to follow.",
    values: Values::Text,
};

/// The routes of servers.
pub fn routes() -> Vec<Route> {
    [main_routes(), metrics::routes(), commands::routes()].into_iter().flatten().collect()
}

fn main_routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::POST,
            path: "/api/deploy",
            requires: Requires::InProject(Scope::ServersDeploy),
            operation: Operation {
                id: "deploy_server",
                summary: "Makes a server: a droplet, its DNS records and its secrets. Answers when droplet, address and \
                          records are there, after at most 90 seconds; the server is then provisioning until its \
                          machine has reported.",
                parameters: &[
                    Parameter {
                        name: "wait",
                        description: "`active` waits until the machine has reported, for at most 15 minutes.",
                        values: Values::OneOf(&["active"]),
                    },
                    PREFER,
                    Parameter {
                        name: "Idempotency-Key",
                        description: "A request that is sent again with the same key within two days gets the first \
                                      answer.",
                        values: Values::Text,
                    },
                ],
                body: Some(schema::<DeployRequest>()),
                answers: vec![
                    Answer::json(
                        200,
                        "the droplet, its address and its records are there",
                        schema::<DeployAnswer>(),
                    ),
                    Answer::json(202, "they are not there yet; this is what is", schema::<DeployAnswer>()),
                ],
                refusals: &[400, 409, 413, 415, 422, 500, 502, 503, 504],
                audits: "servers.deploy",
            },
            body_limit: BODY_LIMIT,
            handler: post(deploy::deploy),
        },
        Route {
            method: Method::GET,
            path: "/api/servers",
            requires: Requires::InProject(Scope::ServersRead),
            operation: Operation {
                id: "list_servers",
                summary: "Lists servers by name.",
                parameters: &[
                    Parameter {
                        name: "status",
                        description: "Only those that stand so: provisioning, active, unreachable, destroying or stuck.",
                        values: Values::OneOf(&[
                            "provisioning",
                            "active",
                            "unreachable",
                            "destroying",
                            "stuck",
                        ]),
                    },
                    Parameter {
                        name: "region",
                        description: "Only those in this region.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "project",
                        description: "Only those in this project.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "search",
                        description: "Only those with this text in their name.",
                        values: Values::Text,
                    },
                    Parameter::LIMIT,
                    Parameter::CURSOR,
                ],
                answers: vec![Answer::json(200, "always", schema::<ServerList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(read::list),
        },
        Route {
            method: Method::GET,
            path: "/api/servers/{name}/status",
            requires: Requires::InProject(Scope::ServersRead),
            operation: Operation {
                id: "get_server_status",
                summary: "Shows how a server stands, as its own machine last said.",
                answers: vec![Answer::json(200, "there is such a server", schema::<ServerStatusAnswer>())],
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(read::status),
        },
        Route {
            method: Method::GET,
            path: "/api/servers/{name}/logs",
            requires: Requires::InProject(Scope::ServersRead),
            operation: Operation {
                id: "get_server_logs",
                summary: "Tells a server's story, oldest first: the events of its deployments and the lines that its \
                          agent reports.",
                parameters: &[
                    Parameter {
                        name: "follow",
                        description: "`1` streams the story as server-sent events, and what is added to it.",
                        values: Values::Switch,
                    },
                    Parameter {
                        name: "service",
                        description: "Only lines of this service.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "level",
                        description: "Only lines that matter at least so much.",
                        values: Values::OneOf(&["debug", "info", "warning", "error"]),
                    },
                    Parameter {
                        name: "text",
                        description: "Only lines with this text in them, in upper or lower case.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "from",
                        description: "Only lines from this time on (RFC 3339).",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "to",
                        description: "Only lines before this time (RFC 3339).",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "limit",
                        description: "How many lines at most, up to 1,000; 200 when absent.",
                        values: Values::UpTo(1_000),
                    },
                    Parameter::CURSOR,
                    Parameter {
                        name: "Last-Event-ID",
                        description: "Where a stream goes on that was cut off.",
                        values: Values::Text,
                    },
                ],
                answers: vec![
                    Answer::json(200, "there is such a server", schema::<LogPage>()),
                    Answer::stream("with `follow=1`: each event's data is a line"),
                ],
                refusals: &[404, 422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(logs::logs),
        },
        Route {
            method: Method::DELETE,
            path: "/api/servers/{name}",
            requires: Requires::InProject(Scope::ServersDestroy),
            operation: Operation {
                id: "destroy_server",
                summary: "Takes a server away: its DNS records, its droplet and the reservation of its name. Answers \
                          when they are gone, after at most 90 seconds. Also ends a deploy that is under way, and goes \
                          on where an earlier destroy got stuck.",
                parameters: &[PREFER],
                body: Some(schema::<DestroyRequest>()),
                answers: vec![
                    Answer::json(200, "they are gone", schema::<DestroyAnswer>()),
                    Answer::json(202, "they are not gone yet", schema::<DestroyAnswer>()),
                ],
                refusals: &[400, 404, 413, 415, 422, 502, 503],
                audits: "servers.destroy",
            },
            body_limit: BODY_LIMIT,
            handler: delete(destroy::destroy),
        },
    ]
}
