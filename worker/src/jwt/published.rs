//! What issuers publish about themselves, remembered: how they are spoken to, and their keys.

use std::{collections::BTreeMap, fmt, sync::Mutex};

use noc_shared::time::Timestamp;
use serde_json::Value;

use crate::{
    app::App,
    log::{self, Fields},
    ports::{DatabaseError, HttpRequest, Method, Param, Statement, integer, text},
};

/// So long a document is good without a look: a key that was withdrawn is accepted for so long at most.
const FRESH_MS: i64 = 3_600_000;

/// So long it is good if the issuer does not answer.
const LAST_MS: i64 = 24 * 3_600_000;

/// Not before then is an issuer asked again, whatever keys tokens name: whoever sends tokens must not be able to have us
/// ask more often.
const AGAIN_MS: i64 = 60_000;

/// An issuer has this long for an answer: somebody waits for the page.
const TIMEOUT_MS: u64 = 10_000;

/// A document is at most this long. That of Entra has 20 kB, with its certificates.
const MAX_BYTES: usize = 128 * 1024;

/// So many issuers are remembered here; the database remembers all.
const MOST: usize = 32;

/// What issuers have published, as far as this instance has seen it. Nothing awaits while it is held.
#[derive(Default)]
pub struct Published(Mutex<BTreeMap<String, Document>>);

#[derive(Clone, Debug, PartialEq)]
struct Document {
    fetched_at: Timestamp,
    value: Value,
}

/// A document cannot be had.
#[derive(Debug)]
pub struct Unavailable(String);

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "what the issuer publishes cannot be had: {}", self.0)
    }
}

impl std::error::Error for Unavailable {}

/// What is done with what is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remembered {
    /// It is used as it is.
    Good,
    /// The issuer is asked; if it does not answer, or may not be asked yet, this is used.
    Old,
    /// It is not used any more.
    Gone,
}

fn judge(age_ms: i64, suffices: bool) -> Remembered {
    match age_ms {
        ..FRESH_MS if suffices => Remembered::Good,
        ..LAST_MS => Remembered::Old,
        _ => Remembered::Gone,
    }
}

/// The document at an address, as it was within the last hour; one that does not suffice is asked for again. What comes
/// may still not suffice.
///
/// # Errors
/// When it cannot be had, and none is remembered that is not too old.
pub async fn published(
    app: &App,
    url: &str,
    suffices: impl Fn(&Value) -> bool,
) -> Result<Value, Unavailable> {
    let now = app.clock.now();
    let judged = |document: &Document| judge(now.since(document.fetched_at), suffices(&document.value));
    if let Some(document) = app.published.get(url)
        && judged(&document) == Remembered::Good
    {
        return Ok(document.value);
    }
    let broken = |error: DatabaseError| Unavailable(log::chain(&error));
    let kept = load(app, url).await.map_err(broken)?;
    let usable = match kept.map(|document| (judged(&document), document)) {
        Some((Remembered::Good, document)) => {
            app.published.keep(url, document.clone());
            return Ok(document.value);
        }
        Some((Remembered::Old, document)) => Some(document.value),
        Some((Remembered::Gone, _)) | None => None,
    };
    if !claim(app, url, now).await.map_err(broken)? {
        return usable.ok_or_else(|| Unavailable("it was asked within the last minute".to_owned()));
    }
    match fetch(app, url).await {
        Ok(value) => {
            let document = Document { fetched_at: now, value };
            app.database.query(store(url, &document)).await.map_err(broken)?;
            app.published.keep(url, document.clone());
            Ok(document.value)
        }
        Err(error) => {
            app.log.warn(
                "an issuer does not say what it publishes",
                Fields { error: Some(error.clone()), ..Fields::default() },
            );
            usable.ok_or(Unavailable(error))
        }
    }
}

impl Published {
    fn get(&self, url: &str) -> Option<Document> {
        self.0.lock().ok()?.get(url).cloned()
    }

    fn keep(&self, url: &str, document: Document) {
        if let Ok(mut known) = self.0.lock() {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(url.to_owned(), document);
        }
    }
}

async fn load(app: &App, url: &str) -> Result<Option<Document>, DatabaseError> {
    let sql = "SELECT fetched_at, document FROM issuer_documents WHERE url = ?1 AND document IS NOT NULL";
    let rows = app.database.query(Statement::new(sql, [url.into()])).await?;
    Ok(rows.first().and_then(|row| {
        let fetched_at = Timestamp::from_millis(integer(row, "fetched_at")?);
        Some(Document { fetched_at, value: crate::json::read(text(row, "document")?).ok()? })
    }))
}

/// Takes the right to ask for the next minute; of many who want it at once, one gets it.
async fn claim(app: &App, url: &str, now: Timestamp) -> Result<bool, DatabaseError> {
    let statement = Statement::new(
        "INSERT INTO issuer_documents (url, asked_at) VALUES (?1, ?2)
         ON CONFLICT (url) DO UPDATE SET asked_at = excluded.asked_at WHERE asked_at <= ?3
         RETURNING url",
        [Param::from(url), now.millis().into(), now.plus(-AGAIN_MS).millis().into()],
    );
    Ok(!app.database.query(statement).await?.is_empty())
}

/// Forgets what nobody has asked for in a day: it is too old to be used, and whoever names an issuer names another
/// tomorrow.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old(app: &App) -> Result<(), DatabaseError> {
    let before = app.clock.now().plus(-LAST_MS);
    let sql = "DELETE FROM issuer_documents WHERE asked_at <= ?1";
    app.database.query(Statement::new(sql, [before.millis().into()])).await.map(drop)
}

fn store(url: &str, document: &Document) -> Statement {
    Statement::new(
        "UPDATE issuer_documents SET fetched_at = ?2, document = ?3 WHERE url = ?1",
        [Param::from(url), document.fetched_at.millis().into(), document.value.to_string().into()],
    )
}

async fn fetch(app: &App, url: &str) -> Result<Value, String> {
    let request = HttpRequest {
        method: Method::Get,
        url: url.to_owned(),
        authorization: None,
        body: None,
        timeout_ms: TIMEOUT_MS,
        max_bytes: MAX_BYTES,
    };
    let response = app.http.send(request).await.map_err(|error| format!("{url}: {error}"))?;
    match (response.status, serde_json::from_slice(&response.body)) {
        (200, Ok(value @ Value::Object(_))) => Ok(value),
        (200, _) => Err(format!("{url}: the answer is no JSON object")),
        (status, _) => Err(format!("{url}: the answer is {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_used_for_an_hour_and_for_a_day_if_nothing_newer_can_be_had() {
        let cases = [
            (0, true, Remembered::Good),
            (FRESH_MS - 1, true, Remembered::Good),
            (FRESH_MS, true, Remembered::Old),
            (0, false, Remembered::Old),
            (LAST_MS - 1, true, Remembered::Old),
            (LAST_MS, true, Remembered::Gone),
            (LAST_MS, false, Remembered::Gone),
            (-5_000, true, Remembered::Good),
        ];
        for (age, suffices, expected) in cases {
            assert_eq!(judge(age, suffices), expected, "{age} {suffices}");
        }
    }
}
