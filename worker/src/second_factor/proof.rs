//! `POST /api/session/proof`: proving the second factor, which then counts for ten minutes.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::{HeaderMap, Uri};
use noc_shared::{
    id::SessionId,
    passkeys::{Assertion, AssertionOptions},
    second_factor::{ProofRequest, Proven},
};
use serde_json::json;

use super::{
    code,
    codes::{secret, shortened},
    recovery, store,
};
use crate::{
    access::PROVEN_MS,
    api::{Body, Parameters},
    app::App,
    attempts,
    audit::{self, Act},
    error::ApiError,
    keys,
    organizations::{Caller, CurrentSession},
    passkeys::{self, Asked},
    ports::Statement,
    sessions,
};

pub(super) async fn ask(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Json<AssertionOptions>, ApiError> {
    parameters.end()?;
    let asked = Asked::of(&app, &uri, &headers)?;
    let session = current(&caller)?;
    passkeys::ask_for_proof(&app, &asked, &caller.principal_id, &session.id).await.map(Json)
}

/// One of the three things that prove it.
enum Given {
    Passkey(Assertion),
    Code(String),
    RecoveryCode(String),
}

fn given(request: ProofRequest) -> Result<Given, ApiError> {
    match (request.passkey, request.code, request.recovery_code) {
        (Some(assertion), None, None) => Ok(Given::Passkey(assertion)),
        (None, Some(code), None) => Ok(Given::Code(code)),
        (None, None, Some(code)) => Ok(Given::RecoveryCode(code)),
        _ => Err(ApiError::Invalid {
            field: "passkey".to_owned(),
            message: "send one of passkey, code and recovery_code".to_owned(),
        }),
    }
}

pub(super) async fn prove(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<ProofRequest>,
) -> Result<Json<Proven>, ApiError> {
    parameters.end()?;
    let given = given(request)?;
    let session = current(&caller)?;
    let account = format!("proof/{}", caller.principal_id);
    let attempt = attempts::begin(&app, Some(&account), caller.address.as_deref()).await?;
    let (by, mut changes) = match given {
        Given::Passkey(assertion) => {
            let asked = Asked::of(&app, &uri, &headers)?;
            ("passkey", by_passkey(&app, &caller, &session.id, &asked, &assertion).await?)
        }
        Given::Code(code) => ("code", by_code(&app, &caller, &code).await?),
        Given::RecoveryCode(code) => ("recovery_code", by_recovery_code(&app, &caller, &code).await?),
    };
    let now = app.clock.now();
    changes.push(sessions::proven(&session.id, now));
    changes.extend(attempt.right());
    let act = Act {
        action: "sessions.prove",
        kind: "session",
        id: session.id.to_string(),
        before: None,
        after: Some(json!({ "by": by })),
    };
    audit::record(&app, &caller, act, changes).await?;
    Ok(Json(Proven { proven_until: now.plus(PROVEN_MS) }))
}

async fn by_passkey(
    app: &App,
    caller: &Caller,
    session: &SessionId,
    asked: &Asked,
    assertion: &Assertion,
) -> Result<Vec<Statement>, ApiError> {
    let verified = passkeys::verify_proof(app, asked, &caller.principal_id, session, assertion).await?;
    verified.map(|verified| verified.changes).ok_or_else(|| {
        wrong("passkey", "this is no answer of one of your passkeys to what it was asked a moment ago")
    })
}

async fn by_code(app: &App, caller: &Caller, code: &str) -> Result<Vec<Statement>, ApiError> {
    let known = store::code_app(&*app.database, &caller.principal_id).await;
    let known = known.map_err(ApiError::database("find the app"))?.filter(|known| known.is_confirmed);
    let known = known.ok_or_else(wrong_code)?;
    let secret = secret(app, caller, &known.salt)?;
    let step = code::step_of(shortened(&secret), code, app.clock.now(), known.last_step);
    let step = step.ok_or_else(wrong_code)?;
    Ok(store::use_code(&caller.principal_id, &known.salt, step).to_vec())
}

async fn by_recovery_code(app: &App, caller: &Caller, code: &str) -> Result<Vec<Statement>, ApiError> {
    let refused = || wrong("recovery_code", "this is none of your recovery codes, or it was used already");
    let key = keys::recovery_key(&app.platform()?.master_key, &caller.principal_id);
    let fingerprint = recovery::fingerprint(&key, code).ok_or_else(refused)?;
    let is_there = store::has_recovery_code(&*app.database, &caller.principal_id, &fingerprint).await;
    if !is_there.map_err(ApiError::database("find the recovery code"))? {
        return Err(refused());
    }
    Ok(store::use_recovery_code(&caller.principal_id, &fingerprint).to_vec())
}

/// One answer for every code that proves nothing.
pub(super) fn wrong_code() -> ApiError {
    wrong("code", "this is not the code that is shown now, or it was used already")
}

fn wrong(field: &str, message: &str) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message: message.to_owned() }
}

/// The session that asks.
pub(super) fn current(caller: &Caller) -> Result<&CurrentSession, ApiError> {
    let cause = "the route requires a session, and there is none".to_owned();
    caller.session.as_ref().ok_or(ApiError::Internal { doing: "find the session", cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_proves_it_and_not_two() {
        let text = || Some("1".to_owned());
        let none = ProofRequest::default;
        let cases = [
            (none(), false),
            (ProofRequest { code: text(), ..none() }, true),
            (ProofRequest { recovery_code: text(), ..none() }, true),
            (ProofRequest { code: text(), recovery_code: text(), ..none() }, false),
        ];
        for (request, expected) in cases {
            assert_eq!(given(request.clone()).is_ok(), expected, "{request:?}");
        }
    }
}
