//! The chains in the shared database.

use noc_audit::{Head, Sealed};
use noc_shared::{audit::AuditEvent, id::OrganizationId, time::Timestamp};
use serde_json::Value;

use crate::ports::{Database, DatabaseError, Param, Statement, integer, text};

/// Number and hash of the last event of a chain.
pub(super) async fn last(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Option<(u64, String)>, DatabaseError> {
    let statement = Statement::new(
        "SELECT number, hash FROM audit_events WHERE organization_id = ?1 ORDER BY number DESC LIMIT 1",
        [Param::from(organization.as_str())],
    );
    let rows = database.query(statement).await?;
    let read = |row| Some((u64::try_from(integer(row, "number")?).ok()?, text(row, "hash")?.to_owned()));
    Ok(rows.first().and_then(read))
}

/// The statement that writes an event. It fails if another one has taken its number.
pub(super) fn insert(event: &AuditEvent, sealed: &Sealed) -> Statement {
    Statement::new(
        "INSERT INTO audit_events
             (organization_id, number, at, action, principal_id, target, request_id, hash, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [
            Param::from(event.organization_id.as_str()),
            i64::try_from(event.number).unwrap_or(i64::MAX).into(),
            event.at.millis().into(),
            event.action.as_str().into(),
            event.actor.principal_id.as_str().into(),
            format!("{}/{}", event.target.kind, event.target.id).into(),
            event.request_id.as_str().into(),
            sealed.hash.as_str().into(),
            sealed.document.as_str().into(),
        ],
    )
}

/// Whether it failed because another event has taken the number.
pub(super) fn is_taken(error: &DatabaseError) -> bool {
    error.0.contains("UNIQUE constraint failed: audit_events")
}

/// What a list is filtered by, and where it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) action: Option<String>,
    pub(super) principal: Option<String>,
    pub(super) target: Option<String>,
    /// Only events before this one.
    pub(super) before: Option<u64>,
    pub(super) limit: u64,
}

/// Events, newest first, as they are kept.
pub(super) async fn list(
    database: &dyn Database,
    organization: &OrganizationId,
    filter: &Filter,
) -> Result<Vec<(u64, Sealed)>, DatabaseError> {
    let before = filter.before.and_then(|number| i64::try_from(number).ok());
    let statement = Statement::new(
        "SELECT number, hash, document FROM audit_events
         WHERE organization_id = ?1 AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR principal_id = ?3)
             AND (?4 IS NULL OR target = ?4) AND (?5 IS NULL OR number < ?5)
         ORDER BY number DESC LIMIT ?6",
        [
            Param::from(organization.as_str()),
            filter.action.as_deref().into(),
            filter.principal.as_deref().into(),
            filter.target.as_deref().into(),
            before.into(),
            i64::try_from(filter.limit).unwrap_or(i64::MAX).into(),
        ],
    );
    read(database, statement).await
}

/// Events behind a number, oldest first, up to another, as they are kept.
pub(super) async fn behind(
    database: &dyn Database,
    organization: &OrganizationId,
    after: u64,
    up_to: u64,
    most: u32,
) -> Result<Vec<(u64, Sealed)>, DatabaseError> {
    let statement = Statement::new(
        "SELECT number, hash, document FROM audit_events
         WHERE organization_id = ?1 AND number > ?2 AND number <= ?3 ORDER BY number LIMIT ?4",
        [
            Param::from(organization.as_str()),
            i64::try_from(after).unwrap_or(i64::MAX).into(),
            i64::try_from(up_to).unwrap_or(i64::MAX).into(),
            i64::from(most).into(),
        ],
    );
    read(database, statement).await
}

async fn read(database: &dyn Database, statement: Statement) -> Result<Vec<(u64, Sealed)>, DatabaseError> {
    let rows = database.query(statement).await?;
    let sealed = rows.iter().map(|row| {
        let number = u64::try_from(integer(row, "number")?).ok()?;
        let (hash, document) = (text(row, "hash")?.to_owned(), text(row, "document")?.to_owned());
        Some((number, Sealed { document, hash }))
    });
    Ok(sealed.flatten().collect())
}

/// Organizations whose chain has grown since its head was last signed, at most so many.
pub(super) async fn unsigned(
    database: &dyn Database,
    most: u32,
) -> Result<Vec<(OrganizationId, u64, String)>, DatabaseError> {
    let statement = Statement::new(
        "SELECT organizations.id AS organization_id, number, hash
         FROM organizations JOIN audit_events AS last ON last.organization_id = organizations.id
             AND number = (SELECT MAX(number) FROM audit_events WHERE organization_id = organizations.id)
         WHERE NOT EXISTS (
             SELECT 1 FROM audit_heads WHERE organization_id = organizations.id AND number = last.number)
         LIMIT ?1",
        [Param::from(i64::from(most))],
    );
    let rows = database.query(statement).await?;
    let read = rows.iter().map(|row| {
        let organization = OrganizationId::parse(text(row, "organization_id")?)?;
        Some((organization, u64::try_from(integer(row, "number")?).ok()?, text(row, "hash")?.to_owned()))
    });
    Ok(read.flatten().collect())
}

/// The statement that keeps a signed head.
pub(super) fn keep(head: &Head) -> Statement {
    Statement::new(
        "INSERT INTO audit_heads (organization_id, number, document) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
        [
            Param::from(head.organization_id.as_str()),
            i64::try_from(head.number).unwrap_or(i64::MAX).into(),
            serde_json::to_string(head).unwrap_or_default().into(),
        ],
    )
}

/// Heads that nobody outside has taken yet, the oldest first, as they are kept.
pub(super) async fn not_exported(database: &dyn Database, most: u32) -> Result<Vec<Value>, DatabaseError> {
    let statement = Statement::new(
        "SELECT document FROM audit_heads WHERE exported_at IS NULL ORDER BY organization_id, number LIMIT ?1",
        [Param::from(i64::from(most))],
    );
    let rows = database.query(statement).await?;
    Ok(rows.iter().filter_map(|row| crate::json::read(text(row, "document")?).ok()).collect())
}

/// The statement that notes that somebody outside has taken these.
pub(super) fn note_export(heads: &[Value], now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE audit_heads SET exported_at = ?2
         WHERE (organization_id, number) IN (
             SELECT value ->> 'organization_id', value ->> 'number' FROM json_each(?1))",
        [Param::from(serde_json::to_string(heads).unwrap_or_default()), now.millis().into()],
    )
}
