//! The routes of agents.

use axum::routing::post;
use http::Method;
use noc_shared::agents::{ClaimAnswer, ClaimRequest, Report, ReportAnswer};

use super::{claim, report};
use crate::api::{Answer, BODY_LIMIT, LONGEST_BODY, Operation, Parameter, Requires, Route, Values, schema};

/// The routes of agents.
pub fn routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::POST,
            path: "/api/agents/claim",
            requires: Requires::Agent,
            operation: Operation {
                id: "claim_secrets",
                summary: "A new machine claims its application's secrets, once, with the token of its user data.",
                parameters: &[Parameter {
                    name: "Authorization",
                    description: "`Bearer` and the token.",
                    values: Values::Text,
                }],
                body: Some(schema::<ClaimRequest>()),
                answers: vec![Answer::json(200, "the claim is granted", schema::<ClaimAnswer>())],
                refusals: &[400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503],
                audits: "agents.claim",
            },
            body_limit: BODY_LIMIT,
            handler: post(claim::claim),
        },
        Route {
            method: Method::POST,
            path: "/api/agents/report",
            requires: Requires::Agent,
            operation: Operation {
                id: "report",
                summary: "A server's agent reports how its machine and its services are. The signature is the \
                          HMAC-SHA256, with the agent's key, of method, path, timestamp, counter and the body's \
                          SHA-256, each on its own line. The answer, also a refusal, is signed the same way in \
                          `X-Noc-Signature`: status, path, `X-Noc-Timestamp`, the counter of the request and the \
                          SHA-256 of its body. A report with a `number` that was here before is taken and changes \
                          nothing.",
                parameters: &[
                    Parameter {
                        name: "Accept",
                        description: "`text/plain` is answered in lines of words that a shell can read.",
                        values: Values::Text,
                    },
                    Parameter { name: "X-Noc-Server", description: "The server.", values: Values::Text },
                    Parameter {
                        name: "X-Noc-Generation",
                        description: "Which of the server's keys it is signed with; 1 when absent.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "X-Noc-Timestamp",
                        description: "Seconds since 1970; at most 300 off.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "X-Noc-Counter",
                        description: "A number that is higher in each report.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "X-Noc-Signature",
                        description: "The signature, in hexadecimal digits.",
                        values: Values::Text,
                    },
                ],
                body: Some(schema::<Report>()),
                answers: vec![Answer::json(200, "the report is taken", schema::<ReportAnswer>())],
                refusals: &[400, 401, 403, 404, 409, 413, 422, 429, 503],
                audits: "",
            },
            body_limit: LONGEST_BODY,
            handler: post(report::report),
        },
    ]
}
