//! Who asks: signing in and out, and whether somebody is signed in at all.

use std::cell::Cell;

use leptos::prelude::*;
use noc_shared::{
    id::OrganizationId,
    members::AcceptRequest,
    sessions::{SessionList, SwitchRequest, WhoAmI},
    sign_in::{BootstrapRequest, BreakGlassRequest, LinkRequest, SignInLink, SignInWays},
    time::Timestamp,
};

use super::{Problem, get, send};
use crate::{needs::Needs, paths::encode};

/// Who asks.
#[derive(Clone, Copy)]
pub struct Access {
    /// Whether the API wants to know who asks.
    pub signed_out: RwSignal<bool>,
    /// Who it is, as far as that is known.
    pub who: RwSignal<Option<WhoAmI>>,
}

thread_local! {
    /// The one of this program: requests go on when the page that began them is gone, and with it every context.
    static ACCESS: Cell<Option<Access>> = const { Cell::new(None) };
}

impl Access {
    /// Makes the one of this program. Called once, where nothing disposes of its signals.
    pub fn begin() -> Self {
        let access = Self { signed_out: RwSignal::new(false), who: RwSignal::new(None) };
        ACCESS.with(|cell| cell.set(Some(access)));
        access
    }

    /// The API did not say who asks.
    pub(super) fn refused() {
        if let Some(access) = ACCESS.with(Cell::get) {
            access.who.set(None);
            if !access.signed_out.get_untracked() {
                access.signed_out.set(true);
            }
        }
    }

    /// Finds out who asks.
    pub async fn look(self) {
        // A refusal is noticed where every request is, and without an answer nothing is known.
        if let Ok(who) = who().await {
            self.who.set(Some(who));
            self.signed_out.set(false);
        }
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

    /// Acts in another organization from now on.
    ///
    /// # Errors
    /// As [`send`].
    pub async fn switch(self, organization_id: OrganizationId) -> Result<(), Problem> {
        let who = send("PUT", "/api/session", Some(&SwitchRequest { organization_id }), &[]).await?;
        self.who.set(Some(who));
        Ok(())
    }

    /// The second factor counts until then.
    pub fn proven(self, until: Timestamp) {
        self.who.update(|who| {
            if let Some(who) = who {
                who.proven_until = Some(until);
            }
        });
    }

    /// Signs out.
    ///
    /// # Errors
    /// As [`send`].
    pub async fn sign_out(self) -> Result<(), Problem> {
        send::<()>("DELETE", "/api/session", None::<&()>, &[]).await?;
        Self::refused();
        Ok(())
    }
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
