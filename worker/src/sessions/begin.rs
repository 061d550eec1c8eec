//! The beginning of a session.

use http::{HeaderMap, HeaderValue};
use noc_shared::{
    id::{OrganizationId, PrincipalId, RequestId, SessionId},
    time::Timestamp,
};
use serde_json::{Value, json};

use super::{LONGEST_MS, store};
use crate::{
    access::{Bearer, Power, SESSION_COOKIE, address, user_agent},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::{Caller, CurrentSession, PrincipalKind},
    ports::Statement,
};

/// Who signs in, and how they have shown that it is them.
#[derive(Clone, Debug)]
pub struct Sign {
    /// Who.
    pub user_id: PrincipalId,
    /// What they are called.
    pub name: String,
    /// The address.
    pub email: String,
    /// The organization to act in at first.
    pub organization_id: OrganizationId,
    /// How: `bootstrap`, `break_glass`, `invitation`, `link`, `oidc`, `access` or `passkey`.
    pub method: &'static str,
    /// What else the audit tells of, where it is more than a beginning.
    pub about: Option<About>,
    /// When the session ends at the latest, if not after the usual time.
    pub until: Option<Timestamp>,
    /// Whether that proves a second factor too.
    pub is_proven: bool,
    /// The session that vouches, where it is one.
    pub from: Option<From>,
    /// The sealed credential that it is begun with, as [`super::sealed`] has it.
    pub credential: Option<String>,
}

/// What a sign-in brings about.
#[derive(Clone, Debug)]
pub struct About {
    /// What is done, as `members.join`.
    pub action: &'static str,
    /// Who or what is new, in the audit's words: never a secret.
    pub what: Value,
}

/// A session that vouches for another one: that one ends with it, and is no younger.
#[derive(Clone, Debug)]
pub struct From {
    /// Which.
    pub session_id: SessionId,
    /// When its person has shown who they are.
    pub signed_in_at: Timestamp,
}

/// A session that has begun.
#[derive(Debug)]
pub struct Begun {
    /// The cookie to set.
    pub cookie: HeaderValue,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Begins a session, together with the changes that belong to it: all of it with its audit event, or nothing.
///
/// # Errors
/// When the database does not do it, or one of the changes is a guard that stops it.
pub async fn begin(
    app: &App,
    headers: &HeaderMap,
    request_id: &RequestId,
    sign: Sign,
    with: Vec<Statement>,
) -> Result<Begun, ApiError> {
    let now = app.clock.now();
    let issued = Bearer::Session.issue(&*app.random);
    let session = store::New {
        id: SessionId::from_random(app.random.identifier()),
        hash: issued.hash,
        address: address(headers),
        user_agent: user_agent(headers),
        created_at: now,
        expires_at: sign.until.unwrap_or(Timestamp::MAX).min(now.plus(LONGEST_MS)),
    };
    let act = Act {
        action: sign.about.as_ref().map_or("sessions.begin", |about| about.action),
        kind: "session",
        id: session.id.to_string(),
        before: None,
        after: Some(told(&sign)),
    };
    let caller = Caller {
        organization_id: sign.organization_id.clone(),
        principal_id: sign.user_id.clone(),
        kind: PrincipalKind::User,
        name: sign.name.clone(),
        email: Some(sign.email.clone()),
        session: Some(CurrentSession {
            id: session.id.clone(),
            signed_in_at: now,
            proven_at: sign.is_proven.then_some(now),
            has_second_factor: false,
        }),
        power: Power::default(),
        reach: crate::access::Reach::Projects(Vec::new()),
        address: session.address.clone(),
        request_id: request_id.clone(),
    };
    let mut changes = with;
    changes.push(store::insert(&session, &sign));
    changes.push(store::forget_ended(now));
    audit::record(app, &caller, act, changes).await?;
    let seconds = session.expires_at.since(now) / 1_000;
    Ok(Begun { cookie: cookie(issued.secret.expose(), seconds)?, expires_at: session.expires_at })
}

/// What the audit tells of a sign-in: how, and what else came of it.
fn told(sign: &Sign) -> Value {
    let mut told = sign.about.as_ref().map_or_else(|| json!({}), |about| about.what.clone());
    if let Value::Object(fields) = &mut told {
        fields.insert("method".to_owned(), sign.method.into());
    }
    told
}

/// The cookie that takes the one of a session away.
///
/// # Errors
/// Never.
pub fn ended_cookie() -> Result<HeaderValue, ApiError> {
    cookie("", 0)
}

/// The cookie of a session: sent over TLS only, to this host only, never to a script, and never with a request that another
/// site has made.
fn cookie(value: &str, seconds: i64) -> Result<HeaderValue, ApiError> {
    let text =
        format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    let mut cookie = HeaderValue::from_str(&text)
        .map_err(|error| ApiError::Internal { doing: "set the cookie", cause: error.to_string() })?;
    cookie.set_sensitive(true);
    Ok(cookie)
}
