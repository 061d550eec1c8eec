//! `GET /api/servers/{name}/logs`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use noc_shared::{
    id::{OrganizationId, ServerId},
    servers::{LogLevel, LogLine, LogPage},
};

use super::super::lookup;
use crate::{
    api::{
        Followed, Parameters, Segment, ServerSentEvent, decode_cursor, encode_cursor, follow, last_event_id,
        server_sent_events,
    },
    app::App,
    error::ApiError,
    organizations::Caller,
    targets::{self, StoryFilter, TargetAnswer, TargetRequest},
};

/// Lines that a stream reads at once.
const LINES_AT_ONCE: u32 = 500;

pub(super) async fn logs(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let streams = parameters.switch("follow")?;
    let limit = parameters.number("limit", 200, 1_000)?;
    let filter = StoryFilter {
        service: parameters.text("service")?,
        level: parameters.text("level")?.map(|word| level_of(&word)).transpose()?,
        text: parameters.text("text")?.map(|text| text.to_lowercase()),
        from: parameters.time("from")?,
        to: parameters.time("to")?,
    };
    let cursor = parameters.text("cursor")?.map(|cursor| decode_cursor(&cursor)).transpose()?;
    parameters.end()?;
    let after = match cursor {
        Some(place) => place.parse().map_err(|_| ApiError::cursor())?,
        None => 0,
    };
    // A client that was cut off comes back to the same address, and says in the header how far it came.
    let after = last_event_id(&headers)?.filter(|_| streams).unwrap_or(after);
    let server_id = lookup::find(&app, &caller, &name).await?;
    let story = Story {
        app,
        organization_id: caller.organization_id,
        name,
        server_id,
        filter,
        // A stream is not to fall behind a talkative machine: the limit is one of pages.
        limit: if streams { LINES_AT_ONCE } else { u32::try_from(limit).unwrap_or(u32::MAX) },
    };
    if streams {
        // The first page is read before the answer begins, so that what is wrong is still a refusal.
        story.read(after, 0).await?;
        let clock = Arc::clone(&story.app.clock);
        let events = follow(clock, after, move |after, wait_ms| {
            let story = story.clone();
            async move {
                let (lines, _) = story.read(after, wait_ms).await.ok()?;
                let last = lines.last().map_or(after, |line| line.id);
                let events = lines.iter().map(|line| ServerSentEvent::new(line.id, "line", line)).collect();
                Some(Followed { events, last, ended: false })
            }
        });
        return Ok(server_sent_events(events));
    }
    let (lines, more) = story.read(after, 0).await?;
    let next_cursor = lines.last().filter(|_| more).map(|line| encode_cursor(&line.id.to_string()));
    Ok(Json(LogPage { lines, next_cursor }).into_response())
}

#[derive(Clone)]
struct Story {
    app: Arc<App>,
    organization_id: OrganizationId,
    name: String,
    server_id: ServerId,
    filter: StoryFilter,
    limit: u32,
}

fn level_of(word: &str) -> Result<LogLevel, ApiError> {
    LogLevel::ALL.into_iter().find(|level| level.as_str() == word).ok_or_else(|| ApiError::Invalid {
        field: "level".to_owned(),
        message: "level is one of debug, info, warning, error".to_owned(),
    })
}

impl Story {
    async fn read(&self, after: u64, wait_ms: u64) -> Result<(Vec<LogLine>, bool), ApiError> {
        let (server_id, filter, limit) = (self.server_id.clone(), self.filter.clone(), self.limit);
        let request = TargetRequest::Story { server_id, filter, after, limit, wait_ms };
        match targets::ask(&self.app, &self.organization_id, &self.name, request).await? {
            TargetAnswer::Story { lines, more } => Ok((lines, more)),
            _ => Err(ApiError::Target { doing: "tell the server's story" }),
        }
    }
}
