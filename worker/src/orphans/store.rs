//! Orphans in the shared database.

use std::collections::BTreeSet;

use noc_shared::{
    id::{DeploymentId, OrganizationId, OrphanId},
    money::Usd,
    orphans::{Orphan, OrphanKind},
    time::Timestamp,
};
use serde_json::json;

use super::Candidate;
use crate::{
    organizations,
    ports::{Database, DatabaseError, Param, Random, Statement, integer, text},
};

/// The statement that says what a sweep has found. What was found before keeps its identifier.
pub fn seen(random: &dyn Random, sweep: i64, now: Timestamp, found: &[Candidate]) -> Statement {
    let rows = found.iter().map(|one| {
        let provider = match one.kind {
            OrphanKind::Droplet => "digitalocean",
            OrphanKind::DnsRecord => "cloudflare",
        };
        let orphan = Orphan {
            id: OrphanId::from_random(random.identifier()),
            provider: provider.to_owned(),
            kind: one.kind,
            provider_id: one.provider_id.clone(),
            name: one.name.clone(),
            content: one.content.clone(),
            region: one.region.clone(),
            size: one.size.clone(),
            server_id: one.server_id.clone(),
            server_name: one.of.as_ref().map(|known| known.server.name.clone()),
            reason: one.reason.to_owned(),
            created_at: one.created_at,
            first_seen_at: now,
            seen_at: now,
            price_monthly: one.price_monthly,
        };
        let owner = one.of.as_ref().map(|known| known.organization_id.clone());
        json!({
            "organization_id": owner.unwrap_or_else(organizations::first),
            "price_cents": one.price_monthly.cents(),
            "orphan": orphan,
        })
    });
    let rows = serde_json::Value::from_iter(rows).to_string();
    Statement::new(
        "INSERT INTO orphans (id, organization_id, kind, provider_id, first_seen_at, price_cents, sweep, document)
         SELECT value ->> '$.orphan.id', value ->> 'organization_id', value ->> '$.orphan.kind',
             value ->> '$.orphan.provider_id', ?2, value ->> 'price_cents', ?3, value -> 'orphan'
         FROM json_each(?1) WHERE true
         ON CONFLICT (kind, provider_id) DO UPDATE SET
             organization_id = excluded.organization_id, price_cents = excluded.price_cents, sweep = excluded.sweep,
             document = json_set(excluded.document, '$.id', orphans.id,
                 '$.first_seen_at', orphans.document ->> 'first_seen_at')",
        [Param::from(rows), now.millis().into(), sweep.into()],
    )
}

/// The statement that forgets what a sweep did not find any more.
pub fn forget_unseen(sweep: i64, kind: OrphanKind) -> Statement {
    Statement::new(
        "DELETE FROM orphans WHERE kind = ?1 AND sweep < ?2",
        [Param::from(kind.as_str()), sweep.into()],
    )
}

/// The provider's ids of those of them that are known as orphans already.
///
/// # Errors
/// When the database does not answer.
pub async fn known(
    database: &dyn Database,
    candidates: &[Candidate],
) -> Result<BTreeSet<String>, DatabaseError> {
    let ids: Vec<&str> = candidates.iter().map(|candidate| candidate.provider_id.as_str()).collect();
    let statement = Statement::new(
        "SELECT provider_id FROM orphans WHERE provider_id IN (SELECT value FROM json_each(?1))",
        [Param::from(serde_json::to_string(&ids).unwrap_or_default())],
    );
    let rows = database.query(statement).await?;
    Ok(rows.iter().filter_map(|row| text(row, "provider_id").map(str::to_owned)).collect())
}

/// Orphans of an organization behind a place, the oldest find first, and what all of them cost.
pub(super) async fn list(
    database: &dyn Database,
    organization: &OrganizationId,
    after: Option<(i64, String)>,
    limit: u64,
) -> Result<(Vec<Orphan>, Usd), DatabaseError> {
    let (at, id) = after.unwrap_or((-1, String::new()));
    let page = Statement::new(
        "SELECT document FROM orphans WHERE organization_id = ?1 AND (first_seen_at, id) > (?2, ?3)
         ORDER BY first_seen_at, id LIMIT ?4",
        [
            Param::from(organization.as_str()),
            at.into(),
            id.into(),
            i64::try_from(limit).unwrap_or(i64::MAX).into(),
        ],
    );
    let sum = Statement::new(
        "SELECT COALESCE(SUM(price_cents), 0) AS cents FROM orphans WHERE organization_id = ?1",
        [Param::from(organization.as_str())],
    );
    let mut results = database.batch(vec![page, sum]).await?.into_iter();
    let rows = results.next().unwrap_or_default();
    let orphans = rows.iter().filter_map(|row| crate::json::read(text(row, "document")?).ok());
    let orphans = orphans.collect();
    let sums = results.next().unwrap_or_default();
    let cents = sums.first().and_then(|row| integer(row, "cents")).unwrap_or(0);
    Ok((orphans, Usd::from_cents(cents)))
}

/// An orphan of an organization.
pub(super) async fn find(
    database: &dyn Database,
    organization: &OrganizationId,
    id: &OrphanId,
) -> Result<Option<Orphan>, DatabaseError> {
    let statement = Statement::new(
        "SELECT document FROM orphans WHERE organization_id = ?1 AND id = ?2",
        [Param::from(organization.as_str()), id.as_str().into()],
    );
    let rows = database.query(statement).await?;
    Ok(rows.first().and_then(|row| crate::json::read(text(row, "document")?).ok()))
}

/// Notes that an adoption has begun, in the words of the list.
pub(super) async fn adopting(
    database: &dyn Database,
    id: &OrphanId,
    deployment: &DeploymentId,
) -> Result<(), DatabaseError> {
    let statement = Statement::new(
        "UPDATE orphans SET document = json_set(document, '$.reason', ?2) WHERE id = ?1",
        [Param::from(id.as_str()), format!("it is being adopted by the deployment {deployment}").into()],
    );
    database.query(statement).await.map(|_| ())
}

/// Forgets an orphan: it is gone, or it is somebody's.
pub(super) async fn forget(database: &dyn Database, id: &OrphanId) -> Result<(), DatabaseError> {
    let statement = Statement::new("DELETE FROM orphans WHERE id = ?1", [Param::from(id.as_str())]);
    database.query(statement).await.map(|_| ())
}
