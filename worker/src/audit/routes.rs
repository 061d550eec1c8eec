//! The routes of the audit.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::stream;
use http::{Method, header::CONTENT_TYPE};
use noc_audit::Head;
use noc_shared::{
    access::Scope,
    audit::{AuditKey, AuditList},
};

use super::{heads, store};
use crate::{
    api::{
        Answer, BODY_LIMIT, Operation, Parameter, Parameters, Requires, Route, Streaming, Values,
        decode_cursor, page, schema,
    },
    app::App,
    error::ApiError,
    organizations::Caller,
};

/// Events that an export reads at once: of some 600 bytes each, so that none of it is much in memory.
const AT_ONCE: u32 = 1_000;

/// The routes of the audit.
pub fn routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::GET,
            path: "/api/audit",
            requires: Requires::Scope(Scope::AuditRead),
            operation: Operation {
                id: "list_audit_events",
                summary: "Lists what principals did to what, newest first.",
                parameters: &[
                    Parameter {
                        name: "action",
                        description: "Only this, as `servers.deploy`.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "principal",
                        description: "Only what this principal did.",
                        values: Values::Text,
                    },
                    Parameter {
                        name: "target",
                        description: "Only what was done to this, as `server/alpha`.",
                        values: Values::Text,
                    },
                    Parameter::LIMIT,
                    Parameter::CURSOR,
                ],
                answers: vec![Answer::json(200, "always", schema::<AuditList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(list),
        },
        Route {
            method: Method::GET,
            path: "/api/audit/export",
            requires: Requires::Scope(Scope::AuditRead),
            operation: Operation {
                id: "export_audit_events",
                summary: "Exports the whole chain as JSON lines, oldest first, with a signed head as its last line, or, \
                          if the chain does not hold the newest head that was signed of it, with what it has instead. \
                          `noc audit verify` reads it.",
                answers: vec![Answer {
                    status: 200,
                    when: "always",
                    media: "application/x-ndjson",
                    schema: None,
                }],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(export),
        },
        Route {
            method: Method::GET,
            path: "/api/audit/key",
            requires: Requires::Scope(Scope::AuditRead),
            operation: Operation {
                id: "get_audit_key",
                summary: "Shows the public key that signed heads are checked with. Keep it somewhere else.",
                answers: vec![Answer::json(200, "always", schema::<AuditKey>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(key),
        },
    ]
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let limit = parameters.limit()?;
    let filter = store::Filter {
        action: parameters.text("action")?,
        principal: parameters.text("principal")?,
        target: parameters.text("target")?,
        before: parameters.text("cursor")?.map(|cursor| place_of(&cursor)).transpose()?,
        // One more tells whether there are more.
        limit: limit + 1,
    };
    parameters.end()?;
    let listed = store::list(&*app.database, &caller.organization_id, &filter).await;
    let events = listed.map_err(ApiError::database("list the audit events"))?;
    let (events, next) = page(events, limit, |(number, _)| number.to_string());
    // The documents are JSON already; the cursor has no character that JSON would escape.
    let next = next.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    let events: Vec<&str> = events.iter().map(|(_, sealed)| sealed.document.as_str()).collect();
    let body = format!("{{\"events\":[{}],\"next_cursor\":{next}}}", events.join(","));
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

fn place_of(cursor: &str) -> Result<u64, ApiError> {
    decode_cursor(cursor)?.parse().map_err(|_| ApiError::cursor())
}

async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let seed = heads::seed(&app)?;
    // Where the chain stands now is where the export ends, however long it takes.
    let standing = store::standing(&*app.database, &caller.organization_id).await;
    let standing = standing.map_err(ApiError::database("export the audit events"))?;
    let (up_to, hash) = standing.last.clone().unwrap_or_else(|| (0, noc_audit::FIRST.to_owned()));
    // The events of a chain that was changed are what somebody has to look at, so they are given either way.
    let last_line = if standing.is_sound {
        Head::sign(&seed, caller.organization_id.clone(), up_to, hash, app.clock.now()).line()
    } else {
        heads::refuse(&app, standing).line()
    };
    let pages = stream::unfold(Some(0), move |place| {
        let (app, caller, last_line) = (Arc::clone(&app), caller.clone(), last_line.clone());
        async move {
            let after = place?;
            if after >= up_to {
                return Some((Ok(Bytes::from(last_line + "\n")), None));
            }
            let page = store::behind(&*app.database, &caller.organization_id, after, up_to, AT_ONCE).await;
            match page {
                // A page that cannot be read ends the answer in the middle, and the missing head shows it.
                Err(error) => Some((Err(std::io::Error::other(error.to_string())), None)),
                Ok(events) => {
                    let next = events.last().map_or(up_to, |(number, _)| *number);
                    let lines: String =
                        events.iter().map(|(_, sealed)| format!("{}\n", sealed.line())).collect();
                    Some((Ok(Bytes::from(lines)), Some(next)))
                }
            }
        }
    });
    let mut response = Body::from_stream(pages).into_response();
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/x-ndjson"));
    response.extensions_mut().insert(Streaming);
    Ok(response)
}

async fn key(
    State(app): State<Arc<App>>,
    _: Caller,
    parameters: Parameters,
) -> Result<Json<AuditKey>, ApiError> {
    parameters.end()?;
    Ok(Json(AuditKey { public_key: heads::key(&app)? }))
}
