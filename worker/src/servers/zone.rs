//! The name of the DNS zone.

use crate::{app::App, catalog::remembered, error::ApiError};

/// A zone keeps its name for as long as it lives; a day bounds how long a changed setting goes unnoticed.
const FRESH_MS: i64 = 24 * 60 * 60 * 1000;

/// The name of the zone that the configuration names by its id.
pub async fn name(app: &App) -> Result<String, ApiError> {
    let providers = app.providers()?;
    let key = format!("zone/{}", app.platform()?.cloudflare.zone_id);
    let found = remembered(app, &key, FRESH_MS, || async { providers.dns.zone_name().await }).await?;
    Ok(found.value)
}
