//! Slowing down whoever tries what lets somebody in: per account and per address, without locking anybody out for good.
//!
//! An attempt is counted as a wrong one before it is looked at, so that many at once are no way around it, and taken back
//! when it was right. An account that does not exist is counted like one that does.

mod store;
mod wait;

pub use wait::Slowed;

use noc_shared::time::Timestamp;

use crate::{
    access::network,
    app::App,
    error::ApiError,
    keys::sha256_hex,
    ports::{DatabaseError, Statement},
};

/// How often it is tried to be counted. Each time somebody else was counted meanwhile.
const TRIES: u32 = 4;

/// An attempt that is counted as a wrong one until it is taken back.
#[derive(Debug)]
pub struct Attempt {
    subjects: Vec<(Slowed, String)>,
    now: Timestamp,
}

/// Counts an attempt.
///
/// # Errors
/// When it comes too early, or the database does not answer.
pub async fn begin(app: &App, account: Option<&str>, address: Option<&str>) -> Result<Attempt, ApiError> {
    let hashed = |kind: &str, text: &str| sha256_hex(format!("{kind}\0{text}").as_bytes());
    let account = account.map(|account| (Slowed::Account, hashed("account", account)));
    let address = address.map(|address| (Slowed::Address, hashed("address", &network(address))));
    let now = app.clock.now();
    let attempt = Attempt { subjects: account.into_iter().chain(address).collect(), now };
    for (slowed, subject) in &attempt.subjects {
        count(app, *slowed, subject, now).await?;
    }
    Ok(attempt)
}

async fn count(app: &App, slowed: Slowed, subject: &str, now: Timestamp) -> Result<(), ApiError> {
    let doing = "count the attempt";
    for _ in 0..TRIES {
        let known = store::find(&*app.database, subject).await.map_err(ApiError::database(doing))?;
        let wait = known.as_ref().map_or(0, |known| known.wait_until.since(now));
        if wait > 0 {
            return Err(ApiError::TooManyAttempts { retry_after_ms: wait });
        }
        let failures = match &known {
            Some(known) if now.since(known.last_at) < wait::FORGOTTEN_MS => known.failures.saturating_add(1),
            _ => 1,
        };
        let next =
            store::Known { failures, wait_until: now.plus(wait::wait_ms(slowed, failures)), last_at: now };
        let expected = known.map_or(0, |known| known.failures);
        let counted = store::count(&*app.database, subject, expected, &next).await;
        if counted.map_err(ApiError::database(doing))? {
            return Ok(());
        }
    }
    Err(ApiError::TooManyAttempts { retry_after_ms: 1_000 })
}

/// Forgets what is too old to matter: whoever only guesses leaves it behind.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old(app: &App) -> Result<(), DatabaseError> {
    let before = app.clock.now().plus(-wait::FORGOTTEN_MS);
    app.database.query(store::forget_old(before)).await.map(|_| ())
}

impl Attempt {
    /// The statements that take it back, for the batch of what it let in. The account begins anew; the address does not, or
    /// whoever has one account of their own could try others from there for ever.
    pub fn right(&self) -> Vec<Statement> {
        let taken_back = self.subjects.iter().map(|(slowed, subject)| match slowed {
            Slowed::Account => store::forget(subject),
            Slowed::Address => store::take_back(subject),
        });
        let old = store::forget_old(self.now.plus(-wait::FORGOTTEN_MS));
        taken_back.chain([old]).collect()
    }
}
