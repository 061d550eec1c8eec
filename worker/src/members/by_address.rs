//! Invitations by the address that they are for, for whom an issuer of identities vouches.

use noc_shared::time::Timestamp;

use super::store::{self, IS_GOOD, Invited, ranks};
use crate::ports::{Database, DatabaseError, Param, Statement, text};

/// The newest invitation for an address that can be accepted.
///
/// # Errors
/// When the database does not answer.
pub async fn invited(
    database: &dyn Database,
    email: &str,
    now: Timestamp,
) -> Result<Option<Invited>, DatabaseError> {
    let statement = Statement::new(
        format!(
            "SELECT hash FROM invitations WHERE email = ?1 AND expires_at > ?3 AND {IS_GOOD}
             ORDER BY created_at DESC, id LIMIT 1"
        ),
        [Param::from(email), ranks(), now.millis().into()],
    );
    let rows = database.query(statement).await?;
    match rows.first().and_then(|row| text(row, "hash")) {
        Some(hash) => store::by_hash(database, hash, now).await,
        None => Ok(None),
    }
}
