//! Identities in the shared database.

use noc_shared::{id::PrincipalId, time::Timestamp};

use crate::{
    guard,
    ports::{Database, DatabaseError, Param, Statement, text},
};

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
