//! Projects and their environments in the shared database.

use noc_shared::id::{OrganizationId, ProjectId};

use crate::ports::{Database, DatabaseError, Param, Statement};

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
