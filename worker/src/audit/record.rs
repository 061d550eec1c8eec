//! Writing an event behind the others.

use noc_audit::{FIRST, Sealed};
use noc_shared::audit::{AuditActor, AuditEvent, AuditTarget};
use serde_json::Value;

use super::store;
use crate::{
    app::App,
    error::ApiError,
    guard,
    organizations::Caller,
    ports::{Row, Statement},
};

/// How often it is tried to take the next number. Each time somebody else was quicker, so that somebody got on. A try costs
/// two of the 50 requests that the free plan allows.
const TRIES: u32 = 14;

/// The longest wait before the second try, in milliseconds; it doubles with each, up to a second. Of twenty who begin at
/// once and take twenty milliseconds each, the last one is through within a second or so.
const AGAIN_MS: u64 = 16;
const LONGEST_AGAIN_MS: u64 = 1_024;

/// What somebody does to what.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What is done, as `servers.deploy`.
    pub action: &'static str,
    /// What kind of thing it is done to, as `server`.
    pub kind: &'static str,
    /// To which one: its identifier, or the name that it goes by.
    pub id: String,
    /// What it was before.
    pub before: Option<Value>,
    /// What it is after that, or what was asked for. Never a secret: at most its fingerprint.
    pub after: Option<Value>,
}

/// Writes an event and makes the changes that it is about: all of it or nothing. Gives the rows of each change.
///
/// # Errors
/// When the database does not do it.
pub async fn record(
    app: &App,
    caller: &Caller,
    act: Act,
    changes: Vec<Statement>,
) -> Result<Vec<Vec<Row>>, ApiError> {
    let doing = "write the audit event";
    let mut event = AuditEvent {
        action: act.action.to_owned(),
        actor: AuditActor {
            address: caller.address.clone(),
            kind: caller.kind.as_str().to_owned(),
            name: caller.name.clone(),
            principal_id: caller.principal_id.clone(),
            session_id: caller.session.as_ref().map(|session| session.id.clone()),
        },
        after: act.after,
        at: app.clock.now(),
        before: act.before,
        number: 0,
        organization_id: caller.organization_id.clone(),
        previous_hash: String::new(),
        request_id: caller.request_id.clone(),
        target: AuditTarget { id: act.id, kind: act.kind.to_owned() },
    };
    for attempt in 0..TRIES {
        if attempt > 0 {
            let longest = (AGAIN_MS << attempt.min(6)).min(LONGEST_AGAIN_MS);
            app.clock.sleep(app.random.below(longest)).await;
        }
        let last = store::last(&*app.database, &event.organization_id).await;
        let last = last.map_err(ApiError::database(doing))?;
        (event.number, event.previous_hash) =
            last.map_or_else(|| (1, FIRST.to_owned()), |(number, hash)| (number + 1, hash));
        let sealed =
            Sealed::of(&event).map_err(|error| ApiError::Internal { doing, cause: error.to_string() })?;
        let mut statements = vec![store::insert(&event, &sealed)];
        statements.extend(changes.iter().cloned());
        match app.database.batch(statements).await {
            Ok(mut results) => {
                results.remove(0);
                return Ok(results);
            }
            Err(error) if store::is_taken(&error) => {}
            Err(error) if guard::stopped(&error) => return Err(ApiError::changed_meanwhile()),
            Err(error) => return Err(ApiError::database(doing)(error)),
        }
    }
    Err(ApiError::Unavailable { doing, cause: "others were quicker each time".to_owned() })
}
