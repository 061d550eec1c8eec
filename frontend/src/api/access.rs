//! Who asks: signing in and out, and whether somebody is signed in at all.

use std::cell::{Cell, RefCell};

use leptos::prelude::*;
use noc_shared::{
    id::{OrganizationId, PrincipalId},
    members::AcceptRequest,
    sessions::{OTHER_ORGANIZATION, SessionList, SwitchRequest, WhoAmI},
    sign_in::{BootstrapRequest, BreakGlassRequest, LinkRequest, SignInLink, SignInWays},
    time::Timestamp,
};

use super::{Problem, get, send};
use crate::{needs::Needs, paths::encode};

/// Under this name a page tells the one that is loaded in its place that the organization was changed elsewhere.
const MOVED: &str = "noc.moved";

/// Who asks.
#[derive(Clone, Copy)]
pub struct Access {
    /// Whether the API wants to know who asks.
    pub signed_out: RwSignal<bool>,
    /// Who it is, as far as that is known.
    pub who: RwSignal<Option<WhoAmI>>,
    /// Whether this page was loaded anew because the organization was changed in another tab, and nobody was told yet.
    pub moved: RwSignal<bool>,
}

thread_local! {
    /// The one of this program: requests go on when the page that began them is gone, and with it every context.
    static ACCESS: Cell<Option<Access>> = const { Cell::new(None) };
    /// Whose data this program has: who, and in which organization. Nothing of it may be shown to others, nor acted on
    /// for others: a page is theirs as long as it is.
    static ACTING: RefCell<Option<(PrincipalId, OrganizationId)>> = const { RefCell::new(None) };
    /// Whether this page is about to be left. What is still on its way is nobody's any more.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

impl Access {
    /// Makes the one of this program. Called once, where nothing disposes of its signals.
    pub fn begin() -> Self {
        let storage = window().session_storage().ok().flatten();
        let moved = storage.is_some_and(|storage| {
            let said = storage.get_item(MOVED).ok().flatten().is_some();
            let _ = storage.remove_item(MOVED);
            said
        });
        let (signed_out, who) = (RwSignal::new(false), RwSignal::new(None));
        let access = Self { signed_out, who, moved: RwSignal::new(moved) };
        ACCESS.with(|cell| cell.set(Some(access)));
        access
    }

    /// The API did not say who asks.
    pub(super) fn refused() {
        if Self::is_leaving() {
            return;
        }
        if let Some(access) = ACCESS.with(Cell::get) {
            access.who.set(None);
            if !access.signed_out.get_untracked() {
                access.signed_out.set(true);
            }
        }
    }

    /// The organization that this page is about, for the API to compare: the session may act in another one by now.
    pub(super) fn organization() -> Option<OrganizationId> {
        ACTING.with_borrow(|acting| acting.as_ref().map(|(_, organization)| organization.clone()))
    }

    /// Looks whether a refusal says that the organization was changed elsewhere. Then nothing that this page shows is of
    /// the organization that it would act in.
    pub(super) fn noticed(problem: &Problem) {
        if problem.code() != Some(OTHER_ORGANIZATION) || Self::is_leaving() {
            return;
        }
        if let Ok(Some(storage)) = window().session_storage() {
            let _ = storage.set_item(MOVED, "1");
        }
        anew();
    }

    /// Whether this page is about to be left.
    pub fn is_leaving() -> bool {
        LEAVING.get()
    }

    /// Looks who asks.
    pub async fn look(self) {
        // A refusal is noticed where every request is, and without an answer nothing is known.
        if let Ok(who) = who().await {
            self.is(who);
        }
    }

    /// It is known who asks.
    pub fn is(self, who: WhoAmI) {
        let acting = (who.principal_id.clone(), who.organization.id.clone());
        if ACTING.with_borrow(|before| before.as_ref().is_some_and(|before| *before != acting)) {
            // Somebody else has signed in where this page was open, or the session acts in another organization. Until
            // the page goes, it stays the one that it was.
            return anew();
        }
        ACTING.set(Some(acting));
        if self.who.with_untracked(|before| before.as_ref() != Some(&who)) {
            self.who.set(Some(who));
        }
        self.signed_out.set(false);
    }

    /// Whether who asks has what something takes, as far as that is known.
    pub fn meets(self, needs: Needs) -> bool {
        self.who.with(|who| needs.are_met(who.as_ref()))
    }

    /// The same for whoever shows it: what else becomes known of who asks, as that they have proven their second factor,
    /// must not make a form anew that somebody fills in.
    pub fn may(self, needs: Needs) -> Memo<bool> {
        Memo::new(move |_| self.meets(needs))
    }

    /// Whether a path leads to something that who asks may see.
    pub fn may_go(self, path: &str) -> bool {
        Needs::of(path).is_none_or(|needs| self.meets(needs))
    }

    /// Acts in another organization from now on. This page is to be left then: it is about the one before.
    ///
    /// # Errors
    /// As [`send`].
    pub async fn switch(self, organization_id: OrganizationId) -> Result<(), Problem> {
        // What is under way meanwhile may be refused for the other organization, and that is known here.
        LEAVING.set(true);
        let answer =
            send::<WhoAmI>("PUT", "/api/session", Some(&SwitchRequest { organization_id }), &[]).await;
        LEAVING.set(answer.is_ok());
        answer.map(|_| ())
    }

    /// The second factor counts until then.
    pub fn proven(self, until: Timestamp) {
        self.who.update(|who| {
            if let Some(who) = who {
                who.proven_until = Some(until);
            }
        });
    }

    /// Signs out, and loads the page anew, which then asks who somebody is: in memory is what the next one may not see.
    ///
    /// # Errors
    /// As [`send`].
    pub async fn sign_out(self) -> Result<(), Problem> {
        LEAVING.set(true);
        match send::<()>("DELETE", "/api/session", None::<&()>, &[]).await {
            // Who is signed out already is as well.
            Err(problem) if problem.code() != Some("unauthorized") => {
                LEAVING.set(false);
                Err(problem)
            }
            _ => {
                anew();
                Ok(())
            }
        }
    }
}

/// Loads the page anew, at the address that it has: nothing stays in memory, and nothing that was begun is done.
fn anew() {
    LEAVING.set(true);
    let _ = window().location().reload();
}

/// Which ways in there are.
///
/// # Errors
/// As [`get`].
pub async fn ways() -> Result<SignInWays, Problem> {
    get("/api/sign-in").await
}

/// Makes the first owner.
///
/// # Errors
/// As [`send`].
pub async fn bootstrap(request: &BootstrapRequest) -> Result<(), Problem> {
    send("POST", "/api/sign-in/bootstrap", Some(request), &[]).await
}

/// Signs in with the sealed credential.
///
/// # Errors
/// As [`send`].
pub async fn break_glass(credential: String) -> Result<(), Problem> {
    send("POST", "/api/sign-in/break-glass", Some(&BreakGlassRequest { credential }), &[]).await
}

/// Signs in by a link.
///
/// # Errors
/// As [`send`].
pub async fn by_link(link: String) -> Result<(), Problem> {
    send("POST", "/api/sign-in/link", Some(&LinkRequest { link }), &[]).await
}

/// Accepts an invitation as somebody new.
///
/// # Errors
/// As [`send`].
pub async fn by_invitation(request: &AcceptRequest) -> Result<(), Problem> {
    send("POST", "/api/sign-in/invitation", Some(request), &[]).await
}

/// Accepts an invitation as who is signed in.
///
/// # Errors
/// As [`send`].
pub async fn accept(request: &AcceptRequest) -> Result<(), Problem> {
    send("POST", "/api/invitations/accept", Some(request), &[]).await
}

/// Ends all of one's own sessions but this one.
///
/// # Errors
/// When nobody answers, or the API refuses.
pub async fn end_other_sessions() -> Result<(), Problem> {
    send("DELETE", "/api/sessions", None::<&()>, &[]).await
}

/// Who asks.
///
/// # Errors
/// When nobody answers, or the API refuses.
pub async fn who() -> Result<WhoAmI, Problem> {
    get("/api/session").await
}

/// One's own sessions.
///
/// # Errors
/// As [`get`].
pub async fn sessions() -> Result<SessionList, Problem> {
    get("/api/sessions").await
}

/// Ends a session of one's own.
///
/// # Errors
/// As [`send`].
pub async fn end_session(id: &str) -> Result<(), Problem> {
    send("DELETE", &format!("/api/sessions/{}", encode(id)), None::<&()>, &[]).await
}

/// Makes a link that signs oneself in elsewhere.
///
/// # Errors
/// As [`send`].
pub async fn make_link() -> Result<SignInLink, Problem> {
    send("POST", "/api/session/links", None::<&()>, &[]).await
}
