//! Drifts and policies in the shared database.

use std::collections::BTreeSet;

use noc_shared::{
    drift::{Drift, DriftKind, DriftPolicies, DriftPolicy},
    id::{DeploymentId, OrganizationId, ServerId},
    time::Timestamp,
};
use serde_json::json;

use super::repair::Wanted;
use crate::{
    access::Reach,
    ports::{Database, DatabaseError, Param, Row, Statement, integer, text},
    servers::KnownServer,
};

/// A field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What has drifted.
    pub kind: DriftKind,
    /// Which field.
    pub field: String,
    /// What it should be.
    pub desired: Option<String>,
    /// What it is.
    pub observed: Option<String>,
}

/// How long after a repair of a kind of drift on a server, whatever came of it, the next one of the same begins by itself.
/// One that fails, fails for a reason that somebody has to look at, and what drifts again right after it was mended,
/// somebody wants otherwise: four a day are reminders enough.
const REPAIR_AGAIN_MS: i64 = 6 * 3_600_000;

/// The statement that says what a sweep has seen. Since when it is so stays as it was.
pub fn seen(sweep: i64, now: Timestamp, found: &[(&KnownServer, Found)]) -> Statement {
    let rows = found.iter().map(|(known, found)| {
        json!({
            "organization_id": known.organization_id,
            "server_name": known.server.name,
            "server_id": known.server.id,
            "kind": found.kind,
            "field": found.field,
            "desired": found.desired,
            "observed": found.observed,
        })
    });
    let rows = serde_json::Value::from_iter(rows).to_string();
    Statement::new(
        "INSERT INTO drifts (organization_id, server_name, server_id, kind, field, desired, observed, since, seen_at,
             sweep)
         SELECT value ->> 'organization_id', value ->> 'server_name', value ->> 'server_id', value ->> 'kind',
             value ->> 'field', value ->> 'desired', value ->> 'observed', ?2, ?2, ?3
         FROM json_each(?1) WHERE true
         ON CONFLICT (server_id, kind, field) DO UPDATE SET desired = excluded.desired,
             observed = excluded.observed, seen_at = excluded.seen_at, sweep = excluded.sweep",
        [Param::from(rows), now.millis().into(), sweep.into()],
    )
}

/// The statement that forgets drifts of these kinds that a sweep did not see any more. Those of a server with which
/// something is being done were not looked at, and stay.
pub fn forget_unseen(sweep: i64, kinds: &[DriftKind]) -> Statement {
    Statement::new(
        "DELETE FROM drifts WHERE sweep < ?1 AND kind IN (SELECT value FROM json_each(?2))
             AND NOT EXISTS (
                 SELECT 1 FROM deployments WHERE deployments.organization_id = drifts.organization_id
                     AND deployments.server_name = drifts.server_name
                     AND deployments.status IN ('running', 'unwinding'))",
        [Param::from(sweep), serde_json::to_string(kinds).unwrap_or_default().into()],
    )
}

/// Forgets what a repair has mended, and what servers that are gone had. What a repair has not mended after all, the next
/// sweep finds again. When a repair was tried is forgotten when it neither holds back another one nor says whose turn it
/// is, so that of the repairs without a drift there are only those of six hours, which are 360 at one a minute.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_resolved(database: &dyn Database, now: Timestamp) -> Result<(), DatabaseError> {
    let mended = Statement::new(
        "DELETE FROM drifts WHERE EXISTS (
             SELECT 1 FROM deployments WHERE deployments.id = drifts.deployment_id AND deployments.status = 'succeeded')",
        [],
    );
    let gone = Statement::new(
        "DELETE FROM drifts WHERE EXISTS (
             SELECT 1 FROM servers WHERE servers.id = drifts.server_id
                 AND servers.status IN ('destroying', 'destroyed', 'stuck'))",
        [],
    );
    let long_ago = Statement::new(
        "DELETE FROM drift_repairs WHERE tried_at < ?1 AND NOT EXISTS (
             SELECT 1 FROM drifts
             WHERE drifts.server_id = drift_repairs.server_id AND drifts.kind = drift_repairs.kind)",
        [Param::from(now.plus(-REPAIR_AGAIN_MS).millis())],
    );
    database.batch(vec![mended, gone, long_ago]).await.map(|_| ())
}

/// The repairs that policies ask for, at most so many. Organizations take turns: the next is of the one whose last repair
/// is the longest ago. Of its servers the next is the one that was tried the longest ago, or never, and of those the one
/// that has drifted for the longest time. Repairs that fail again and again hold up neither the first of another server
/// nor another organization.
///
/// # Errors
/// When the database does not answer.
pub async fn wanted(
    database: &dyn Database,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Wanted>, DatabaseError> {
    let statement = Statement::new(
        "WITH due AS (
             SELECT drifts.organization_id, drifts.server_name, drifts.server_id,
                 json_group_array(DISTINCT drifts.kind) AS kinds,
                 MIN(COALESCE(drift_repairs.tried_at, 0)) AS tried_at, MIN(drifts.since) AS since
             FROM drifts JOIN drift_policies
                 ON drift_policies.organization_id = drifts.organization_id AND drift_policies.kind = drifts.kind
             LEFT JOIN drift_repairs
                 ON drift_repairs.server_id = drifts.server_id AND drift_repairs.kind = drifts.kind
             WHERE drift_policies.policy = 'fix'
                 AND (drift_repairs.tried_at IS NULL OR drift_repairs.tried_at < ?1)
             GROUP BY drifts.server_id
         ), turns AS (
             SELECT organization_id, MAX(tried_at) AS last_turn FROM drift_repairs GROUP BY organization_id
         ), placed AS (
             SELECT due.*, COALESCE(turns.last_turn, 0) AS last_turn, ROW_NUMBER() OVER (
                 PARTITION BY due.organization_id ORDER BY due.tried_at, due.since, due.server_id) AS place
             FROM due LEFT JOIN turns ON turns.organization_id = due.organization_id
         )
         SELECT organization_id, server_name, server_id, kinds FROM placed
         ORDER BY place, last_turn, tried_at, since, server_id LIMIT ?2",
        [Param::from(now.plus(-REPAIR_AGAIN_MS).millis()), i64::from(most).into()],
    );
    let rows = database.query(statement).await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let kinds: Vec<DriftKind> = crate::json::read(text(row, "kinds")?).ok()?;
            Some(Wanted {
                organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
                server_id: ServerId::parse(text(row, "server_id")?)?,
                server_name: text(row, "server_name")?.to_owned(),
                kinds: kinds.into_iter().filter(|kind| kind.is_mendable()).collect(),
            })
        })
        .filter(|wanted| !wanted.kinds.is_empty())
        .collect())
}

/// Notes that a repair was begun.
pub(super) async fn repair_begun(
    database: &dyn Database,
    server: &ServerId,
    kinds: &BTreeSet<DriftKind>,
    deployment: &DeploymentId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let named = Statement::new(
        "UPDATE drifts SET deployment_id = ?3
         WHERE server_id = ?1 AND kind IN (SELECT value FROM json_each(?2))",
        [
            Param::from(server.as_str()),
            serde_json::to_string(kinds).unwrap_or_default().into(),
            deployment.as_str().into(),
        ],
    );
    database.batch(vec![named, tried(server, kinds, now)]).await.map(|_| ())
}

/// Notes that a repair could not be begun, so that it is not tried again at once.
///
/// # Errors
/// When the database does not answer.
pub async fn repair_not_begun(
    database: &dyn Database,
    server: &ServerId,
    kinds: &BTreeSet<DriftKind>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    database.query(tried(server, kinds, now)).await.map(|_| ())
}

/// The statement that says that a repair was tried of those of these kinds that have drifted: whoever asks for a repair
/// asks for all kinds, most of which there is nothing to mend of.
fn tried(server: &ServerId, kinds: &BTreeSet<DriftKind>, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO drift_repairs (organization_id, server_id, kind, tried_at)
         SELECT DISTINCT organization_id, server_id, kind, ?3 FROM drifts
         WHERE server_id = ?1 AND kind IN (SELECT value FROM json_each(?2))
         ON CONFLICT (server_id, kind) DO UPDATE SET tried_at = excluded.tried_at",
        [
            Param::from(server.as_str()),
            serde_json::to_string(kinds).unwrap_or_default().into(),
            now.millis().into(),
        ],
    )
}

/// What a list is filtered by, and where it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) server: Option<String>,
    pub(super) kind: Option<DriftKind>,
    /// Name of the server, kind and field of the last one.
    pub(super) after: Option<(String, String, String)>,
    pub(super) limit: u64,
}

/// Drifts by server, kind and field, those left out that the organization ignores.
pub(super) async fn list(
    database: &dyn Database,
    organization: &OrganizationId,
    reach: &Reach,
    filter: &Filter,
) -> Result<Vec<Drift>, DatabaseError> {
    let (name, kind, field) = filter.after.clone().unwrap_or_default();
    let statement = Statement::new(
        "SELECT drifts.*, COALESCE(drift_policies.policy, 'report') AS policy
         FROM drifts LEFT JOIN drift_policies
             ON drift_policies.organization_id = drifts.organization_id AND drift_policies.kind = drifts.kind
         WHERE drifts.organization_id = ?1 AND COALESCE(drift_policies.policy, 'report') <> 'ignore'
             AND (?2 IS NULL OR drifts.server_name = ?2) AND (?3 IS NULL OR drifts.kind = ?3)
             AND (drifts.server_name, drifts.kind, drifts.field) > (?4, ?5, ?6)
             AND (?8 IS NULL OR drifts.server_id IN (
                 SELECT server_id FROM server_projects
                 WHERE project_id IN (SELECT value FROM json_each(?8))))
         ORDER BY drifts.server_name, drifts.kind, drifts.field LIMIT ?7",
        [
            Param::from(organization.as_str()),
            filter.server.as_deref().into(),
            filter.kind.map(DriftKind::as_str).into(),
            name.into(),
            kind.into(),
            field.into(),
            i64::try_from(filter.limit).unwrap_or(i64::MAX).into(),
            reach.param(),
        ],
    );
    Ok(database.query(statement).await?.iter().filter_map(drift).collect())
}

fn drift(row: &Row) -> Option<Drift> {
    let owned = |column| text(row, column).map(str::to_owned);
    let at = |column| integer(row, column).map(Timestamp::from_millis);
    Some(Drift {
        server_id: ServerId::parse(text(row, "server_id")?)?,
        server_name: owned("server_name")?,
        kind: DriftKind::parse(text(row, "kind")?)?,
        field: owned("field")?,
        desired: owned("desired"),
        observed: owned("observed"),
        since: at("since")?,
        seen_at: at("seen_at")?,
        policy: DriftPolicy::parse(text(row, "policy")?)?,
        deployment_id: text(row, "deployment_id").and_then(DeploymentId::parse),
    })
}

/// What an organization wants to be done about each kind.
pub(super) async fn policies(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<DriftPolicies, DatabaseError> {
    let statement = Statement::new(
        "SELECT kind, policy FROM drift_policies WHERE organization_id = ?1",
        [Param::from(organization.as_str())],
    );
    let mut policies = DriftPolicies {
        policies: DriftKind::ALL.into_iter().map(|kind| (kind, DriftPolicy::default())).collect(),
    };
    for row in database.query(statement).await? {
        let kind = text(&row, "kind").and_then(DriftKind::parse);
        if let Some((kind, policy)) = kind.zip(text(&row, "policy").and_then(DriftPolicy::parse)) {
            policies.policies.insert(kind, policy);
        }
    }
    Ok(policies)
}

/// The statement that sets what an organization wants to be done about some kinds.
pub(super) fn set_policies(organization: &OrganizationId, policies: &DriftPolicies) -> Statement {
    Statement::new(
        "INSERT INTO drift_policies (organization_id, kind, policy)
         SELECT ?1, key, value FROM json_each(?2) WHERE true
         ON CONFLICT (organization_id, kind) DO UPDATE SET policy = excluded.policy",
        [
            Param::from(organization.as_str()),
            serde_json::to_string(&policies.policies).unwrap_or_default().into(),
        ],
    )
}
