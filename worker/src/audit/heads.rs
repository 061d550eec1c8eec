//! Signing where the chains stand.

use noc_audit::{Head, public_key};

use super::{export::export, store};
use crate::{
    app::{App, NotConfigured},
    keys,
    ports::DatabaseError,
};

/// Heads that are signed in one tick, each of which costs a statement.
const MOST: u32 = 10;

/// Signs the head of each chain that has grown, and hands the heads to somebody outside if that is configured. Done every hour, it bounds what an attacker with the database could cut
/// off the end of a chain unnoticed; whoever exports a chain gets a head of that moment.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_heads(app: &App) -> Result<(), DatabaseError> {
    let Ok(seed) = seed(app) else { return Ok(()) };
    let now = app.clock.now();
    let unsigned = store::unsigned(&*app.database, MOST).await?;
    let heads = unsigned
        .into_iter()
        .map(|(organization, number, hash)| store::keep(&Head::sign(&seed, organization, number, hash, now)));
    let heads: Vec<_> = heads.collect();
    if !heads.is_empty() {
        app.database.batch(heads).await?;
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
