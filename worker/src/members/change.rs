//! What becomes of members: other roles, or none.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use noc_shared::{
    access::Role,
    id::{OrganizationId, ProjectId},
    members::{Member, MemberList, MemberRequest, ProjectRole},
};
use serde_json::{Value, json};

use super::store;
use crate::{
    api::{Body, Parameters, Segment},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::{self, Caller},
    sessions, tokens,
};

pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<MemberList>, ApiError> {
    parameters.end()?;
    Ok(Json(MemberList { members: all(&app, &caller.organization_id).await? }))
}

async fn all(app: &App, organization: &OrganizationId) -> Result<Vec<Member>, ApiError> {
    store::list(&*app.database, organization).await.map_err(ApiError::database("list the members"))
}

/// Somebody, and whether they are the only owner.
async fn find(app: &App, caller: &Caller, id: &str) -> Result<(Member, bool), ApiError> {
    let members = all(app, &caller.organization_id).await?;
    let owners = members.iter().filter(|member| member.role == Some(Role::Owner)).count();
    let member = members.into_iter().find(|member| member.principal_id.as_str() == id);
    let member = member.ok_or(ApiError::NotFound("member"))?;
    let is_last_owner = owners == 1 && member.role == Some(Role::Owner);
    Ok((member, is_last_owner))
}

/// An organization without an owner could never be given one again.
fn last_owner() -> ApiError {
    let message = "this is the last owner; make somebody else one first".to_owned();
    ApiError::Conflict { code: "last_owner", message }
}

/// Nobody gives or takes a role above their own.
pub(super) fn may_give(caller: &Caller, role: Option<Role>) -> Result<(), ApiError> {
    if caller.power.role() >= role {
        return Ok(());
    }
    let word = role.map_or("", Role::as_str);
    Err(ApiError::Forbidden(format!("only somebody who is {word} may do this to a role of {word}")))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
    Body(request): Body<MemberRequest>,
) -> Result<Json<Member>, ApiError> {
    parameters.end()?;
    let (member, is_last_owner) = find(&app, &caller, &id).await?;
    may_give(&caller, member.role)?;
    may_give(&caller, request.role)?;
    if is_last_owner && request.role != Some(Role::Owner) {
        return Err(last_owner());
    }
    if request.role.is_none() && request.projects.is_empty() {
        return Err(ApiError::Invalid {
            field: "role".to_owned(),
            message: "give a role, or roles in projects; to have somebody leave, delete the member"
                .to_owned(),
        });
    }
    let organization = &caller.organization_id;
    let projects = in_projects(&app, &caller, &request.projects).await?;
    let now = app.clock.now();
    // Whoever was made an owner meanwhile is not to be moved by somebody who is none, and whoever has left stays away.
    let mut changes = vec![
        store::is_member(organization, &member.principal_id),
        store::still(organization, &member.principal_id, member.role),
    ];
    if member.role == Some(Role::Owner) && request.role != Some(Role::Owner) {
        changes.push(store::another_owner(organization, &member.principal_id));
    }
    changes.push(store::leave(organization, &member.principal_id));
    if request.role < member.role {
        changes.push(store::take_back_all_of(&member.principal_id, organization));
    }
    changes.extend(request.role.map(|role| store::join(organization, &member.principal_id, None, role, now)));
    changes.extend(
        projects
            .iter()
            .map(|(id, role)| store::join(organization, &member.principal_id, Some(id), *role, now)),
    );
    let after = Member { role: request.role, projects: request.projects, ..member.clone() };
    let act = Act {
        action: "members.change",
        kind: "member",
        id,
        before: Some(roles(&member)),
        after: Some(roles(&after)),
    };
    audit::record(&app, &caller, act, changes).await?;
    Ok(Json(after))
}

fn roles(member: &Member) -> Value {
    json!({ "email": member.email, "role": member.role, "projects": member.projects })
}

/// The projects that are named, each once.
async fn in_projects(
    app: &App,
    caller: &Caller,
    roles: &[ProjectRole],
) -> Result<Vec<(ProjectId, Role)>, ApiError> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let known = organizations::projects(app, &caller.organization_id).await?;
    let invalid =
        |message: &str| ApiError::Invalid { field: "projects".to_owned(), message: message.to_owned() };
    let mut found: Vec<(ProjectId, Role)> = Vec::with_capacity(roles.len());
    for role in roles {
        may_give(caller, Some(role.role))?;
        let (id, _) = known
            .iter()
            .find(|(_, name)| *name == role.project)
            .ok_or_else(|| invalid("one of these projects does not exist"))?;
        if found.iter().any(|(other, _)| other == id) {
            return Err(invalid("name each project once"));
        }
        found.push((id.clone(), role.role));
    }
    Ok(found)
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let (member, is_last_owner) = find(&app, &caller, &id).await?;
    may_give(&caller, member.role)?;
    if is_last_owner {
        return Err(last_owner());
    }
    let (organization, user) = (&caller.organization_id, &member.principal_id);
    let mut changes = vec![store::still(organization, user, member.role)];
    if member.role == Some(Role::Owner) {
        changes.push(store::another_owner(organization, user));
    }
    changes.extend([
        store::leave(organization, user),
        store::take_back_all_of(user, organization),
        tokens::revoke_all_of(user, organization),
        sessions::end_all(user, organization),
    ]);
    let act = Act { action: "members.remove", kind: "member", id, before: Some(roles(&member)), after: None };
    audit::record(&app, &caller, act, changes).await?;
    Ok(StatusCode::NO_CONTENT)
}
