//! Projects, their environments and SSH keys in the shared database.

use noc_shared::{
    access::Role,
    id::{OrganizationId, PrincipalId, ProjectId},
    organizations::{Organization, Project, SshKey},
    time::Timestamp,
};
use serde_json::Value;

use crate::{
    guard,
    ports::{Database, DatabaseError, Param, Row, Statement, integer, text},
};

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

/// The projects of an organization with their environments and how many servers they have, by name.
pub(super) async fn whole_projects(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Vec<Project>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id, name,
                (SELECT json_group_object(environments.name, secret_environment) FROM environments
                 WHERE project_id = projects.id) AS environments,
                (SELECT COUNT(*) FROM server_projects JOIN servers ON servers.id = server_id
                 WHERE project_id = projects.id AND status <> 'destroyed') AS servers
         FROM projects WHERE organization_id = ?1 ORDER BY name",
        [Param::from(organization.as_str())],
    );
    let read = |row| {
        Some(Project {
            id: ProjectId::parse(text(row, "id")?)?,
            name: text(row, "name")?.to_owned(),
            environments: serde_json::from_str(text(row, "environments")?).ok()?,
            servers: u64::try_from(integer(row, "servers")?).ok()?,
        })
    };
    Ok(database.query(statement).await?.iter().filter_map(read).collect())
}

/// The statements that keep a project with these environments and no others.
pub(super) fn put_project(
    organization: &OrganizationId,
    project: &Project,
    now: Timestamp,
) -> Vec<Statement> {
    let id = || Param::from(project.id.as_str());
    let mut statements = vec![
        Statement::new(
            "INSERT INTO projects (id, organization_id, name, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO NOTHING",
            [id(), organization.as_str().into(), project.name.as_str().into(), now.millis().into()],
        ),
        Statement::new("DELETE FROM environments WHERE project_id = ?1", [id()]),
    ];
    statements.extend(project.environments.iter().map(|(name, secret_environment)| {
        Statement::new(
            "INSERT INTO environments (organization_id, project_id, name, secret_environment)
             VALUES (?1, ?2, ?3, ?4)",
            [organization.as_str().into(), id(), name.as_str().into(), secret_environment.as_str().into()],
        )
    }));
    statements
}

/// The statements that take a project away that never had a server; one that had stays in the history.
pub(super) fn delete_project(id: &ProjectId) -> [Statement; 5] {
    let with = |sql: &'static str| Statement::new(sql, [Param::from(id.as_str())]);
    [
        guard::absent("SELECT 1 FROM server_projects WHERE project_id = ?1", [Param::from(id.as_str())]),
        guard::absent("SELECT 1 FROM deployments WHERE project_id = ?1", [Param::from(id.as_str())]),
        with("DELETE FROM members WHERE project_id = ?1"),
        with("DELETE FROM environments WHERE project_id = ?1"),
        with("DELETE FROM projects WHERE id = ?1"),
    ]
}

/// An organization with its parent, and what is granted to that.
pub(super) async fn organization(
    database: &dyn Database,
    id: &OrganizationId,
) -> Result<Option<Organization>, DatabaseError> {
    let statement = Statement::new(
        "SELECT organizations.id, name, parent_id, grants.role FROM organizations
         LEFT JOIN grants ON grants.organization_id = organizations.id WHERE organizations.id = ?1",
        [Param::from(id.as_str())],
    );
    let read = |row: &Row| {
        Some(Organization {
            id: OrganizationId::parse(text(row, "id")?)?,
            name: text(row, "name")?.to_owned(),
            parent_id: text(row, "parent_id").and_then(OrganizationId::parse),
            granted: text(row, "role").and_then(Role::parse),
        })
    };
    Ok(database.query(statement).await?.first().and_then(read))
}

/// The statement that makes an organization.
pub(super) fn insert_organization(organization: &Organization, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO organizations (id, parent_id, name, created_at) VALUES (?1, ?2, ?3, ?4)",
        [
            Param::from(organization.id.as_str()),
            organization.parent_id.as_ref().map(OrganizationId::as_str).into(),
            organization.name.as_str().into(),
            now.millis().into(),
        ],
    )
}

/// How many organizations somebody owns.
pub(super) async fn owned(database: &dyn Database, user: &PrincipalId) -> Result<i64, DatabaseError> {
    let sql =
        "SELECT COUNT(*) AS owned FROM members WHERE user_id = ?1 AND project_id = '' AND role = 'owner'";
    let rows = database.query(Statement::new(sql, [Param::from(user.as_str())])).await?;
    Ok(rows.first().and_then(|row| integer(row, "owned")).unwrap_or(0))
}

/// The statement that says what the parent's members may be at most.
pub(super) fn grant(organization: &OrganizationId, role: Role, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO grants (organization_id, role, created_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (organization_id) DO UPDATE SET role = excluded.role, created_at = excluded.created_at",
        [Param::from(organization.as_str()), role.as_str().into(), now.millis().into()],
    )
}

/// The statement that lets the parent's members do nothing any more.
pub(super) fn ungrant(organization: &OrganizationId) -> Statement {
    Statement::new("DELETE FROM grants WHERE organization_id = ?1", [Param::from(organization.as_str())])
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
