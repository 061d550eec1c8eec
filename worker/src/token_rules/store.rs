//! Rules in the shared database.

use std::collections::BTreeMap;

use noc_shared::{
    access::Scope,
    id::{OrganizationId, PrincipalId, ProjectId, TokenRuleId},
    time::Timestamp,
    token_rules::TokenRule,
};

use crate::ports::{Database, DatabaseError, Param, Row, Statement, integer, text};

/// A rule with what applies it.
pub(super) struct Kept {
    pub(super) organization_id: OrganizationId,
    pub(super) created_by: PrincipalId,
    /// The projects by what names them here.
    pub(super) projects: Option<Vec<ProjectId>>,
    pub(super) rule: TokenRule,
}

const COLUMNS: &str =
    "token_rules.id, token_rules.organization_id, token_rules.name, issuer, audience, claims, scopes,
    token_rules.projects, created_by, token_rules.created_at, users.email,
    (SELECT json_group_array(projects.name) FROM projects
     WHERE projects.id IN (SELECT value FROM json_each(token_rules.projects))) AS project_names";

/// The rules of an organization, by name.
pub(super) async fn of_organization(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Vec<Kept>, DatabaseError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM token_rules JOIN users ON users.id = created_by
         WHERE token_rules.organization_id = ?1 ORDER BY token_rules.name"
    );
    let rows = database.query(Statement::new(sql, [organization.as_str().into()])).await?;
    Ok(rows.iter().filter_map(kept).collect())
}

/// The rules about an issuer, by name: of an organization, or of all.
pub(super) async fn of_issuer(
    database: &dyn Database,
    issuer: &str,
    organization: Option<&OrganizationId>,
    most: u32,
) -> Result<Vec<Kept>, DatabaseError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM token_rules JOIN users ON users.id = created_by
         WHERE issuer = ?1 AND (?2 IS NULL OR token_rules.organization_id = ?2)
         ORDER BY token_rules.name, token_rules.id LIMIT ?3"
    );
    let params =
        [Param::from(issuer), organization.map(OrganizationId::as_str).into(), i64::from(most).into()];
    Ok(database.query(Statement::new(sql, params)).await?.iter().filter_map(kept).collect())
}

fn kept(row: &Row) -> Option<Kept> {
    let words: Vec<String> = crate::json::read(text(row, "scopes")?).ok()?;
    let claims: BTreeMap<String, String> = crate::json::read(text(row, "claims")?).ok()?;
    // A limit that does not read lets nothing through.
    let projects: Option<Vec<ProjectId>> = match text(row, "projects") {
        None => None,
        Some(list) => Some(crate::json::read(list).ok()?),
    };
    let names = crate::json::read(text(row, "project_names")?).ok()?;
    Some(Kept {
        organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
        created_by: PrincipalId::parse(text(row, "created_by")?)?,
        rule: TokenRule {
            id: TokenRuleId::parse(text(row, "id")?)?,
            name: text(row, "name")?.to_owned(),
            issuer: text(row, "issuer")?.to_owned(),
            audience: text(row, "audience")?.to_owned(),
            claims,
            scopes: words.iter().filter_map(|word| Scope::parse(word)).collect(),
            projects: projects.is_some().then_some(names),
            created_by: text(row, "email")?.to_owned(),
            created_at: Timestamp::from_millis(integer(row, "created_at")?),
        },
        projects,
    })
}

/// The statement that keeps a rule, in the place of one of the same name.
pub(super) fn put(kept: &Kept) -> Statement {
    // These types always serialize.
    let rule = &kept.rule;
    Statement::new(
        "INSERT INTO token_rules
             (id, organization_id, name, issuer, audience, claims, scopes, projects, created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (organization_id, name) DO UPDATE SET
             issuer = excluded.issuer, audience = excluded.audience, claims = excluded.claims,
             scopes = excluded.scopes, projects = excluded.projects, created_by = excluded.created_by,
             created_at = excluded.created_at",
        [
            Param::from(rule.id.as_str()),
            kept.organization_id.as_str().into(),
            rule.name.as_str().into(),
            rule.issuer.as_str().into(),
            rule.audience.as_str().into(),
            serde_json::to_string(&rule.claims).unwrap_or_default().into(),
            serde_json::to_string(&rule.scopes).unwrap_or_default().into(),
            kept.projects.as_ref().map(|projects| serde_json::to_string(projects).unwrap_or_default()).into(),
            kept.created_by.as_str().into(),
            rule.created_at.millis().into(),
        ],
    )
}

/// The statement that forgets a rule.
pub(super) fn delete(organization: &OrganizationId, name: &str) -> Statement {
    Statement::new(
        "DELETE FROM token_rules WHERE organization_id = ?1 AND name = ?2",
        [Param::from(organization.as_str()), name.into()],
    )
}
