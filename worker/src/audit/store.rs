//! The chains in the shared database.

use noc_audit::{Head, Sealed, Unsigned};
use noc_shared::{audit::AuditEvent, id::OrganizationId, time::Timestamp};
use serde_json::Value;

use crate::ports::{Database, DatabaseError, Param, Row, Statement, integer, text};

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

/// Where the chain of an organization stands, beside the newest head that is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) organization_id: OrganizationId,
    /// Number and hash of the last event; `None` if there is no event.
    pub(super) last: Option<(u64, String)>,
    /// Whether the event of the newest head is there and has the hash that was signed. So it is where no head is kept yet.
    pub(super) is_sound: bool,
    /// The newest head; `None` if there is none, or if it is not what was kept.
    head: Option<Head>,
    /// The hash that the event of the newest head has now; `None` if it is not there any more.
    found: Option<String>,
}

impl Standing {
    /// Why its end is not signed, for whoever reads an export.
    pub(super) fn unsigned(self) -> Unsigned {
        Unsigned { found: self.found, head: self.head }
    }
}

/// Where chains stand. What a head says is read from its document, which is what was signed, and handed over; one that is
/// no JSON fits no event, and spoils no other row.
const STANDING: &str = "WITH standing AS (
         SELECT organizations.id AS organization_id, last.number AS number, last.hash AS hash,
             signed.number AS signed_number, signed.document AS document, found.hash AS found,
             signed.number IS NULL OR found.hash IS COALESCE(
                 CASE WHEN json_valid(signed.document) THEN signed.document ->> 'hash' END, '') AS is_sound,
             COALESCE(signed.signed_at, organizations.created_at) AS waits_since
         FROM organizations
         LEFT JOIN audit_heads AS signed ON signed.organization_id = organizations.id
             AND signed.number = (SELECT MAX(number) FROM audit_heads WHERE organization_id = organizations.id)
         LEFT JOIN audit_events AS found ON found.organization_id = organizations.id
             AND found.number = signed.number
         LEFT JOIN audit_events AS last ON last.organization_id = organizations.id
             AND last.number = (SELECT MAX(number) FROM audit_events WHERE organization_id = organizations.id))
     SELECT organization_id, number, hash, document, found, is_sound FROM standing";

/// Where the chain of one organization stands.
pub(super) async fn standing(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Standing, DatabaseError> {
    let sql = format!("{STANDING} WHERE organization_id = ?1");
    let rows = database.query(Statement::new(sql, [Param::from(organization.as_str())])).await?;
    rows.first()
        .and_then(read_standing)
        .ok_or_else(|| DatabaseError("an organization is not there".to_owned()))
}

/// Chains that have grown since their head was last signed, and those that their newest head is not on any more: at most
/// so many. Whichever was signed longest ago comes first (where none was signed, its organization was made with it), so
/// that nobody with thousands of organizations keeps others waiting; and last come those that cannot be signed.
pub(super) async fn unsigned(database: &dyn Database, most: u32) -> Result<Vec<Standing>, DatabaseError> {
    let sql = format!(
        "{STANDING} WHERE number IS NOT signed_number OR NOT is_sound
         ORDER BY is_sound DESC, waits_since, organization_id LIMIT ?1"
    );
    let rows = database.query(Statement::new(sql, [Param::from(i64::from(most))])).await?;
    Ok(rows.iter().filter_map(read_standing).collect())
}

fn read_standing(row: &Row) -> Option<Standing> {
    let number = integer(row, "number").and_then(|number| u64::try_from(number).ok());
    Some(Standing {
        organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
        last: number.zip(text(row, "hash").map(str::to_owned)),
        is_sound: integer(row, "is_sound")? == 1,
        head: text(row, "document").and_then(|document| crate::json::read(document).ok()),
        found: text(row, "found").map(str::to_owned),
    })
}

/// The statement that keeps a signed head.
pub(super) fn keep(head: &Head) -> Statement {
    Statement::new(
        "INSERT INTO audit_heads (organization_id, number, document, signed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        [
            Param::from(head.organization_id.as_str()),
            i64::try_from(head.number).unwrap_or(i64::MAX).into(),
            serde_json::to_string(head).unwrap_or_default().into(),
            head.at.millis().into(),
        ],
    )
}

/// Heads that nobody outside has taken yet, the oldest first, as they are kept.
pub(super) async fn not_exported(database: &dyn Database, most: u32) -> Result<Vec<Value>, DatabaseError> {
    let statement = Statement::new(
        "SELECT document FROM audit_heads WHERE exported_at IS NULL
         ORDER BY signed_at, organization_id, number LIMIT ?1",
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
