//! Sessions of people: a cookie with random bits, whose hash is in the database.

mod begin;
mod home;
mod routes;
mod store;

pub use begin::{About, Begun, From, Sign, begin, ended_cookie};
pub use home::home;
pub use routes::routes;
pub use store::{end_all, proven};

use noc_shared::{id::RequestId, time::Timestamp};

use crate::{
    app::App,
    error::ApiError,
    keys::sha256_hex,
    organizations::{Caller, CurrentSession, PrincipalKind},
};

/// A session that nobody uses ends after a week.
const IDLE_MS: i64 = 7 * 86_400_000;

/// However much it is used, it ends after thirty days.
const LONGEST_MS: i64 = 30 * 86_400_000;

/// How old the note of its last use gets before it is written anew. The free plan has 100,000 writes a day.
const NOTED_MS: i64 = 5 * 60_000;

/// Who a session is of, if it has not ended. It is asked of the database each time, so that one that was revoked is out at
/// the next request.
///
/// # Errors
/// When the database does not answer.
pub async fn authenticate(app: &App, hash: &str) -> Result<Option<Caller>, ApiError> {
    let now = app.clock.now();
    let doing = "find the session";
    let found = store::by_hash(&*app.database, hash).await.map_err(ApiError::database(doing))?;
    let Some(found) = found.filter(|found| is_alive(found, now)) else { return Ok(None) };
    // Who replaces the sealed credential wants nobody to stay who came in by it.
    if found.credential.is_some() && found.credential != sealed(app) {
        return Ok(None);
    }
    // Who is no member of anything any more is nobody here.
    if found.power.is_none() {
        return Ok(None);
    }
    if now.since(found.seen_at) > NOTED_MS {
        app.database.query(store::note_use(&found.id, now)).await.map_err(ApiError::database(doing))?;
    }
    Ok(Some(Caller {
        organization_id: found.organization_id,
        principal_id: found.user_id,
        kind: PrincipalKind::User,
        name: found.name,
        email: Some(found.email),
        session: Some(CurrentSession {
            id: found.id,
            signed_in_at: found.signed_in_at,
            proven_at: found.proven_at,
            has_second_factor: found.has_second_factor,
        }),
        power: found.power,
        reach: crate::access::Reach::Projects(Vec::new()),
        address: None,
        request_id: RequestId::from_random(app.random.identifier()),
    }))
}

/// Which sealed credential there is, for a session that is begun with it: not the digest itself, which is a secret.
pub fn sealed(app: &App) -> Option<String> {
    let digest = app.config.break_glass_sha256.as_ref()?;
    Some(sha256_hex(digest.expose().as_bytes()))
}

fn is_alive(found: &store::Found, now: Timestamp) -> bool {
    found.expires_at > now && now.since(found.seen_at) < IDLE_MS
}
