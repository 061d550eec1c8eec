//! Invitations: a link that works once, for one address, for a week.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, Uri, header::SET_COOKIE};
use noc_shared::{
    id::{InvitationId, PrincipalId, RequestId},
    members::{AcceptRequest, Invitation, InvitationList, InvitationMade, InvitationRequest},
};
use serde_json::{Value, json};

use super::{change::may_give, store};
use crate::{
    access::{Bearer, address, site},
    api::{Body, Parameters, Segment},
    app::App,
    attempts,
    audit::{self, Act},
    error::ApiError,
    organizations::{self, Caller},
    sessions::{self, About, Sign},
    users::{self, Person},
};

/// Invitations of an organization that nobody has accepted yet.
const MOST: u32 = 500;

const WEEK_MS: i64 = 7 * 86_400_000;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<InvitationList>, ApiError> {
    parameters.end()?;
    Ok(Json(InvitationList { invitations: all(&app, &caller).await? }))
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<Invitation>, ApiError> {
    store::invitations(&*app.database, &caller.organization_id, app.clock.now(), MOST)
        .await
        .map_err(ApiError::database("list the invitations"))
}

pub(super) async fn invite(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<InvitationRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let email = users::email(&request.email)?;
    may_give(&caller, Some(request.role))?;
    let project = match &request.project {
        None => None,
        Some(name) => {
            let known = organizations::projects(&app, &caller.organization_id).await?;
            let found = known.into_iter().find(|(_, known)| known == name);
            Some(found.map(|(id, _)| id).ok_or_else(|| ApiError::Invalid {
                field: "project".to_owned(),
                message: "there is no such project".to_owned(),
            })?)
        }
    };
    if all(&app, &caller).await?.len() >= MOST as usize {
        let message = format!("an organization has at most {MOST} open invitations; take some of them back");
        return Err(ApiError::Conflict { code: "too_many", message });
    }
    let issued = Bearer::Invitation.issue(&*app.random);
    let now = app.clock.now();
    let invitation = Invitation {
        id: InvitationId::from_random(app.random.identifier()),
        email,
        role: request.role,
        project: request.project,
        created_at: now,
        expires_at: now.plus(WEEK_MS),
    };
    let act = Act {
        action: "members.invite",
        kind: "invitation",
        id: invitation.id.to_string(),
        before: None,
        after: Some(shown(&invitation)),
    };
    let change = store::invite(
        &caller.organization_id,
        &invitation,
        project.as_ref(),
        &issued.hash,
        &caller.principal_id,
    );
    audit::record(&app, &caller, act, vec![change]).await?;
    let base = app.config.public_url.clone().or_else(|| site(&uri, &headers)).unwrap_or_default();
    // What stands behind # is not sent to any server, so that no log of any has it.
    let url = format!("{base}/sign-in#invitation={}", issued.secret.expose());
    Ok((StatusCode::CREATED, Json(InvitationMade { invitation, url })).into_response())
}

fn shown(invitation: &Invitation) -> Value {
    json!({ "email": invitation.email, "role": invitation.role, "project": invitation.project })
}

pub(super) async fn take_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let invitation = all(&app, &caller).await?.into_iter().find(|one| one.id.as_str() == id);
    let invitation = invitation.ok_or(ApiError::NotFound("invitation"))?;
    let act = Act {
        action: "members.uninvite",
        kind: "invitation",
        id,
        before: Some(shown(&invitation)),
        after: None,
    };
    let change = store::uninvite(&caller.organization_id, &invitation.id);
    audit::record(&app, &caller, act, vec![change]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Finds what a link leads to. One that was used, taken back or too late leads to nothing.
async fn find(app: &App, link: &str) -> Result<store::Invited, ApiError> {
    let absent = || ApiError::NotFound("invitation");
    let hash = Bearer::Invitation.hash(link).ok_or_else(absent)?;
    let found = store::by_hash(&*app.database, &hash, app.clock.now()).await;
    found.map_err(ApiError::database("find the invitation"))?.ok_or_else(absent)
}

/// Somebody who is signed in accepts: it has to be the one who is invited.
pub(super) async fn accept(
    State(app): State<Arc<App>>,
    mut caller: Caller,
    parameters: Parameters,
    Body(request): Body<AcceptRequest>,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let invited = find(&app, &request.invitation).await?;
    if caller.email.as_deref() != Some(invited.email.as_str()) {
        let message = "this invitation is for another address; sign in as who it is for";
        return Err(ApiError::Forbidden(message.to_owned()));
    }
    let members = store::list(&*app.database, &invited.organization_id).await;
    let members = members.map_err(ApiError::database("list the members"))?;
    if members.iter().any(|member| member.principal_id == caller.principal_id) {
        let message =
            "you are a member already; somebody who manages members can change your role".to_owned();
        return Err(ApiError::Conflict { code: "member_already", message });
    }
    let now = app.clock.now();
    let mut changes = store::accept(&invited, now).to_vec();
    changes.push(store::join(
        &invited.organization_id,
        &caller.principal_id,
        invited.project_id.as_ref(),
        invited.role,
        now,
    ));
    caller.organization_id = invited.organization_id.clone();
    audit::record(&app, &caller, joined(&invited, &caller.principal_id), changes).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn joined(invited: &store::Invited, who: &PrincipalId) -> Act {
    Act {
        action: "members.join",
        kind: "member",
        id: who.to_string(),
        before: None,
        after: Some(told(invited)),
    }
}

/// What the audit tells of somebody who joins: as what, and by which invitation.
pub fn told(invited: &store::Invited) -> Value {
    json!({
        "email": invited.email,
        "role": invited.role,
        "project_id": invited.project_id,
        "invitation": invited.id,
    })
}

/// Somebody new accepts, and is signed in. Their address is not proven by it: the link went through other hands. So it is an
/// account of its own, and never one that somebody with this address has already.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<AcceptRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let attempt = attempts::begin(&app, None, address(&headers).as_deref()).await?;
    let invited = find(&app, &request.invitation).await?;
    let person = Person {
        id: PrincipalId::from_random(app.random.identifier()),
        email: invited.email.clone(),
        name: users::name(request.name.as_deref().unwrap_or_default())?,
        is_email_verified: false,
    };
    let now = app.clock.now();
    let mut changes = store::accept(&invited, now).to_vec();
    changes.extend(users::create(&person, &invited.organization_id, now));
    changes.push(store::join(
        &invited.organization_id,
        &person.id,
        invited.project_id.as_ref(),
        invited.role,
        now,
    ));
    changes.extend(attempt.right());
    let what = told(&invited);
    let sign = Sign {
        user_id: person.id,
        name: person.name,
        email: person.email,
        organization_id: invited.organization_id,
        method: "invitation",
        about: Some(About { action: "members.join", what }),
        until: None,
        is_proven: false,
        from: None,
        credential: None,
    };
    let begun = sessions::begin(&app, &headers, &request_id, sign, changes).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, begun.cookie)]).into_response())
}
