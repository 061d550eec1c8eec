//! What is done on the platform's schedule, by the words with which `wrangler.toml` asks for it.
//!
//! Each of them is called by itself, with 50 requests of its own on the free plan: what is done once an hour takes nothing
//! from the reconciler, and no minute has to be met for it.

use crate::{
    app::App,
    attempts, audit, jwt,
    log::{self, Fields},
    ports::DatabaseError,
    reconciler,
};

/// Every minute: the reconciler goes on.
pub const EVERY_MINUTE: &str = "* * * * *";

/// Every hour: the heads of the audit are signed and handed over, and what is too old is forgotten.
pub const EVERY_HOUR: &str = "0 * * * *";

/// Does what the schedule asks for. What goes wrong is in the log, and is done the next time.
pub async fn run(app: &App, cron: &str) {
    if cron == EVERY_HOUR { hourly(app).await } else { reconciler::tick(app).await }
}

async fn hourly(app: &App) {
    let told = |doing: &str, done: Result<(), DatabaseError>| {
        if let Err(error) = done {
            app.log.warn(doing, Fields { error: Some(log::chain(&error)), ..Fields::default() });
        }
    };
    told("the heads of the audit could not be signed", audit::sign_heads(app).await);
    told("old attempts to sign in could not be forgotten", attempts::forget_old(app).await);
    told("what issuers published could not be forgotten", jwt::forget_old(app).await);
}
