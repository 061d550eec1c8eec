//! Signing where the chains stand.

use noc_audit::{Head, Unsigned, public_key};

use super::{
    export::{self, export},
    store::{self, Standing},
};
use crate::{
    app::{App, NotConfigured},
    keys,
    log::Fields,
    ports::DatabaseError,
};

/// Heads that are signed at once: each is a statement of a batch, which is one request.
const AT_ONCE: u32 = 100;

/// How often that is done in one hour. Each time takes two requests of the 50 that the free plan allows, so that all
/// chains of 1,500 organizations are signed, and twenty requests are left for whoever takes the heads, and to forget.
const ROUNDS: u32 = 15;

const _: () = {
    assert!(2 * ROUNDS + 3 * export::ROUNDS + 2 <= 50, "an hour has more requests than the free plan allows");
    assert!(
        ROUNDS * AT_ONCE < export::ROUNDS * export::AT_ONCE,
        "heads are signed that are never handed over"
    );
};

/// Signs the head of each chain that has grown, and hands the heads to somebody outside if that is configured. Done every
/// hour, it bounds what an attacker with the database could cut off the end of a chain unnoticed; whoever exports a chain
/// gets a head of that moment. A chain that its newest head is not on any more was written anew or cut off by somebody who
/// has the database: a signature would make that look whole, so it gets none, and the log says so every hour.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_heads(app: &App) -> Result<(), DatabaseError> {
    let Ok(seed) = seed(app) else { return Ok(()) };
    let now = app.clock.now();
    for _ in 0..ROUNDS {
        let chains = store::unsigned(&*app.database, AT_ONCE).await?;
        let is_full = chains.len() >= AT_ONCE as usize;
        let (sound, unsound): (Vec<_>, Vec<_>) = chains.into_iter().partition(|chain| chain.is_sound);
        let sign = |Standing { organization_id, last, .. }| {
            last.map(|(number, hash)| store::keep(&Head::sign(&seed, organization_id, number, hash, now)))
        };
        let heads: Vec<_> = sound.into_iter().filter_map(sign).collect();
        if !heads.is_empty() {
            app.database.batch(heads).await?;
        }
        // They come last, so that with the first of them all others are signed. More than these need no more lines.
        let is_all = !is_full || !unsound.is_empty();
        unsound.into_iter().for_each(|chain| drop(refuse(app, chain)));
        if is_all {
            break;
        }
    }
    export(app).await
}

/// Says that a chain is not signed, and why: whoever reads the log has to look at the database.
pub(super) fn refuse(app: &App, chain: Standing) -> Unsigned {
    let organization_id = chain.organization_id.clone();
    let unsigned = chain.unsigned();
    let fields = Fields { error: Some(format!("{organization_id}: {unsigned}")), ..Fields::default() };
    app.log.error("a chain of the audit was changed in the database", fields);
    unsigned
}

/// What the key of the heads is made of.
pub(super) fn seed(app: &App) -> Result<[u8; 32], NotConfigured> {
    Ok(keys::audit_seed(&app.platform()?.master_key))
}

/// The public key that heads are checked with, in hexadecimal digits.
pub(super) fn key(app: &App) -> Result<String, NotConfigured> {
    Ok(public_key(&seed(app)?))
}
