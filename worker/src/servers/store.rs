//! The servers in the shared database.

use noc_shared::{
    id::{OrganizationId, ProjectId, ServerId},
    servers::{Server, ServerStatus},
};

use crate::access::Reach;
use crate::ports::{Database, DatabaseError, Param, Row, Statement};

/// The statements that put a server into the picture.
pub fn picture_statements(
    organization: &OrganizationId,
    project: &ProjectId,
    server: &Server,
    revision: i64,
) -> [Statement; 2] {
    let row = Statement::new(
        "INSERT INTO servers (id, organization_id, name, status, region, created_at, revision, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET
             status = excluded.status, revision = excluded.revision, document = excluded.document
         WHERE excluded.revision > servers.revision",
        [
            Param::from(server.id.as_str()),
            organization.as_str().into(),
            server.name.as_str().into(),
            server.status.as_str().into(),
            server.region.as_str().into(),
            server.created_at.millis().into(),
            revision.into(),
            // These types always serialize.
            serde_json::to_string(server).unwrap_or_default().into(),
        ],
    );
    let membership = Statement::new(
        "INSERT INTO server_projects (server_id, project_id, organization_id) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
        [Param::from(server.id.as_str()), project.as_str().into(), organization.as_str().into()],
    );
    [row, membership]
}

/// What a list is filtered by, and where it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) status: Option<ServerStatus>,
    pub(super) region: Option<String>,
    pub(super) project: Option<String>,
    pub(super) search: Option<String>,
    pub(super) after: Option<String>,
    pub(super) limit: u64,
}

/// A page of servers as the API shows them: the documents as they are kept, in one text, and the name of the last.
pub(super) struct Page {
    pub(super) documents: String,
    pub(super) next_after: Option<String>,
}

/// Lists servers by name. The documents are put together by the database, so that nothing is read into types only to be
/// written out again.
pub(super) async fn list(
    database: &dyn Database,
    organization: &OrganizationId,
    reach: &Reach,
    filter: &Filter,
) -> Result<Page, DatabaseError> {
    // One more than asked for tells whether there are more.
    let statement = Statement::new(
        "SELECT json_group_array(json(document)) FILTER (WHERE place <= ?7) AS documents,
                MAX(name) FILTER (WHERE place = ?7) AS last,
                COUNT(*) AS found
         FROM (
             SELECT name, document, ROW_NUMBER() OVER (ORDER BY name) AS place
             FROM servers
             WHERE organization_id = ?1 AND status <> 'destroyed'
                 AND (?2 IS NULL OR status = ?2)
                 AND (?3 IS NULL OR region = ?3)
                 AND (?4 IS NULL OR instr(name, ?4) > 0)
                 AND (?5 IS NULL OR name > ?5)
                 AND (?6 IS NULL OR id IN (
                     SELECT server_id FROM server_projects JOIN projects ON projects.id = project_id
                     WHERE projects.organization_id = ?1 AND projects.name = ?6))
                 AND (?8 IS NULL OR id IN (
                     SELECT server_id FROM server_projects
                     WHERE project_id IN (SELECT value FROM json_each(?8))))
             ORDER BY name LIMIT ?7 + 1
         )",
        [
            Param::from(organization.as_str()),
            filter.status.map(ServerStatus::as_str).into(),
            filter.region.as_deref().into(),
            filter.search.as_deref().into(),
            filter.after.as_deref().into(),
            filter.project.as_deref().into(),
            i64::try_from(filter.limit).unwrap_or(i64::MAX).into(),
            reach.param(),
        ],
    );
    let rows = database.query(statement).await?;
    let row = rows.first();
    let text =
        |name: &str| row.and_then(|row| row.get(name)).and_then(|value| value.as_str()).map(str::to_owned);
    let found = row.and_then(|row| row.get("found")).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    Ok(Page {
        documents: text("documents").unwrap_or_else(|| "[]".to_owned()),
        next_after: text("last").filter(|_| found > filter.limit as f64),
    })
}

/// Every server that there is now, by name. What this version cannot read is left out.
pub(super) async fn all(
    database: &dyn Database,
    organization: &OrganizationId,
    reach: &Reach,
) -> Result<Vec<Server>, DatabaseError> {
    let statement = Statement::new(
        "SELECT document FROM servers
         WHERE organization_id = ?1 AND status <> 'destroyed'
             AND (?2 IS NULL OR id IN (
                 SELECT server_id FROM server_projects
                 WHERE project_id IN (SELECT value FROM json_each(?2))))
         ORDER BY name",
        [Param::from(organization.as_str()), reach.param()],
    );
    let rows = database.query(statement).await?;
    let documents = rows.iter().filter_map(|row| row.get("document")?.as_str());
    Ok(documents.filter_map(|document| crate::json::read(document).ok()).collect())
}

/// The server that has a name now.
pub(super) async fn find(
    database: &dyn Database,
    organization: &OrganizationId,
    reach: &Reach,
    name: &str,
) -> Result<Option<ServerId>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id FROM servers
         WHERE organization_id = ?1 AND name = ?2 AND status <> 'destroyed'
             AND (?3 IS NULL OR id IN (
                 SELECT server_id FROM server_projects
                 WHERE project_id IN (SELECT value FROM json_each(?3))))
         ORDER BY created_at DESC LIMIT 1",
        [Param::from(organization.as_str()), name.into(), reach.param()],
    );
    Ok(server_id(database.query(statement).await?.first()))
}

/// Where a server is: its organization and its name.
pub(super) async fn locate(
    database: &dyn Database,
    server: &ServerId,
) -> Result<Option<(OrganizationId, String)>, DatabaseError> {
    let statement = Statement::new(
        "SELECT organization_id, name FROM servers WHERE id = ?1 AND status <> 'destroyed'",
        [Param::from(server.as_str())],
    );
    let rows = database.query(statement).await?;
    let text = |name: &str| rows.first().and_then(|row| row.get(name)).and_then(|value| value.as_str());
    Ok(text("organization_id").and_then(OrganizationId::parse).zip(text("name").map(str::to_owned)))
}

fn server_id(row: Option<&Row>) -> Option<ServerId> {
    row?.get("id")?.as_str().and_then(ServerId::parse)
}
