//! `/api/second-factor`: an app that shows codes, and recovery codes.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, Uri};
use noc_shared::second_factor::{CodesBegun, ConfirmRequest, RecoveryCodes, SecondFactor};
use serde_json::json;

use super::{
    code::{self, SECRET_BYTES},
    may_get_one,
    proof::current,
    recovery, store,
};
use crate::{
    access::site,
    api::{Body, Parameters},
    app::App,
    attempts,
    audit::{self, Act},
    config::Secret,
    error::ApiError,
    keys,
    organizations::Caller,
    passkeys,
    ports::Statement,
    sessions, users,
};

pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<SecondFactor>, ApiError> {
    parameters.end()?;
    let doing = "find the second factor";
    let code_app = store::code_app(&*app.database, &caller.principal_id).await;
    let left = store::recovery_codes(&*app.database, &caller.principal_id).await;
    Ok(Json(SecondFactor {
        passkeys: u32::try_from(passkeys::count(&app, &caller.principal_id).await?).unwrap_or(u32::MAX),
        has_codes: code_app.map_err(ApiError::database(doing))?.is_some_and(|known| known.is_confirmed),
        recovery_codes_left: left.map_err(ApiError::database(doing))?,
    }))
}

/// What somebody's codes are made of.
pub(super) fn secret(app: &App, caller: &Caller, salt: &str) -> Result<[u8; 32], ApiError> {
    Ok(keys::code_secret(&app.platform()?.master_key, &caller.principal_id, salt))
}

/// As much of it as an app takes.
pub(super) fn shortened(secret: &[u8; 32]) -> &[u8] {
    secret.first_chunk::<SECRET_BYTES>().map_or(&secret[..], |short| &short[..])
}

pub(super) async fn begin(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.end()?;
    may_get_one(&caller)?;
    let known = store::code_app(&*app.database, &caller.principal_id).await;
    if known.map_err(ApiError::database("find the app"))?.is_some_and(|known| known.is_confirmed) {
        let message = "an app shows codes already; remove it first".to_owned();
        return Err(ApiError::Conflict { code: "codes_already", message });
    }
    let salt = hex::encode(app.random.identifier());
    let secret = secret(&app, &caller, &salt)?;
    let typed = Secret::new(code::base32(shortened(&secret)));
    let site = site(&uri, &headers).unwrap_or_default();
    let host = site.split_once("://").map_or("", |(_, host)| host);
    let email = caller.email.as_deref().unwrap_or_default();
    let begun =
        CodesBegun { otpauth_url: code::otpauth_url(&typed, host, email), secret: typed.expose().to_owned() };
    let changes = store::begin(&caller.principal_id, &salt, app.clock.now()).to_vec();
    audit::record(&app, &caller, act("second_factor.begin", &caller), changes).await?;
    Ok((StatusCode::CREATED, Json(begun)).into_response())
}

pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
    Body(request): Body<ConfirmRequest>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    parameters.end()?;
    let session = current(&caller)?;
    let known = store::code_app(&*app.database, &caller.principal_id).await;
    let known = known.map_err(ApiError::database("find the app"))?.filter(|known| !known.is_confirmed);
    let known = known.ok_or(ApiError::NotFound("app that waits for its first code"))?;
    let account = format!("proof/{}", caller.principal_id);
    let attempt = attempts::begin(&app, Some(&account), caller.address.as_deref()).await?;
    let now = app.clock.now();
    let secret = secret(&app, &caller, &known.salt)?;
    let step = code::step_of(shortened(&secret), &request.code, now, known.last_step);
    let step = step.ok_or_else(super::proof::wrong_code)?;
    let (codes, kept) = new_codes(&app, &caller)?;
    let mut changes = store::use_code(&caller.principal_id, &known.salt, step).to_vec();
    changes.push(store::confirm(&caller.principal_id, now));
    changes.extend(kept);
    changes.push(users::note_second_factor(&caller.principal_id));
    changes.push(sessions::proven(&session.id, now));
    changes.extend(attempt.right());
    audit::record(&app, &caller, act("second_factor.codes", &caller), changes).await?;
    Ok(Json(codes))
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let known = store::code_app(&*app.database, &caller.principal_id).await;
    known.map_err(ApiError::database("find the app"))?.ok_or(ApiError::NotFound("app that shows codes"))?;
    let changes = vec![store::forget(&caller.principal_id), users::note_second_factor(&caller.principal_id)];
    audit::record(&app, &caller, act("second_factor.remove", &caller), changes).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn renew_recovery_codes(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<RecoveryCodes>, ApiError> {
    parameters.end()?;
    let (codes, changes) = new_codes(&app, &caller)?;
    audit::record(&app, &caller, act("second_factor.recovery", &caller), changes.to_vec()).await?;
    Ok(Json(codes))
}

/// New recovery codes, and the statements that keep them in the place of those from before.
fn new_codes(app: &App, caller: &Caller) -> Result<(RecoveryCodes, [Statement; 2]), ApiError> {
    let key = keys::recovery_key(&app.platform()?.master_key, &caller.principal_id);
    let made = recovery::make(&*app.random);
    let fingerprints: Vec<String> =
        made.iter().filter_map(|code| recovery::fingerprint(&key, code.expose())).collect();
    let recovery_codes = made.iter().map(|code| code.expose().to_owned()).collect();
    Ok((RecoveryCodes { recovery_codes }, store::keep_recovery_codes(&caller.principal_id, &fingerprints)))
}

fn act(action: &'static str, caller: &Caller) -> Act {
    let after = caller.email.as_ref().map(|email| json!({ "email": email }));
    Act { action, kind: "user", id: caller.principal_id.to_string(), before: None, after }
}
