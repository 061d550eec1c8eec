//! How the providers are. Anybody may ask that, and the providers count requests: they are asked at most every thirty seconds,
//! however many ask NOC, and wherever its instances are.

use std::future::Future;

use futures_util::future::join3;
use noc_shared::{health::PartHealth, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::part::part;
use crate::{
    app::App,
    log,
    log::Fields,
    ports::{DatabaseError, Param, Statement, text},
    providers::{ProviderError, Providers},
};

/// How long what the providers answered is repeated.
const EVERY_MS: i64 = 30_000;

/// How long it is repeated where whoever took the right to ask has not said what came of it.
const LAST_MS: i64 = 10 * 60_000;

/// What they were, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Looked {
    at: Timestamp,
    parts: Vec<PartHealth>,
}

/// How they are. Nothing, where that is not known and may not be asked now.
pub(super) async fn providers(app: &App) -> Vec<PartHealth> {
    let Ok(providers) = app.providers() else { return Vec::new() };
    let now = app.clock.now();
    let last = app.provider_health.lock().map(|last| last.clone()).unwrap_or_default();
    if let Some(last) = last.filter(|last| now.since(last.at) < EVERY_MS) {
        return last.parts;
    }
    match claim(app, now).await {
        Ok(None) => {}
        Ok(Some(known)) => {
            return known
                .filter(|known| now.since(known.at) < LAST_MS)
                .map_or_else(Vec::new, |known| known.parts);
        }
        // The database is said to be away beside this.
        Err(_) => return Vec::new(),
    }
    let looked = Looked { at: now, parts: look(app, providers).await };
    if let Ok(mut last) = app.provider_health.lock() {
        *last = Some(looked.clone());
    }
    // These types always serialize.
    let document = serde_json::to_string(&looked).unwrap_or_default();
    let keep = Statement::new("UPDATE provider_health SET document = ?1", [Param::from(document)]);
    if let Err(error) = app.database.query(keep).await {
        let error = Some(log::chain(&error));
        app.log.warn("how the providers are could not be kept", Fields { error, ..Fields::default() });
    }
    looked.parts
}

/// Takes the right to ask for the next thirty seconds; of many who want it at once one gets it, which is `None`, and the
/// others get what is known.
async fn claim(app: &App, now: Timestamp) -> Result<Option<Option<Looked>>, DatabaseError> {
    let claim = Statement::new(
        "INSERT INTO provider_health (id, asked_at) VALUES (1, ?1)
         ON CONFLICT (id) DO UPDATE SET asked_at = excluded.asked_at WHERE asked_at <= ?2 RETURNING id",
        [Param::from(now.millis()), now.plus(-EVERY_MS).millis().into()],
    );
    let read = Statement::new("SELECT document FROM provider_health", []);
    let [claimed, known] = &app.database.batch(vec![claim, read]).await?[..] else { return Ok(Some(None)) };
    if !claimed.is_empty() {
        return Ok(None);
    }
    Ok(Some(known.first().and_then(|row| crate::json::read(text(row, "document")?).ok())))
}

async fn look(app: &App, providers: &Providers) -> Vec<PartHealth> {
    async fn told(
        ping: impl Future<Output = Result<Option<u64>, ProviderError>>,
    ) -> Result<Option<u64>, String> {
        ping.await.map_err(|error| error.to_string())
    }
    let (compute, dns, secrets) = join3(
        part(app, "digitalocean", told(providers.compute.ping())),
        part(app, "cloudflare", told(providers.dns.ping())),
        part(app, "infisical", told(providers.secrets.ping())),
    )
    .await;
    vec![compute, dns, secrets]
}
