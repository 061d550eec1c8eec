//! Signing where the chains stand.

use noc_audit::{Head, public_key};

use super::{
    export::{self, export},
    store,
};
use crate::{
    app::{App, NotConfigured},
    keys,
    ports::DatabaseError,
};

/// Heads that are signed at once: each is a statement of a batch, which is one request.
const AT_ONCE: u32 = 100;

/// How often that is done in one hour. Each time takes two requests of the 50 that the free plan allows, so that all
/// chains of 1,500 organizations are signed, and twenty requests are left for whoever takes the heads.
const ROUNDS: u32 = 15;

const _: () = {
    assert!(2 * ROUNDS + 3 * export::ROUNDS < 50, "an hour has more requests than the free plan allows");
    assert!(
        ROUNDS * AT_ONCE < export::ROUNDS * export::AT_ONCE,
        "heads are signed that are never handed over"
    );
};

/// Signs the head of each chain that has grown, and hands the heads to somebody outside if that is configured. Done every
/// hour, it bounds what an attacker with the database could cut off the end of a chain unnoticed; whoever exports a chain
/// gets a head of that moment.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_heads(app: &App) -> Result<(), DatabaseError> {
    let Ok(seed) = seed(app) else { return Ok(()) };
    let now = app.clock.now();
    for _ in 0..ROUNDS {
        let unsigned = store::unsigned(&*app.database, AT_ONCE).await?;
        let is_all = unsigned.len() < AT_ONCE as usize;
        let sign = |(organization, number, hash)| Head::sign(&seed, organization, number, hash, now);
        let heads: Vec<_> = unsigned.into_iter().map(|chain| store::keep(&sign(chain))).collect();
        if !heads.is_empty() {
            app.database.batch(heads).await?;
        }
        if is_all {
            break;
        }
    }
    export(app).await
}

/// What the key of the heads is made of.
pub(super) fn seed(app: &App) -> Result<[u8; 32], NotConfigured> {
    Ok(keys::audit_seed(&app.platform()?.master_key))
}

/// The public key that heads are checked with, in hexadecimal digits.
pub(super) fn key(app: &App) -> Result<String, NotConfigured> {
    Ok(public_key(&seed(app)?))
}
