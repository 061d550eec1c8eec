//! `/api/members` and `/api/invitations`.

use axum::routing::{delete, get, post, put};
use http::Method;
use noc_shared::{
    access::Scope,
    members::{
        AcceptRequest, InvitationList, InvitationMade, InvitationRequest, Member, MemberList, MemberRequest,
    },
};

use super::{change, invitations};
use crate::api::{Answer, Operation, Proof, Requires, Route, schema};

const DONE: Answer = Answer::empty("it is done");

/// The routes of members.
pub fn routes() -> Vec<Route> {
    [of_members(), of_invitations()].into_iter().flatten().collect()
}

fn of_members() -> Vec<Route> {
    vec![
        Route::new(
            Method::GET,
            "/api/members",
            Requires::Scope(Scope::MembersRead),
            Operation {
                id: "list_members",
                summary: "Everybody in the organization with their roles, by address.",
                answers: vec![Answer::json(200, "always", schema::<MemberList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(change::list),
        ),
        Route::new(
            Method::PUT,
            "/api/members/{id}",
            Requires::Scope(Scope::MembersWrite),
            Operation {
                id: "change_member",
                summary: "Gives a member these roles and no others, from the next request on. Nobody gives or takes a \
                          role above their own, and the last owner stays one.",
                body: Some(schema::<MemberRequest>()),
                answers: vec![Answer::json(200, "the roles are these", schema::<Member>())],
                refusals: &[400, 404, 409, 413, 415, 422, 503],
                audits: "members.change",
                ..Operation::default()
            },
            put(change::change),
        ),
        Route::new(
            Method::DELETE,
            "/api/members/{id}",
            Requires::Scope(Scope::MembersWrite),
            Operation {
                id: "remove_member",
                summary: "Has a member leave. Their sessions here and the tokens that they made end with it.",
                answers: vec![DONE],
                refusals: &[404, 409, 422, 503],
                audits: "members.remove",
                ..Operation::default()
            },
            delete(change::remove),
        ),
    ]
}

fn of_invitations() -> Vec<Route> {
    vec![
        Route::new(
            Method::GET,
            "/api/invitations",
            Requires::Scope(Scope::MembersRead),
            Operation {
                id: "list_invitations",
                summary: "The invitations that can be accepted, the newest first; never their links.",
                answers: vec![Answer::json(200, "always", schema::<InvitationList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(invitations::list),
        ),
        Route::new(
            Method::POST,
            "/api/invitations",
            Requires::Scope(Scope::MembersWrite),
            Operation {
                id: "invite_member",
                summary: "Invites somebody by a link, which is shown this one time. It works once, within a week, and for \
                          this address.",
                body: Some(schema::<InvitationRequest>()),
                answers: vec![Answer::json(201, "the link works", schema::<InvitationMade>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "members.invite",
                ..Operation::default()
            },
            post(invitations::invite),
        ),
        Route::new(
            Method::DELETE,
            "/api/invitations/{id}",
            Requires::Scope(Scope::MembersWrite),
            Operation {
                id: "take_invitation_back",
                summary: "Takes an invitation back that nobody has accepted.",
                answers: vec![DONE],
                refusals: &[404, 422, 503],
                audits: "members.uninvite",
                ..Operation::default()
            },
            delete(invitations::take_back),
        ),
        Route::new(
            Method::POST,
            "/api/invitations/accept",
            Requires::Session(Proof::None),
            Operation {
                id: "accept_invitation",
                summary: "Accepts an invitation as who is signed in. It has to be for their address.",
                body: Some(schema::<AcceptRequest>()),
                answers: vec![DONE],
                refusals: &[400, 404, 409, 413, 415, 422, 503],
                audits: "members.join",
                ..Operation::default()
            },
            post(invitations::accept),
        ),
        Route::new(
            Method::POST,
            "/api/sign-in/invitation",
            Requires::Nothing("the invitation shows who asks"),
            Operation {
                id: "sign_in_by_invitation",
                summary: "Accepts an invitation as somebody new, and signs them in.",
                body: Some(schema::<AcceptRequest>()),
                answers: vec![Answer::empty("the cookie of the session is set")],
                refusals: &[400, 403, 404, 409, 413, 415, 422, 429, 503],
                audits: "members.join",
                ..Operation::default()
            },
            post(invitations::sign_in),
        ),
    ]
}
