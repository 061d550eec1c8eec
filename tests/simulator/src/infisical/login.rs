//! The login of a machine identity, which locks itself after a few failures.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::message::unknown_property;
use crate::{Millis, Reply};

use super::problem::{Problem, issue};
use super::{Call, State};

/// The defaults of the schema: three failures lock for 300 s, and 30 s without a failure forget them.
const THRESHOLD: u32 = 3;
const LOCKED_MS: u64 = 300_000;
const FORGOTTEN_AFTER_MS: u64 = 30_000;

/// The failed logins of the one identity.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Lockout {
    failures: u32,
    last_failure: Millis,
    locked_until: Millis,
}

impl Lockout {
    fn is_locked(&self, now: Millis) -> bool {
        now < self.locked_until
    }

    fn fail(&mut self, now: Millis) {
        if now.saturating_sub(self.last_failure) >= FORGOTTEN_AFTER_MS {
            self.failures = 0;
        }
        self.failures += 1;
        self.last_failure = now;
        if self.failures >= THRESHOLD {
            self.locked_until = now.saturating_add(LOCKED_MS);
            self.failures = 0;
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Token<'a> {
    access_token: &'a str,
    expires_in: u64,
    #[serde(rename = "accessTokenMaxTTL")]
    access_token_max_ttl: u64,
    token_type: &'static str,
}

/// `POST /api/v1/auth/universal-auth/login`
pub(super) fn login(state: &mut State, call: &mut Call<'_>) -> Result<Reply, Problem> {
    let body = body(call)?;
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    let missing: Vec<Value> = ["clientId", "clientSecret"]
        .into_iter()
        .filter(|name| field(name).is_none())
        .map(|name| issue("invalid_type", name, "Required"))
        .collect();
    if !missing.is_empty() {
        return Err(Problem::validation(missing));
    }
    if let Some(name) = unknown_property(&body, &["clientId", "clientSecret", "subOrganizationName"]) {
        return Err(Problem::validation(vec![issue("unrecognized_keys", name, "Unrecognized key")]));
    }

    // An unknown client cannot lock an identity that it does not name.
    if field("clientId") != Some(call.settings.infisical_client_id.as_str()) {
        return Err(Problem::unauthorized("Invalid credentials"));
    }
    if state.lockout.is_locked(call.now) {
        let message = "This identity auth method is temporarily locked, please try again later";
        return Err(Problem::unauthorized(message));
    }
    if field("clientSecret") != Some(call.settings.infisical_client_secret.as_str()) {
        state.lockout.fail(call.now);
        return Err(Problem::unauthorized("Invalid credentials"));
    }
    state.lockout = Lockout::default();

    let seconds = call.settings.infisical_token_seconds;
    let token = format!("sim.{}.{}", call.random.hex(16), call.random.hex(24));
    let now = call.now;
    // Of the tokens that are no longer valid, the latest thousand are enough to call them expired.
    if state.tokens.len() > 1_000 {
        state.tokens.retain(|_, expires_at| *expires_at > now);
    }
    state.tokens.insert(token.clone(), now.saturating_add(seconds.saturating_mul(1_000)));
    Ok(Reply::json(
        200,
        &Token {
            access_token: &token,
            expires_in: seconds,
            access_token_max_ttl: seconds,
            token_type: "Bearer",
        },
    ))
}

fn body(call: &Call<'_>) -> Result<Map<String, Value>, Problem> {
    if !call.request.has_json_content_type() {
        return Err(Problem::bad_request("Unsupported Media Type: Content-Type must be application/json"));
    }
    match serde_json::from_slice(&call.request.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Problem::validation(vec![json!({
            "code": "invalid_type", "expected": "object", "path": [], "message": "Expected object",
        })])),
        Err(cause) => Err(Problem::bad_request(&format!("Body is not valid JSON: {cause}"))),
    }
}
