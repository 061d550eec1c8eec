//! Passkeys in the shared database.

use noc_shared::{
    id::{PasskeyId, PrincipalId},
    passkeys::Passkey,
    time::Timestamp,
};

use crate::ports::{Database, DatabaseError, Param, Row, Statement, integer, text};

/// A passkey with what checks it.
pub(super) struct Kept {
    pub(super) passkey: Passkey,
    pub(super) user_id: PrincipalId,
    /// In base64url, as it is sent.
    pub(super) credential_id: String,
    /// In base64url.
    pub(super) public_key: String,
    pub(super) uses: u32,
}

const COLUMNS: &str =
    "id, user_id, credential_id, public_key, uses, host, name, is_backed_up, created_at, last_used_at";

/// Somebody's passkeys, the newest first.
pub(super) async fn of_user(database: &dyn Database, user: &PrincipalId) -> Result<Vec<Kept>, DatabaseError> {
    let sql = format!("SELECT {COLUMNS} FROM passkeys WHERE user_id = ?1 ORDER BY created_at DESC, id");
    let rows = database.query(Statement::new(sql, [user.as_str().into()])).await?;
    Ok(rows.iter().filter_map(kept).collect())
}

/// The passkey with this name of its own.
pub(super) async fn by_credential(
    database: &dyn Database,
    credential_id: &str,
) -> Result<Option<Kept>, DatabaseError> {
    let sql = format!("SELECT {COLUMNS} FROM passkeys WHERE credential_id = ?1");
    Ok(database.query(Statement::new(sql, [credential_id.into()])).await?.first().and_then(kept))
}

fn kept(row: &Row) -> Option<Kept> {
    let time = |column| integer(row, column).map(Timestamp::from_millis);
    Some(Kept {
        passkey: Passkey {
            id: PasskeyId::parse(text(row, "id")?)?,
            name: text(row, "name")?.to_owned(),
            host: text(row, "host")?.to_owned(),
            is_backed_up: integer(row, "is_backed_up")? == 1,
            created_at: time("created_at")?,
            last_used_at: time("last_used_at"),
        },
        user_id: PrincipalId::parse(text(row, "user_id")?)?,
        credential_id: text(row, "credential_id")?.to_owned(),
        public_key: text(row, "public_key")?.to_owned(),
        uses: u32::try_from(integer(row, "uses")?).ok()?,
    })
}

/// The statement that keeps a new passkey.
pub(super) fn insert(kept: &Kept) -> Statement {
    let passkey = &kept.passkey;
    Statement::new(
        "INSERT INTO passkeys
             (id, user_id, credential_id, public_key, uses, host, name, is_backed_up, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [
            Param::from(passkey.id.as_str()),
            kept.user_id.as_str().into(),
            kept.credential_id.as_str().into(),
            kept.public_key.as_str().into(),
            i64::from(kept.uses).into(),
            passkey.host.as_str().into(),
            passkey.name.as_str().into(),
            i64::from(passkey.is_backed_up).into(),
            passkey.created_at.millis().into(),
        ],
    )
}

/// The statement that forgets a passkey of somebody.
pub(super) fn delete(user: &PrincipalId, id: &PasskeyId) -> Statement {
    Statement::new(
        "DELETE FROM passkeys WHERE user_id = ?1 AND id = ?2",
        [Param::from(user.as_str()), id.as_str().into()],
    )
}

/// The statement that notes that a passkey was used.
pub(super) fn note_use(id: &PasskeyId, uses: u32, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE passkeys SET uses = ?2, last_used_at = ?3 WHERE id = ?1",
        [Param::from(id.as_str()), i64::from(uses).into(), now.millis().into()],
    )
}
