//! Tokens in the shared database.

use noc_shared::{
    access::Scope,
    id::{OrganizationId, PrincipalId, ProjectId},
    time::Timestamp,
    tokens::Token,
};

use crate::{
    access::Power,
    ports::{Database, DatabaseError, Param, Row, Statement, integer, text},
};

/// A token with what it may do.
pub(super) struct Found {
    pub(super) id: PrincipalId,
    pub(super) organization_id: OrganizationId,
    pub(super) name: String,
    pub(super) expires_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
    pub(super) power: Power,
}

/// The statements that keep a new token.
pub fn insert(
    organization: &OrganizationId,
    token: &Token,
    hash: &str,
    projects: Option<&[ProjectId]>,
    maker: &PrincipalId,
) -> [Statement; 2] {
    let principal = Statement::new(
        "INSERT INTO principals (id, organization_id, name, created_at) VALUES (?1, ?2, ?3, ?4)",
        [
            Param::from(token.id.as_str()),
            organization.as_str().into(),
            token.name.as_str().into(),
            token.created_at.millis().into(),
        ],
    );
    let row = Statement::new(
        "INSERT INTO tokens (id, hash, organization_id, name, scopes, projects, created_by, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [
            Param::from(token.id.as_str()),
            hash.into(),
            organization.as_str().into(),
            token.name.as_str().into(),
            // These types always serialize.
            serde_json::to_string(&token.scopes).unwrap_or_default().into(),
            projects.map(|projects| serde_json::to_string(projects).unwrap_or_default()).into(),
            maker.as_str().into(),
            token.created_at.millis().into(),
            token.expires_at.millis().into(),
        ],
    );
    [principal, row]
}

/// The token with this hash, with what its maker may do now and what it is limited to.
pub(super) async fn by_hash(database: &dyn Database, hash: &str) -> Result<Option<Found>, DatabaseError> {
    let statement = Statement::new(
        "SELECT id, organization_id, name, scopes, projects, expires_at, last_used_at,
                (SELECT json_group_array(json_object('role', role, 'project_id', project_id, 'at_most', at_most))
                 FROM roles
                 WHERE roles.user_id = tokens.created_by AND roles.organization_id = tokens.organization_id) AS held
         FROM tokens WHERE hash = ?1",
        [Param::from(hash)],
    );
    Ok(database.query(statement).await?.first().and_then(found))
}

fn found(row: &Row) -> Option<Found> {
    let time = |column| integer(row, column).map(Timestamp::from_millis);
    // A scope that this version does not know gives nothing; a limit that it cannot read lets nothing through.
    let words: Vec<String> = serde_json::from_str(text(row, "scopes")?).ok()?;
    let scopes = words.iter().filter_map(|word| Scope::parse(word)).collect();
    let projects = match text(row, "projects") {
        None => None,
        Some(list) => Some(serde_json::from_str(list).ok()?),
    };
    Some(Found {
        id: PrincipalId::parse(text(row, "id")?)?,
        organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
        name: text(row, "name")?.to_owned(),
        expires_at: time("expires_at")?,
        last_used_at: time("last_used_at"),
        power: Power::read(text(row, "held")?).limited(scopes, projects),
    })
}

/// The statement that notes when a token was last used.
pub(super) fn note_use(id: &PrincipalId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1",
        [Param::from(id.as_str()), now.millis().into()],
    )
}

/// The statement that takes a token of an organization away.
pub(super) fn revoke(organization: &OrganizationId, id: &PrincipalId) -> Statement {
    Statement::new(
        "DELETE FROM tokens WHERE organization_id = ?1 AND id = ?2",
        [Param::from(organization.as_str()), id.as_str().into()],
    )
}

/// The statement that takes every token away that somebody has made in an organization.
pub fn revoke_all_of(maker: &PrincipalId, organization: &OrganizationId) -> Statement {
    Statement::new(
        "DELETE FROM tokens WHERE created_by = ?1 AND organization_id = ?2",
        [Param::from(maker.as_str()), organization.as_str().into()],
    )
}

/// The statement that forgets tokens that have ended by themselves: machines get one for each build.
pub fn forget_ended(now: Timestamp) -> Statement {
    Statement::new("DELETE FROM tokens WHERE expires_at <= ?1", [Param::from(now.millis())])
}

/// The tokens of an organization that work, the newest first.
pub(super) async fn list(
    database: &dyn Database,
    organization: &OrganizationId,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Token>, DatabaseError> {
    let sql = format!(
        "{TOKENS} WHERE tokens.organization_id = ?1 AND expires_at > ?2
         ORDER BY tokens.created_at DESC, tokens.id LIMIT ?3"
    );
    let params = [Param::from(organization.as_str()), now.millis().into(), i64::from(most).into()];
    Ok(database.query(Statement::new(sql, params)).await?.iter().filter_map(token).collect())
}

/// A token of an organization.
pub(super) async fn find(
    database: &dyn Database,
    organization: &OrganizationId,
    id: &str,
) -> Result<Option<Token>, DatabaseError> {
    let sql = format!("{TOKENS} WHERE tokens.organization_id = ?1 AND tokens.id = ?2");
    let params = [Param::from(organization.as_str()), id.into()];
    Ok(database.query(Statement::new(sql, params)).await?.first().and_then(token))
}

const TOKENS: &str =
    "SELECT tokens.id, tokens.name, scopes, users.email, tokens.created_at, expires_at, last_used_at,
                projects IS NOT NULL AS is_limited,
                (SELECT json_group_array(projects.name) FROM projects
                 WHERE projects.id IN (SELECT value FROM json_each(tokens.projects))) AS project_names
         FROM tokens JOIN users ON users.id = tokens.created_by";

fn token(row: &Row) -> Option<Token> {
    let time = |column| integer(row, column).map(Timestamp::from_millis);
    let words: Vec<String> = serde_json::from_str(text(row, "scopes")?).ok()?;
    let is_limited = integer(row, "is_limited")? == 1;
    Some(Token {
        id: PrincipalId::parse(text(row, "id")?)?,
        name: text(row, "name")?.to_owned(),
        scopes: words.iter().filter_map(|word| Scope::parse(word)).collect(),
        projects: is_limited.then(|| serde_json::from_str(text(row, "project_names")?).ok()).flatten(),
        created_by: text(row, "email")?.to_owned(),
        created_at: time("created_at")?,
        expires_at: time("expires_at")?,
        last_used_at: time("last_used_at"),
    })
}
