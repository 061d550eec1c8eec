//! Projects, their environments and SSH keys in the shared database.

use noc_shared::{
    id::{OrganizationId, ProjectId},
    organizations::SshKey,
    time::Timestamp,
};
use serde_json::Value;

use crate::ports::{Database, DatabaseError, Param, Statement, text};

/// A project of an organization by its name, and what the secret store calls the environment, if the project has it.
pub(super) async fn find_environment(
    database: &dyn Database,
    organization: &OrganizationId,
    project: &str,
    environment: &str,
) -> Result<Option<(ProjectId, Option<String>)>, DatabaseError> {
    let statement = Statement::new(
        "SELECT projects.id, environments.secret_environment
         FROM projects LEFT JOIN environments
             ON environments.project_id = projects.id AND environments.name = ?3
         WHERE projects.organization_id = ?1 AND projects.name = ?2",
        [Param::from(organization.as_str()), project.into(), environment.into()],
    );
    let rows = database.query(statement).await?;
    let text = |name: &str| rows.first().and_then(|row| row.get(name)?.as_str());
    let project_id = text("id").and_then(ProjectId::parse);
    Ok(project_id.map(|id| (id, text("secret_environment").map(str::to_owned))))
}

/// The projects of an organization with their names, by name.
pub(super) async fn projects(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Vec<(ProjectId, String)>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id, name FROM projects WHERE organization_id = ?1 ORDER BY name",
        [Param::from(organization.as_str())],
    );
    let rows = database.query(statement).await?;
    let read = |row| Some((ProjectId::parse(text(row, "id")?)?, text(row, "name")?.to_owned()));
    Ok(rows.iter().filter_map(read).collect())
}

/// The keys that an organization's people log in with, by name.
pub(super) async fn ssh_keys(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Vec<SshKey>, DatabaseError> {
    let statement = Statement::new(
        "SELECT name, public_key, created_at FROM ssh_keys WHERE organization_id = ?1 ORDER BY name",
        [Param::from(organization.as_str())],
    );
    let rows = database.query(statement).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let created_at = row.get("created_at").and_then(Value::as_f64).unwrap_or(0.0) as i64;
            SshKey {
                name: text("name"),
                public_key: text("public_key"),
                created_at: Timestamp::from_millis(created_at),
            }
        })
        .collect())
}

/// The statement that keeps a key.
pub(super) fn put_ssh_key(organization: &OrganizationId, key: &SshKey) -> Statement {
    Statement::new(
        "INSERT INTO ssh_keys (organization_id, name, public_key, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (organization_id, name) DO UPDATE SET
             public_key = excluded.public_key, created_at = excluded.created_at",
        [
            Param::from(organization.as_str()),
            key.name.as_str().into(),
            key.public_key.as_str().into(),
            key.created_at.millis().into(),
        ],
    )
}

/// The statement that forgets a key.
pub(super) fn delete_ssh_key(organization: &OrganizationId, name: &str) -> Statement {
    Statement::new(
        "DELETE FROM ssh_keys WHERE organization_id = ?1 AND name = ?2",
        [Param::from(organization.as_str()), name.into()],
    )
}
