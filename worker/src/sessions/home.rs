//! Where somebody begins.

use noc_shared::id::{OrganizationId, PrincipalId};

use crate::{
    app::App,
    error::ApiError,
    ports::{Statement, text},
};

/// The organization that somebody acts in at first: that of their newest session, or else the first by name, of those in
/// which they have a role.
///
/// # Errors
/// When the database does not answer.
pub async fn home(app: &App, user: &PrincipalId) -> Result<Option<OrganizationId>, ApiError> {
    let statement = Statement::new(
        "SELECT organizations.id FROM roles JOIN organizations ON organizations.id = roles.organization_id
         WHERE roles.user_id = ?1
         ORDER BY (SELECT MAX(created_at) FROM sessions
                   WHERE sessions.user_id = ?1 AND sessions.organization_id = organizations.id) DESC,
             organizations.name, organizations.id
         LIMIT 1",
        [user.as_str().into()],
    );
    let rows = app.database.query(statement).await.map_err(ApiError::database("find the organization"))?;
    Ok(rows.first().and_then(|row| OrganizationId::parse(text(row, "id")?)))
}
