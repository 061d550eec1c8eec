//! Apps that show codes, and recovery codes, in the shared database.

use noc_shared::{id::PrincipalId, time::Timestamp};

use crate::{
    guard,
    ports::{Database, DatabaseError, Param, Statement, integer, text},
};

/// What is known of somebody's app.
pub(super) struct CodeApp {
    pub(super) salt: String,
    pub(super) is_confirmed: bool,
    pub(super) last_step: Option<i64>,
}

pub(super) async fn code_app(
    database: &dyn Database,
    user: &PrincipalId,
) -> Result<Option<CodeApp>, DatabaseError> {
    let sql = "SELECT salt, confirmed_at, last_step FROM code_apps WHERE user_id = ?1";
    let rows = database.query(Statement::new(sql, [user.as_str().into()])).await?;
    Ok(rows.first().and_then(|row| {
        Some(CodeApp {
            salt: text(row, "salt")?.to_owned(),
            is_confirmed: integer(row, "confirmed_at").is_some(),
            last_step: integer(row, "last_step"),
        })
    }))
}

/// The statements that begin with an app, unless there is one that proves something.
pub(super) fn begin(user: &PrincipalId, salt: &str, now: Timestamp) -> [Statement; 2] {
    [
        guard::absent(
            "SELECT 1 FROM code_apps WHERE user_id = ?1 AND confirmed_at IS NOT NULL",
            [user.as_str().into()],
        ),
        Statement::new(
            "INSERT INTO code_apps (user_id, salt, created_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (user_id) DO UPDATE SET
                 salt = excluded.salt, created_at = excluded.created_at, last_step = NULL",
            [Param::from(user.as_str()), salt.into(), now.millis().into()],
        ),
    ]
}

/// The statements that note that a code was used, unless it or a later one was used meanwhile.
pub(super) fn use_code(user: &PrincipalId, salt: &str, step: i64) -> [Statement; 2] {
    let params = || [Param::from(user.as_str()), salt.into(), step.into()];
    [
        guard::exists(
            "SELECT 1 FROM code_apps
             WHERE user_id = ?1 AND salt = ?2 AND (last_step IS NULL OR last_step < ?3)",
            params(),
        ),
        Statement::new("UPDATE code_apps SET last_step = ?3 WHERE user_id = ?1 AND salt = ?2", params()),
    ]
}

/// The statement that notes that a first code was right.
pub(super) fn confirm(user: &PrincipalId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE code_apps SET confirmed_at = ?2 WHERE user_id = ?1",
        [Param::from(user.as_str()), now.millis().into()],
    )
}

/// The statement that forgets somebody's app.
pub(super) fn forget(user: &PrincipalId) -> Statement {
    Statement::new("DELETE FROM code_apps WHERE user_id = ?1", [user.as_str().into()])
}

/// How many recovery codes somebody has left.
pub(super) async fn recovery_codes(
    database: &dyn Database,
    user: &PrincipalId,
) -> Result<u32, DatabaseError> {
    let sql = "SELECT COUNT(*) AS count FROM recovery_codes WHERE user_id = ?1";
    let rows = database.query(Statement::new(sql, [user.as_str().into()])).await?;
    let count = rows.first().and_then(|row| integer(row, "count"));
    Ok(count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0))
}

/// Whether somebody has this recovery code.
pub(super) async fn has_recovery_code(
    database: &dyn Database,
    user: &PrincipalId,
    fingerprint: &str,
) -> Result<bool, DatabaseError> {
    let statement = Statement::new(HAS_CODE, [Param::from(user.as_str()), fingerprint.into()]);
    Ok(!database.query(statement).await?.is_empty())
}

const HAS_CODE: &str = "SELECT 1 AS one FROM recovery_codes WHERE user_id = ?1 AND fingerprint = ?2";

/// The statements that use a recovery code up, unless it was used meanwhile.
pub(super) fn use_recovery_code(user: &PrincipalId, fingerprint: &str) -> [Statement; 2] {
    let params = || [Param::from(user.as_str()), fingerprint.into()];
    [
        guard::exists(HAS_CODE, params()),
        Statement::new("DELETE FROM recovery_codes WHERE user_id = ?1 AND fingerprint = ?2", params()),
    ]
}

/// The statements that keep new recovery codes in the place of those from before.
pub(super) fn keep_recovery_codes(user: &PrincipalId, fingerprints: &[String]) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM recovery_codes WHERE user_id = ?1", [user.as_str().into()]),
        Statement::new(
            "INSERT INTO recovery_codes (user_id, fingerprint) SELECT ?1, value FROM json_each(?2)",
            [Param::from(user.as_str()), serde_json::to_string(fingerprints).unwrap_or_default().into()],
        ),
    ]
}
