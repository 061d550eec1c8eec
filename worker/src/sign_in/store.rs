//! Links that sign in, in the shared database.

use noc_shared::{
    id::{OrganizationId, PrincipalId, SessionId},
    time::Timestamp,
};

use crate::ports::{Database, DatabaseError, Param, Row, Statement, integer, text};
use crate::sessions::From;

/// A link that works.
pub(super) struct Link {
    pub(super) user_id: PrincipalId,
    pub(super) organization_id: OrganizationId,
    pub(super) session_expires_at: Timestamp,
    /// The session that made it.
    pub(super) from: From,
}

/// The statement that keeps a link. What it begins ends with the session that made it.
pub(super) fn insert_link(
    hash: &str,
    user: &PrincipalId,
    session: &SessionId,
    expires_at: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO sign_in_links (hash, user_id, organization_id, expires_at, session_expires_at, session_id)
         SELECT ?1, ?2, organization_id, ?4, expires_at, id FROM sessions WHERE id = ?3 AND user_id = ?2",
        [Param::from(hash), user.as_str().into(), session.as_str().into(), expires_at.millis().into()],
    )
}

/// The statement that forgets links whose time is over.
pub(super) fn forget_links(now: Timestamp) -> Statement {
    Statement::new("DELETE FROM sign_in_links WHERE expires_at <= ?1", [Param::from(now.millis())])
}

/// The statement that takes a link away.
pub(super) fn take_link(hash: &str) -> Statement {
    Statement::new("DELETE FROM sign_in_links WHERE hash = ?1", [Param::from(hash)])
}

/// The link with this hash, if it works.
pub(super) async fn link(
    database: &dyn Database,
    hash: &str,
    now: Timestamp,
) -> Result<Option<Link>, DatabaseError> {
    let statement = Statement::new(
        "SELECT links.user_id, links.organization_id, session_expires_at, session_id,
                COALESCE(signed_in_at, sessions.created_at) AS signed_in_at
         FROM sign_in_links AS links JOIN sessions ON sessions.id = links.session_id
         WHERE links.hash = ?1 AND links.expires_at > ?2",
        [Param::from(hash), now.millis().into()],
    );
    let read = |row: &Row| {
        Some(Link {
            user_id: PrincipalId::parse(text(row, "user_id")?)?,
            organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
            session_expires_at: Timestamp::from_millis(integer(row, "session_expires_at")?),
            from: From {
                session_id: SessionId::parse(text(row, "session_id")?)?,
                signed_in_at: Timestamp::from_millis(integer(row, "signed_in_at")?),
            },
        })
    };
    Ok(database.query(statement).await?.first().and_then(read))
}
