//! What was counted, in the shared database.

use noc_shared::time::Timestamp;

use crate::ports::{Database, DatabaseError, Param, Statement, integer};

/// What is known of an account or an address.
pub(super) struct Known {
    pub(super) failures: u32,
    pub(super) wait_until: Timestamp,
    pub(super) last_at: Timestamp,
}

pub(super) async fn find(database: &dyn Database, subject: &str) -> Result<Option<Known>, DatabaseError> {
    let sql = "SELECT failures, wait_until, last_at FROM sign_in_attempts WHERE subject = ?1";
    let rows = database.query(Statement::new(sql, [subject.into()])).await?;
    Ok(rows.first().and_then(|row| {
        Some(Known {
            failures: u32::try_from(integer(row, "failures")?).ok()?,
            wait_until: Timestamp::from_millis(integer(row, "wait_until")?),
            last_at: Timestamp::from_millis(integer(row, "last_at")?),
        })
    }))
}

/// Counts one more, unless somebody else was counted meanwhile.
pub(super) async fn count(
    database: &dyn Database,
    subject: &str,
    expected: u32,
    next: &Known,
) -> Result<bool, DatabaseError> {
    let statement = Statement::new(
        "INSERT INTO sign_in_attempts (subject, failures, wait_until, last_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (subject) DO UPDATE SET
             failures = excluded.failures, wait_until = excluded.wait_until, last_at = excluded.last_at
         WHERE failures = ?5
         RETURNING subject",
        [
            Param::from(subject),
            i64::from(next.failures).into(),
            next.wait_until.millis().into(),
            next.last_at.millis().into(),
            i64::from(expected).into(),
        ],
    );
    Ok(!database.query(statement).await?.is_empty())
}

pub(super) fn forget(subject: &str) -> Statement {
    Statement::new("DELETE FROM sign_in_attempts WHERE subject = ?1", [subject.into()])
}

pub(super) fn take_back(subject: &str) -> Statement {
    Statement::new(
        "UPDATE sign_in_attempts SET failures = MAX(failures - 1, 0), wait_until = 0 WHERE subject = ?1",
        [subject.into()],
    )
}

pub(super) fn forget_old(before: Timestamp) -> Statement {
    Statement::new("DELETE FROM sign_in_attempts WHERE last_at <= ?1", [before.millis().into()])
}
