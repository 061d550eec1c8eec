//! Members and invitations in the shared database.

use std::collections::BTreeMap;

use noc_shared::{
    access::Role,
    id::{InvitationId, OrganizationId, PrincipalId, ProjectId},
    members::{Invitation, Member, ProjectRole},
    time::Timestamp,
};

use crate::{
    guard,
    ports::{Database, DatabaseError, Param, Row, Statement, integer, text},
};

/// The statement that gives somebody a role: in the whole organization, or in a project.
pub fn join(
    organization: &OrganizationId,
    user: &PrincipalId,
    project: Option<&ProjectId>,
    role: Role,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO members (organization_id, user_id, project_id, role, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        [
            Param::from(organization.as_str()),
            user.as_str().into(),
            project.map_or("", ProjectId::as_str).into(),
            role.as_str().into(),
            now.millis().into(),
        ],
    )
}

/// The statement that takes every role in an organization away from somebody.
pub(super) fn leave(organization: &OrganizationId, user: &PrincipalId) -> Statement {
    Statement::new(
        "DELETE FROM members WHERE organization_id = ?1 AND user_id = ?2",
        [Param::from(organization.as_str()), user.as_str().into()],
    )
}

/// The guard that somebody else is an owner too: an organization without one could never be given one again.
pub(super) fn another_owner(organization: &OrganizationId, user: &PrincipalId) -> Statement {
    guard::exists(
        "SELECT 1 FROM members WHERE organization_id = ?1 AND user_id <> ?2 AND project_id = '' AND role = 'owner'",
        [Param::from(organization.as_str()), user.as_str().into()],
    )
}

/// Everybody in an organization, by address.
pub(super) async fn list(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<Vec<Member>, DatabaseError> {
    let statement = Statement::new(
        "SELECT users.id, users.email, users.name, members.role, members.created_at, projects.name AS project
         FROM members JOIN users ON users.id = members.user_id LEFT JOIN projects ON projects.id = members.project_id
         WHERE members.organization_id = ?1 ORDER BY users.email, users.id, projects.name LIMIT 5000",
        [Param::from(organization.as_str())],
    );
    let rows = database.query(statement).await?;
    let mut places: BTreeMap<PrincipalId, usize> = BTreeMap::new();
    let mut members: Vec<Member> = Vec::new();
    for (id, read, project, role) in rows.iter().filter_map(read) {
        let place = *places.entry(id).or_insert_with(|| {
            members.push(read);
            members.len() - 1
        });
        let Some(member) = members.get_mut(place) else { continue };
        match project {
            None => member.role = Some(role),
            Some(project) => member.projects.push(ProjectRole { project, role }),
        }
    }
    Ok(members)
}

fn read(row: &Row) -> Option<(PrincipalId, Member, Option<String>, Role)> {
    let id = PrincipalId::parse(text(row, "id")?)?;
    let member = Member {
        principal_id: id.clone(),
        email: text(row, "email")?.to_owned(),
        name: text(row, "name")?.to_owned(),
        role: None,
        projects: Vec::new(),
        since: Timestamp::from_millis(integer(row, "created_at")?),
    };
    Some((id, member, text(row, "project").map(str::to_owned), Role::parse(text(row, "role")?)?))
}

/// An invitation with what its link leads to.
pub struct Invited {
    /// Which.
    pub id: InvitationId,
    /// To which organization.
    pub organization_id: OrganizationId,
    /// For which address.
    pub email: String,
    /// For which project alone.
    pub project_id: Option<ProjectId>,
    /// As what.
    pub role: Role,
}

/// The statement that takes back every open invitation that somebody, or something, has made in an organization: whoever
/// goes must not come in again by what they have left behind.
pub fn take_back_all_of(maker: &PrincipalId, organization: &OrganizationId) -> Statement {
    Statement::new(
        "DELETE FROM invitations WHERE created_by = ?1 AND organization_id = ?2 AND accepted_at IS NULL",
        [Param::from(maker.as_str()), organization.as_str().into()],
    )
}

/// The guard that somebody's role in the whole organization is still the one that was read.
pub(super) fn still(organization: &OrganizationId, user: &PrincipalId, role: Option<Role>) -> Statement {
    let role_there =
        "SELECT role FROM members WHERE organization_id = ?1 AND user_id = ?2 AND project_id = ''";
    let params = [Param::from(organization.as_str()), user.as_str().into(), role.map(Role::as_str).into()];
    guard::exists(&format!("SELECT 1 WHERE ({role_there}) IS ?3"), params)
}

/// The guard that somebody still has a role anywhere in the organization.
pub(super) fn is_member(organization: &OrganizationId, user: &PrincipalId) -> Statement {
    guard::exists(
        "SELECT 1 FROM members WHERE organization_id = ?1 AND user_id = ?2",
        [Param::from(organization.as_str()), user.as_str().into()],
    )
}

/// The statement that keeps an invitation.
pub(super) fn invite(
    organization: &OrganizationId,
    invitation: &Invitation,
    project: Option<&ProjectId>,
    hash: &str,
    by: &PrincipalId,
) -> Statement {
    Statement::new(
        "INSERT INTO invitations
             (id, hash, organization_id, email, project_id, role, created_by, created_at, expires_at, vouched_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
             COALESCE((SELECT created_by FROM tokens WHERE tokens.id = ?7), ?7))",
        [
            Param::from(invitation.id.as_str()),
            hash.into(),
            organization.as_str().into(),
            invitation.email.as_str().into(),
            project.map_or("", ProjectId::as_str).into(),
            invitation.role.as_str().into(),
            by.as_str().into(),
            invitation.created_at.millis().into(),
            invitation.expires_at.millis().into(),
        ],
    )
}

/// That an invitation is open, and that the person who vouches for it still has a role that is no less: nobody comes in by
/// what somebody has left behind, however they have left. The second parameter has the roles, the least first.
pub(super) const IS_GOOD: &str = "accepted_at IS NULL AND EXISTS (
    SELECT 1 FROM roles
    WHERE roles.organization_id = invitations.organization_id AND roles.user_id = invitations.vouched_by
        AND roles.project_id = ''
        AND (SELECT MIN(rank.key) FROM json_each(?2) AS rank WHERE rank.value IN (roles.role, roles.at_most))
            >= (SELECT rank.key FROM json_each(?2) AS rank WHERE rank.value = invitations.role))";

/// The roles for [`IS_GOOD`].
pub(super) fn ranks() -> Param {
    serde_json::to_string(&Role::ALL.map(Role::as_str)).unwrap_or_default().into()
}

/// The invitation with this hash, if it can be accepted.
pub(super) async fn by_hash(
    database: &dyn Database,
    hash: &str,
    now: Timestamp,
) -> Result<Option<Invited>, DatabaseError> {
    let statement = Statement::new(
        format!(
            "SELECT id, organization_id, email, project_id, role FROM invitations
             WHERE hash = ?1 AND expires_at > ?3 AND {IS_GOOD}"
        ),
        [Param::from(hash), ranks(), now.millis().into()],
    );
    let read = |row: &Row| {
        Some(Invited {
            id: InvitationId::parse(text(row, "id")?)?,
            organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
            email: text(row, "email")?.to_owned(),
            project_id: match text(row, "project_id")? {
                "" => None,
                id => Some(ProjectId::parse(id)?),
            },
            role: Role::parse(text(row, "role")?)?,
        })
    };
    Ok(database.query(statement).await?.first().and_then(read))
}

/// The statements that accept an invitation, unless somebody was quicker, or it leads nowhere any more.
pub fn accept(invited: &Invited, now: Timestamp) -> [Statement; 2] {
    let open = guard::exists(
        &format!("SELECT 1 FROM invitations WHERE id = ?1 AND {IS_GOOD}"),
        [Param::from(invited.id.as_str()), ranks()],
    );
    let accept = Statement::new(
        "UPDATE invitations SET accepted_at = ?2 WHERE id = ?1",
        [Param::from(invited.id.as_str()), now.millis().into()],
    );
    [open, accept]
}

/// The invitations of an organization that can be accepted, the newest first.
pub(super) async fn invitations(
    database: &dyn Database,
    organization: &OrganizationId,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Invitation>, DatabaseError> {
    let statement = Statement::new(
        "SELECT invitations.id, email, role, projects.name AS project, invitations.created_at, expires_at
         FROM invitations LEFT JOIN projects ON projects.id = invitations.project_id
         WHERE invitations.organization_id = ?1 AND accepted_at IS NULL AND expires_at > ?2
         ORDER BY invitations.created_at DESC, invitations.id LIMIT ?3",
        [Param::from(organization.as_str()), now.millis().into(), i64::from(most).into()],
    );
    let read = |row: &Row| {
        Some(Invitation {
            id: InvitationId::parse(text(row, "id")?)?,
            email: text(row, "email")?.to_owned(),
            role: Role::parse(text(row, "role")?)?,
            project: text(row, "project").map(str::to_owned),
            created_at: Timestamp::from_millis(integer(row, "created_at")?),
            expires_at: Timestamp::from_millis(integer(row, "expires_at")?),
        })
    };
    Ok(database.query(statement).await?.iter().filter_map(read).collect())
}

/// The statement that takes an invitation back.
pub(super) fn uninvite(organization: &OrganizationId, id: &InvitationId) -> Statement {
    Statement::new(
        "DELETE FROM invitations WHERE organization_id = ?1 AND id = ?2 AND accepted_at IS NULL",
        [Param::from(organization.as_str()), id.as_str().into()],
    )
}
