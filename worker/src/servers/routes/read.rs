//! `GET /api/servers` and `GET /api/servers/{name}/status`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::header::CONTENT_TYPE;
use noc_shared::servers::{ServerStatus, ServerStatusAnswer};

use super::super::{lookup, store};
use crate::{
    api::{Parameters, Segment, decode_cursor, encode_cursor},
    app::App,
    error::ApiError,
    organizations::Caller,
    targets::{self, TargetAnswer, TargetRequest},
};

pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let filter = store::Filter {
        status: parameters.text("status")?.map(|word| status_of(&word)).transpose()?,
        region: parameters.text("region")?,
        project: parameters.text("project")?,
        // Names are in lower case.
        search: parameters.text("search")?.map(|text| text.to_lowercase()),
        limit: parameters.limit()?,
        after: parameters.text("cursor")?.map(|cursor| decode_cursor(&cursor)).transpose()?,
    };
    parameters.end()?;
    let page = store::list(&*app.database, &caller.organization_id, &caller.reach, &filter)
        .await
        .map_err(ApiError::database("list the servers"))?;
    let next = page.next_after.map(|name| encode_cursor(&name));
    // The documents are JSON already; the cursor has no character that JSON would escape.
    let next = next.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    let body = format!("{{\"servers\":{},\"next_cursor\":{next}}}", page.documents);
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

fn status_of(word: &str) -> Result<ServerStatus, ApiError> {
    ServerStatus::LISTED.into_iter().find(|status| status.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = ServerStatus::LISTED.iter().map(|status| status.as_str()).collect();
        ApiError::Invalid {
            field: "status".to_owned(),
            message: format!("status is one of {}", words.join(", ")),
        }
    })
}

pub(super) async fn status(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<Json<ServerStatusAnswer>, ApiError> {
    parameters.end()?;
    let server_id = lookup::find(&app, &caller, &name).await?;
    match targets::ask(&app, &caller.organization_id, &name, TargetRequest::Status { server_id }).await? {
        TargetAnswer::Status(status) => Ok(Json(*status)),
        TargetAnswer::Absent => Err(ApiError::NotFound("server")),
        _ => Err(ApiError::Target { doing: "show how the server stands" }),
    }
}
