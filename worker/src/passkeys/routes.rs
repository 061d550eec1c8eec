//! `/api/passkeys`: one's own passkeys.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{delete, get, post},
};
use http::{HeaderMap, Method, StatusCode, Uri};
use noc_shared::{
    id::PasskeyId,
    passkeys::{
        Assertion, AssertionOptions, LONGEST_NAME, Passkey, PasskeyList, PasskeyOptions, PasskeyRequest,
    },
};
use serde_json::{Value, json};

use super::{
    ceremony::{self, Expected},
    challenge::Purpose,
    cose, encode, sign_in, store,
    verify::{Asked, answered, refused},
};
use crate::{
    api::{Answer, Body, Operation, Parameters, Proof, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    error::ApiError,
    organizations::{Caller, CurrentSession},
    second_factor::may_get_one,
    sessions, users,
};

/// Nobody has more machines than this.
const MOST: usize = 20;

/// The routes of passkeys.
pub fn routes() -> Vec<Route> {
    let route = Route::new;
    vec![
        route(
            Method::GET,
            "/api/passkeys",
            Requires::Session(Proof::None),
            Operation {
                id: "list_passkeys",
                summary: "One's own passkeys, the newest first.",
                answers: vec![Answer::json(200, "always", schema::<PasskeyList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        route(
            Method::POST,
            "/api/passkeys/challenge",
            Requires::Session(Proof::FactorOrFresh),
            Operation {
                id: "ask_for_passkey",
                summary: "What the browser is asked to make, within five minutes.",
                answers: vec![Answer::json(200, "always", schema::<PasskeyOptions>())],
                refusals: &[409, 422, 503],
                ..Operation::default()
            },
            post(ask),
        ),
        route(
            Method::POST,
            "/api/passkeys",
            Requires::Session(Proof::FactorOrFresh),
            Operation {
                id: "make_passkey",
                summary: "Keeps what the browser made: from now on it signs in and proves the second factor.",
                body: Some(schema::<PasskeyRequest>()),
                answers: vec![Answer::json(201, "it is kept", schema::<Passkey>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "passkeys.make",
                ..Operation::default()
            },
            post(make),
        ),
        route(
            Method::DELETE,
            "/api/passkeys/{id}",
            Requires::Session(Proof::Factor),
            Operation {
                id: "delete_passkey",
                summary: "Forgets a passkey of one's own.",
                answers: vec![Answer::empty("it is gone")],
                refusals: &[404, 422, 503],
                audits: "passkeys.delete",
                ..Operation::default()
            },
            delete(remove),
        ),
        route(
            Method::POST,
            "/api/sign-in/passkey/challenge",
            Requires::Nothing("whoever signs in has not shown yet who they are"),
            Operation {
                id: "ask_for_sign_in",
                summary: "What a passkey is asked to sign, within five minutes.",
                answers: vec![Answer::json(200, "always", schema::<AssertionOptions>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            post(sign_in::ask),
        ),
        route(
            Method::POST,
            "/api/sign-in/passkey",
            Requires::Nothing("the passkey shows who asks"),
            Operation {
                id: "sign_in_by_passkey",
                summary: "Signs in by a passkey, which proves the second factor too.",
                body: Some(schema::<Assertion>()),
                answers: vec![Answer::empty("the session has begun")],
                refusals: &[400, 401, 403, 409, 413, 415, 422, 429, 503],
                audits: "sessions.begin",
                ..Operation::default()
            },
            post(sign_in::sign_in),
        ),
    ]
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<store::Kept>, ApiError> {
    store::of_user(&*app.database, &caller.principal_id)
        .await
        .map_err(ApiError::database("list the passkeys"))
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<PasskeyList>, ApiError> {
    parameters.end()?;
    let passkeys = all(&app, &caller).await?.into_iter().map(|kept| kept.passkey).collect();
    Ok(Json(PasskeyList { passkeys }))
}

async fn ask(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Json<PasskeyOptions>, ApiError> {
    parameters.end()?;
    may_get_one(&caller)?;
    let asked = Asked::of(&app, &uri, &headers)?;
    let session = current(&caller)?;
    let kept = all(&app, &caller).await?;
    room_for_one_more(&kept)?;
    let question = asked.question(Purpose::Make(session.id.as_str()));
    Ok(Json(PasskeyOptions {
        challenge: encode(&question.ask(&*app.random, app.clock.now())),
        rp_id: asked.rp_id().to_owned(),
        user_id: encode(caller.principal_id.as_str().as_bytes()),
        user_name: caller.email.clone().unwrap_or_default(),
        user_display_name: caller.name.clone(),
        algorithms: cose::ALGORITHMS.to_vec(),
        exclude: kept.into_iter().map(|kept| kept.credential_id).collect(),
    }))
}

async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<PasskeyRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    may_get_one(&caller)?;
    let asked = Asked::of(&app, &uri, &headers)?;
    let session = current(&caller)?;
    let now = app.clock.now();
    let name = request.name.trim();
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        let message = format!("a name has 1 to {LONGEST_NAME} characters, and none that cannot be seen");
        return Err(ApiError::Invalid { field: "name".to_owned(), message });
    }
    room_for_one_more(&all(&app, &caller).await?)?;
    let expected = Expected { question: asked.question(Purpose::Make(session.id.as_str())), now };
    let made = ceremony::made(&request, expected).map_err(|why| {
        refused(&app, why.0);
        let message = "this is no passkey that was asked for here a moment ago; make it anew".to_owned();
        ApiError::Invalid { field: "attestation_object".to_owned(), message }
    })?;
    let credential_id = encode(&made.credential_id);
    let known = store::by_credential(&*app.database, &credential_id).await;
    if known.map_err(ApiError::database("find the passkey"))?.is_some() {
        let message = "this passkey is kept already".to_owned();
        return Err(ApiError::Conflict { code: "passkey_known", message });
    }
    let kept = store::Kept {
        passkey: Passkey {
            id: PasskeyId::from_random(app.random.identifier()),
            name: name.to_owned(),
            host: asked.rp_id().to_owned(),
            is_backed_up: made.is_backed_up,
            created_at: now,
            last_used_at: None,
        },
        user_id: caller.principal_id.clone(),
        credential_id,
        public_key: encode(&made.public_key),
        uses: made.uses,
    };
    let mut changes = answered(&made.answered, now).to_vec();
    changes.push(store::insert(&kept));
    changes.push(users::note_second_factor(&caller.principal_id));
    // It was just used, by whom it knows.
    changes.push(sessions::proven(&session.id, now));
    audit::record(&app, &caller, act("passkeys.make", &kept.passkey.id, None, Some(&kept.passkey)), changes)
        .await?;
    Ok((StatusCode::CREATED, Json(kept.passkey)).into_response())
}

async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(id): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let kept = all(&app, &caller).await?.into_iter().find(|kept| kept.passkey.id.as_str() == id);
    let passkey = kept.ok_or(ApiError::NotFound("passkey"))?.passkey;
    let changes = vec![
        store::delete(&caller.principal_id, &passkey.id),
        users::note_second_factor(&caller.principal_id),
    ];
    audit::record(&app, &caller, act("passkeys.delete", &passkey.id, Some(&passkey), None), changes).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn act(action: &'static str, id: &PasskeyId, before: Option<&Passkey>, after: Option<&Passkey>) -> Act {
    let value = |passkey: &Passkey| -> Value { json!({ "name": passkey.name, "host": passkey.host }) };
    Act { action, kind: "passkey", id: id.to_string(), before: before.map(value), after: after.map(value) }
}

fn room_for_one_more(kept: &[store::Kept]) -> Result<(), ApiError> {
    if kept.len() < MOST {
        return Ok(());
    }
    let message = format!("a person has at most {MOST} passkeys; delete one first");
    Err(ApiError::Conflict { code: "too_many", message })
}

fn current(caller: &Caller) -> Result<&CurrentSession, ApiError> {
    let cause = "the route requires a session, and there is none".to_owned();
    caller.session.as_ref().ok_or(ApiError::Internal { doing: "find the session", cause })
}
