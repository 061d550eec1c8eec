//! The applications that are an organization's own, in the shared database.

use noc_shared::{
    applications::Application,
    id::{OrganizationId, PrincipalId},
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ports::{Database, DatabaseError, Param, Row, Statement};

/// An application that is an organization's own.
pub(super) struct Own {
    pub(super) application: Application,
    pub(super) template: String,
    pub(super) tree: Value,
    pub(super) updated_at: Timestamp,
}

pub(super) async fn find(
    database: &dyn Database,
    organization: &OrganizationId,
    name: &str,
) -> Result<Option<Own>, DatabaseError> {
    let statement = Statement::new(
        "SELECT document, template, tree, updated_at FROM applications
         WHERE organization_id = ?1 AND name = ?2",
        [Param::from(organization.as_str()), name.into()],
    );
    database.query(statement).await?.first().map(own).transpose()
}

pub(super) async fn all(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Vec<Own>, DatabaseError> {
    let statement = Statement::new(
        "SELECT document, '' AS template, 'null' AS tree, updated_at FROM applications
         WHERE organization_id = ?1 ORDER BY name",
        [Param::from(organization.as_str())],
    );
    database.query(statement).await?.iter().map(own).collect()
}

/// The statement that keeps an application.
pub(super) fn put(organization: &OrganizationId, principal: &PrincipalId, own: &Own) -> Statement {
    // These types always serialize.
    let document = serde_json::to_string(&own.application).unwrap_or_default();
    Statement::new(
        "INSERT INTO applications (organization_id, name, updated_at, updated_by, document, template, tree)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (organization_id, name) DO UPDATE SET
             updated_at = excluded.updated_at, updated_by = excluded.updated_by,
             document = excluded.document, template = excluded.template, tree = excluded.tree",
        [
            Param::from(organization.as_str()),
            own.application.name.as_str().into(),
            own.updated_at.millis().into(),
            principal.as_str().into(),
            document.into(),
            own.template.as_str().into(),
            own.tree.to_string().into(),
        ],
    )
}

/// The statement that forgets an application.
pub(super) fn delete(organization: &OrganizationId, name: &str) -> Statement {
    Statement::new(
        "DELETE FROM applications WHERE organization_id = ?1 AND name = ?2",
        [Param::from(organization.as_str()), name.into()],
    )
}

fn own(row: &Row) -> Result<Own, DatabaseError> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    Ok(Own {
        application: read(text("document"))?,
        template: text("template").to_owned(),
        tree: read(text("tree"))?,
        updated_at: Timestamp::from_millis(
            row.get("updated_at").and_then(Value::as_f64).unwrap_or(0.0) as i64
        ),
    })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, DatabaseError> {
    crate::json::read(text).map_err(|error| DatabaseError(format!("an application does not read: {error}")))
}
