//! Members and invitations.

use noc_shared::members::{
    Invitation, InvitationList, InvitationMade, InvitationRequest, Member, MemberList, MemberRequest,
};

use super::{Problem, get, send};
use crate::paths::encode;

/// Everybody.
///
/// # Errors
/// As [`get`].
pub async fn list() -> Result<MemberList, Problem> {
    get("/api/members").await
}

/// Gives a member these roles and no others.
///
/// # Errors
/// As [`send`].
pub async fn put(id: &str, request: &MemberRequest) -> Result<Member, Problem> {
    send("PUT", &format!("/api/members/{}", encode(id)), Some(request), &[]).await
}

/// Has a member leave.
///
/// # Errors
/// As [`send`].
pub async fn remove(id: &str) -> Result<(), Problem> {
    send("DELETE", &format!("/api/members/{}", encode(id)), None::<&()>, &[]).await
}

/// Invitations that nobody has accepted yet.
///
/// # Errors
/// As [`get`].
pub async fn invitations() -> Result<InvitationList, Problem> {
    get("/api/invitations").await
}

/// Invites somebody.
///
/// # Errors
/// As [`send`].
pub async fn invite(request: &InvitationRequest) -> Result<InvitationMade, Problem> {
    send("POST", "/api/invitations", Some(request), &[]).await
}

/// Takes an invitation back.
///
/// # Errors
/// As [`send`].
pub async fn take_back(invitation: &Invitation) -> Result<(), Problem> {
    let id = invitation.id.to_string();
    send("DELETE", &format!("/api/invitations/{}", encode(&id)), None::<&()>, &[]).await
}
