//! The deployments in the shared database.

use noc_shared::{
    deployments::{DeploymentStatus, DeploymentSummary},
    id::{DeploymentId, OrganizationId, ProjectId},
};

use crate::{
    access::Reach,
    ports::{Database, DatabaseError, Param, Statement},
};

/// The statement that puts a deployment into the picture.
pub fn picture_statement(
    organization: &OrganizationId,
    project: &ProjectId,
    deployment: &DeploymentSummary,
    revision: i64,
) -> Statement {
    Statement::new(
        "INSERT INTO deployments
             (id, organization_id, project_id, server_id, server_name, saga, status, created_at, revision, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE SET
             status = excluded.status, revision = excluded.revision, document = excluded.document
         WHERE excluded.revision > deployments.revision",
        [
            Param::from(deployment.id.as_str()),
            organization.as_str().into(),
            project.as_str().into(),
            deployment.server_id.as_str().into(),
            deployment.server_name.as_str().into(),
            deployment.saga.as_str().into(),
            deployment.status.as_str().into(),
            deployment.created_at.millis().into(),
            revision.into(),
            // These types always serialize.
            serde_json::to_string(deployment).unwrap_or_default().into(),
        ],
    )
}

/// What a list is filtered by, and where it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) status: Option<DeploymentStatus>,
    pub(super) server: Option<String>,
    pub(super) after: Option<(i64, String)>,
    pub(super) limit: u64,
}

/// Lists deployments, newest first: the documents as they are kept.
pub(super) async fn list(
    database: &dyn Database,
    organization: &OrganizationId,
    reach: &Reach,
    filter: &Filter,
) -> Result<Vec<String>, DatabaseError> {
    let (after_time, after_id) = filter.after.clone().unzip();
    let statement = Statement::new(
        "SELECT document FROM deployments
         WHERE organization_id = ?1
             AND (?2 IS NULL OR status = ?2)
             AND (?3 IS NULL OR server_name = ?3)
             AND (?4 IS NULL OR (created_at, id) < (?4, ?5))
             AND (?7 IS NULL OR project_id IN (SELECT value FROM json_each(?7)))
         ORDER BY created_at DESC, id DESC LIMIT ?6",
        [
            Param::from(organization.as_str()),
            filter.status.map(DeploymentStatus::as_str).into(),
            filter.server.as_deref().into(),
            after_time.into(),
            after_id.into(),
            i64::try_from(filter.limit).unwrap_or(i64::MAX).into(),
            reach.param(),
        ],
    );
    let rows = database.query(statement).await?;
    Ok(rows.iter().filter_map(|row| row.get("document")?.as_str().map(str::to_owned)).collect())
}

/// The name of the server that a deployment of an organization is about.
pub(super) async fn server_name(
    database: &dyn Database,
    organization: &OrganizationId,
    reach: &Reach,
    id: &DeploymentId,
) -> Result<Option<String>, DatabaseError> {
    let statement = Statement::new(
        "SELECT server_name FROM deployments
         WHERE organization_id = ?1 AND id = ?2
             AND (?3 IS NULL OR project_id IN (SELECT value FROM json_each(?3)))",
        [Param::from(organization.as_str()), id.as_str().into(), reach.param()],
    );
    let rows = database.query(statement).await?;
    Ok(rows.first().and_then(|row| row.get("server_name")?.as_str().map(str::to_owned)))
}
