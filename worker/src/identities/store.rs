//! Identities in the shared database.

use noc_shared::{id::PrincipalId, time::Timestamp};

use crate::{
    guard,
    ports::{Database, DatabaseError, Param, Statement, integer, text},
};

/// An identity that is kept.
pub(super) struct Kept {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) created_at: Timestamp,
}

/// Whose an identity is.
pub(super) async fn find(
    database: &dyn Database,
    issuer: &str,
    subject: &str,
) -> Result<Option<PrincipalId>, DatabaseError> {
    let sql = "SELECT user_id FROM identities WHERE issuer = ?1 AND subject = ?2";
    let rows = database.query(Statement::new(sql, [issuer.into(), subject.into()])).await?;
    Ok(rows.first().and_then(|row| PrincipalId::parse(text(row, "user_id")?)))
}

/// Whether somebody has an identity of an issuer.
pub(super) async fn has_of(
    database: &dyn Database,
    user: &PrincipalId,
    issuer: &str,
) -> Result<bool, DatabaseError> {
    let sql = "SELECT 1 AS found FROM identities WHERE user_id = ?1 AND issuer = ?2 LIMIT 1";
    Ok(!database.query(Statement::new(sql, [user.as_str().into(), issuer.into()])).await?.is_empty())
}

/// The statements that give somebody an identity, unless it is somebody's already.
pub(super) fn insert(issuer: &str, subject: &str, user: &PrincipalId, now: Timestamp) -> [Statement; 2] {
    [
        guard::absent(
            "SELECT 1 FROM identities WHERE issuer = ?1 AND subject = ?2",
            [issuer.into(), subject.into()],
        ),
        Statement::new(
            "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES (?1, ?2, ?3, ?4)",
            [Param::from(issuer), subject.into(), user.as_str().into(), now.millis().into()],
        ),
    ]
}

/// The identities of somebody, the newest first.
pub(super) async fn of_user(database: &dyn Database, user: &PrincipalId) -> Result<Vec<Kept>, DatabaseError> {
    let sql = "SELECT issuer, subject, created_at FROM identities WHERE user_id = ?1
               ORDER BY created_at DESC, issuer, subject";
    let rows = database.query(Statement::new(sql, [user.as_str().into()])).await?;
    let kept = rows.iter().filter_map(|row| {
        Some(Kept {
            issuer: text(row, "issuer")?.to_owned(),
            subject: text(row, "subject")?.to_owned(),
            created_at: Timestamp::from_millis(integer(row, "created_at")?),
        })
    });
    Ok(kept.collect())
}

/// The statements that take an identity from somebody: only if a passkey or another identity still lets them in.
pub(super) fn delete(user: &PrincipalId, kept: &Kept) -> [Statement; 2] {
    let params = || [Param::from(user.as_str()), kept.issuer.as_str().into(), kept.subject.as_str().into()];
    [
        guard::exists(
            "SELECT 1 FROM passkeys WHERE user_id = ?1
             UNION ALL
             SELECT 1 FROM identities WHERE user_id = ?1 AND NOT (issuer = ?2 AND subject = ?3)",
            params(),
        ),
        Statement::new(
            "DELETE FROM identities WHERE user_id = ?1 AND issuer = ?2 AND subject = ?3",
            params(),
        ),
    ]
}
