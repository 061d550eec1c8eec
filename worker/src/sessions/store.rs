//! Sessions in the shared database.

use noc_shared::{
    id::{OrganizationId, PrincipalId, SessionId},
    sessions::{OrganizationChoice, Session},
    time::Timestamp,
};

use super::{IDLE_MS, begin::Sign};
use crate::{
    access::Power,
    ports::{Database, DatabaseError, Param, Row, Statement, integer, text},
};

/// A session that is about to begin.
pub(super) struct New {
    pub(super) id: SessionId,
    pub(super) hash: String,
    pub(super) address: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// A session with who it is of and what they may do.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: SessionId,
    pub(super) user_id: PrincipalId,
    pub(super) organization_id: OrganizationId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) signed_in_at: Timestamp,
    pub(super) seen_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) proven_at: Option<Timestamp>,
    pub(super) has_second_factor: bool,
    /// The sealed credential that it was begun with, if it was.
    pub(super) credential: Option<String>,
    pub(super) power: Power,
}

/// The statement that begins a session.
pub(super) fn insert(new: &New, sign: &Sign) -> Statement {
    Statement::new(
        "INSERT INTO sessions (id, hash, user_id, organization_id, method, address, user_agent, created_at, seen_at,
             expires_at, proven_at, made_by, signed_in_at, credential)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13)",
        [
            Param::from(new.id.as_str()),
            new.hash.as_str().into(),
            sign.user_id.as_str().into(),
            sign.organization_id.as_str().into(),
            sign.method.into(),
            new.address.as_deref().into(),
            new.user_agent.as_deref().into(),
            new.created_at.millis().into(),
            new.expires_at.millis().into(),
            sign.is_proven.then_some(new.created_at.millis()).into(),
            sign.from.as_ref().map(|from| from.session_id.as_str()).into(),
            sign.from.as_ref().map_or(new.created_at, |from| from.signed_in_at).millis().into(),
            sign.credential.as_deref().into(),
        ],
    )
}

/// The statement that forgets sessions that have ended by themselves.
pub(super) fn forget_ended(now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE expires_at <= ?1 OR seen_at <= ?2",
        [Param::from(now.millis()), now.plus(-IDLE_MS).millis().into()],
    )
}

/// The session with this hash, with what its person may do in the organization that it acts in.
pub(super) async fn by_hash(database: &dyn Database, hash: &str) -> Result<Option<Found>, DatabaseError> {
    let statement = Statement::new(
        "SELECT sessions.id, user_id, sessions.organization_id, users.name, users.email, users.has_second_factor,
                COALESCE(signed_in_at, sessions.created_at) AS signed_in_at, seen_at, expires_at, proven_at,
                credential,
                (SELECT json_group_array(json_object('role', role, 'project_id', project_id, 'at_most', at_most))
                 FROM roles
                 WHERE roles.user_id = sessions.user_id AND roles.organization_id = sessions.organization_id) AS held
         FROM sessions JOIN users ON users.id = sessions.user_id WHERE hash = ?1",
        [Param::from(hash)],
    );
    Ok(database.query(statement).await?.first().and_then(found))
}

fn found(row: &Row) -> Option<Found> {
    let time = |column| integer(row, column).map(Timestamp::from_millis);
    Some(Found {
        id: SessionId::parse(text(row, "id")?)?,
        user_id: PrincipalId::parse(text(row, "user_id")?)?,
        organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
        name: text(row, "name")?.to_owned(),
        email: text(row, "email")?.to_owned(),
        signed_in_at: time("signed_in_at")?,
        seen_at: time("seen_at")?,
        expires_at: time("expires_at")?,
        proven_at: time("proven_at"),
        has_second_factor: integer(row, "has_second_factor")? == 1,
        credential: text(row, "credential").map(str::to_owned),
        power: Power::read(text(row, "held")?),
    })
}

/// The statement that notes when a session was last used.
pub(super) fn note_use(id: &SessionId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sessions SET seen_at = ?2 WHERE id = ?1",
        [Param::from(id.as_str()), now.millis().into()],
    )
}

/// The statement that notes that the second factor was proven in a session.
pub fn proven(id: &SessionId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sessions SET proven_at = ?2 WHERE id = ?1",
        [Param::from(id.as_str()), now.millis().into()],
    )
}

/// The statement that ends a session of somebody.
pub(super) fn end(user: &PrincipalId, id: &SessionId) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE user_id = ?1 AND id = ?2",
        [Param::from(user.as_str()), id.as_str().into()],
    )
}

/// The statement that ends every session of somebody but one.
pub(super) fn end_others(user: &PrincipalId, id: &SessionId) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2",
        [Param::from(user.as_str()), id.as_str().into()],
    )
}

/// Whether a session is somebody's.
pub(super) async fn is_of(
    database: &dyn Database,
    user: &PrincipalId,
    id: &SessionId,
) -> Result<bool, DatabaseError> {
    let statement = Statement::new(
        "SELECT 1 AS found FROM sessions WHERE user_id = ?1 AND id = ?2",
        [Param::from(user.as_str()), id.as_str().into()],
    );
    Ok(!database.query(statement).await?.is_empty())
}

/// The statement that ends every session that somebody has in an organization.
pub fn end_all(user: &PrincipalId, organization: &OrganizationId) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE user_id = ?1 AND organization_id = ?2",
        [Param::from(user.as_str()), organization.as_str().into()],
    )
}

/// The statement that has a session act in another organization.
pub(super) fn switch(id: &SessionId, organization: &OrganizationId) -> Statement {
    Statement::new(
        "UPDATE sessions SET organization_id = ?2 WHERE id = ?1",
        [Param::from(id.as_str()), organization.as_str().into()],
    )
}

/// A session, as its person sees it.
pub(super) async fn show(database: &dyn Database, id: &SessionId) -> Result<Option<Session>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id, method, address, user_agent, created_at, seen_at, expires_at FROM sessions WHERE id = ?1",
        [Param::from(id.as_str())],
    );
    Ok(database.query(statement).await?.first().and_then(session))
}

/// Somebody's sessions that have not ended, the newest first.
pub(super) async fn list(
    database: &dyn Database,
    user: &PrincipalId,
    now: Timestamp,
) -> Result<Vec<Session>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id, method, address, user_agent, created_at, seen_at, expires_at FROM sessions
         WHERE user_id = ?1 AND expires_at > ?2 AND seen_at > ?3 ORDER BY created_at DESC LIMIT 100",
        [Param::from(user.as_str()), now.millis().into(), now.plus(-IDLE_MS).millis().into()],
    );
    Ok(database.query(statement).await?.iter().filter_map(session).collect())
}

fn session(row: &Row) -> Option<Session> {
    let time = |column| integer(row, column).map(Timestamp::from_millis);
    Some(Session {
        id: SessionId::parse(text(row, "id")?)?,
        method: text(row, "method")?.to_owned(),
        address: text(row, "address").map(str::to_owned),
        user_agent: text(row, "user_agent").map(str::to_owned),
        created_at: time("created_at")?,
        seen_at: time("seen_at")?,
        expires_at: time("expires_at")?,
        is_current: false,
    })
}

/// The organizations that somebody may act in.
pub(super) async fn organizations(
    database: &dyn Database,
    user: &PrincipalId,
) -> Result<Vec<OrganizationChoice>, DatabaseError> {
    let statement = Statement::new(
        "SELECT organizations.id, organizations.name,
                json_group_array(json_object('role', role, 'project_id', project_id, 'at_most', at_most)) AS held
         FROM roles JOIN organizations ON organizations.id = roles.organization_id
         WHERE roles.user_id = ?1 GROUP BY organizations.id ORDER BY organizations.name LIMIT 500",
        [Param::from(user.as_str())],
    );
    let choice = |row: &Row| {
        Some(OrganizationChoice {
            id: OrganizationId::parse(text(row, "id")?)?,
            name: text(row, "name")?.to_owned(),
            role: Power::read(text(row, "held")?).role(),
        })
    };
    Ok(database.query(statement).await?.iter().filter_map(choice).collect())
}

/// The name of an organization.
pub(super) async fn organization_name(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Option<String>, DatabaseError> {
    let statement =
        Statement::new("SELECT name FROM organizations WHERE id = ?1", [Param::from(organization.as_str())]);
    Ok(database.query(statement).await?.first().and_then(|row| text(row, "name").map(str::to_owned)))
}

/// When the break-glass credential was last used since a time, as far as the audit of an organization knows.
pub(super) async fn break_glass_used(
    database: &dyn Database,
    organization: &OrganizationId,
    since: Timestamp,
) -> Result<Option<Timestamp>, DatabaseError> {
    let statement = Statement::new(
        "SELECT MAX(at) AS at FROM audit_events
         WHERE organization_id = ?1 AND action = 'sign_in.break_glass' AND at > ?2",
        [Param::from(organization.as_str()), since.millis().into()],
    );
    let rows = database.query(statement).await?;
    Ok(rows.first().and_then(|row| integer(row, "at")).map(Timestamp::from_millis))
}

/// What somebody may do in an organization.
pub(super) async fn power(
    database: &dyn Database,
    user: &PrincipalId,
    organization: &OrganizationId,
) -> Result<Power, DatabaseError> {
    let statement = Statement::new(
        "SELECT json_group_array(json_object('role', role, 'project_id', project_id, 'at_most', at_most)) AS held
         FROM roles WHERE user_id = ?1 AND organization_id = ?2",
        [Param::from(user.as_str()), organization.as_str().into()],
    );
    let rows = database.query(statement).await?;
    Ok(rows.first().and_then(|row| text(row, "held")).map(Power::read).unwrap_or_default())
}
