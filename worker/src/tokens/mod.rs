//! API tokens, for scripts: random bits, whose hash is in the database.

mod routes;
mod store;

pub use routes::{allowed, find_projects, routes};
pub use store::{forget_ended, insert, revoke_all_of};

use noc_shared::id::RequestId;

use crate::{
    access::Reach,
    app::App,
    error::ApiError,
    organizations::{Caller, PrincipalKind},
};

/// How old the note of its last use gets before it is written anew. The free plan has 100,000 writes a day.
const NOTED_MS: i64 = 10 * 60_000;

/// Who a token stands for, if it works. It may do at most what its maker may do at this moment.
///
/// # Errors
/// When the database does not answer.
pub async fn authenticate(app: &App, hash: &str) -> Result<Option<Caller>, ApiError> {
    let now = app.clock.now();
    let doing = "find the token";
    let found = store::by_hash(&*app.database, hash).await.map_err(ApiError::database(doing))?;
    let Some(found) = found.filter(|found| found.expires_at > now) else { return Ok(None) };
    if found.last_used_at.is_none_or(|at| now.since(at) > NOTED_MS) {
        app.database.query(store::note_use(&found.id, now)).await.map_err(ApiError::database(doing))?;
    }
    Ok(Some(Caller {
        organization_id: found.organization_id,
        principal_id: found.id,
        kind: PrincipalKind::Token,
        name: found.name,
        email: None,
        session: None,
        power: found.power,
        reach: Reach::Projects(Vec::new()),
        address: None,
        request_id: RequestId::from_random(app.random.identifier()),
    }))
}
