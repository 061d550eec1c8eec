//! Handing signed heads to somebody outside, so that whoever holds the database cannot cut a chain off unnoticed.

use serde_json::{Value, json};

use super::store;
use crate::{
    app::App,
    config::AuditWebhook,
    log::{self, Fields},
    ports::{Authorization, Content, DatabaseError, HttpRequest, Method},
};

/// Heads that are handed over at once.
pub(super) const AT_ONCE: u32 = 300;

/// How often that is done in one hour, with three requests each time: one to read them, one to send them and one to note
/// that they are taken. So more heads are handed over in an hour than are signed in one.
pub(super) const ROUNDS: u32 = 6;

const TIMEOUT_MS: u64 = 10_000;

/// What is answered does not matter, but for its status.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Sends the heads that nobody has taken yet to the configured address. Those that are not taken are sent again with the
/// next ones, so that whoever was away for a day misses none.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn export(app: &App) -> Result<(), DatabaseError> {
    let Some(webhook) = &app.config.audit_webhook else { return Ok(()) };
    for _ in 0..ROUNDS {
        let heads = store::not_exported(&*app.database, AT_ONCE).await?;
        if heads.is_empty() {
            break;
        }
        if let Err(cause) = send(app, webhook, &heads).await {
            let fields = Fields { error: Some(cause), ..Fields::default() };
            app.log.warn("the heads of the audit are not taken; they are sent again in an hour", fields);
            break;
        }
        app.database.batch(vec![store::note_export(&heads, app.clock.now())]).await?;
        if heads.len() < AT_ONCE as usize {
            break;
        }
    }
    Ok(())
}

async fn send(app: &App, webhook: &AuditWebhook, heads: &[Value]) -> Result<(), String> {
    let request = HttpRequest {
        method: Method::Post,
        url: webhook.url.clone(),
        authorization: webhook.token.clone().map(Authorization::Bearer),
        body: Some((Content::Json, json!({ "heads": heads }).to_string().into_bytes())),
        timeout_ms: TIMEOUT_MS,
        max_bytes: LONGEST_ANSWER,
    };
    let answer = app.http.send(request).await.map_err(|error| log::chain(&error))?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(format!("status {}", answer.status)) }
}
