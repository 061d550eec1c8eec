//! Infisical: the login of a machine identity, and the secrets of a project.

mod login;
mod problem;
mod query;
mod secrets;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::message::Target;
use crate::random::Random;
use crate::{Millis, Reply, Request, Settings};

use login::Lockout;
use problem::Problem;

/// What Infisical keeps: the access tokens that it gave out, and the failed logins.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct State {
    /// Access tokens and when they expire.
    tokens: BTreeMap<String, Millis>,
    lockout: Lockout,
}

impl State {
    /// Makes every token that was given out so far an expired one.
    pub(crate) fn expire_tokens(&mut self) {
        self.tokens.values_mut().for_each(|expires_at| *expires_at = 0);
    }

    /// How many tokens are valid.
    pub(crate) fn valid_tokens(&self, now: Millis) -> usize {
        self.tokens.values().filter(|expires_at| **expires_at > now).count()
    }
}

/// What one call brings with it, beside the state.
struct Call<'a> {
    settings: &'a Settings,
    random: &'a mut Random,
    now: Millis,
    request: &'a Request,
    target: Target,
}

/// Answers one call; `rest` is the target without the provider's prefix.
pub(crate) fn handle(
    state: &mut State,
    settings: &Settings,
    random: &mut Random,
    now: Millis,
    request: &Request,
    rest: &str,
) -> Reply {
    let request_id = request_id(random);
    let mut call = Call { settings, random, now, request, target: Target::parse(rest) };
    route(state, &mut call).unwrap_or_else(|problem| problem.reply(&request_id))
}

/// The answer of an injected status, in the provider's own form.
pub(crate) fn fault(random: &mut Random, status: u16) -> Reply {
    Problem::of_status(status).reply(&request_id(random))
}

fn request_id(random: &mut Random) -> String {
    format!("req-{}", random.hex(7))
}

fn route(state: &mut State, call: &mut Call<'_>) -> Result<Reply, Problem> {
    let segments = call.target.segments.clone();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (call.request.method.as_str(), path.as_slice()) {
        ("POST", ["api", "v1", "auth", "universal-auth", "login"]) => login::login(state, call),
        ("GET", ["api", version @ "v4", "secrets"]) | ("GET", ["api", version @ "v3", "secrets", "raw"]) => {
            authenticate(state, call)?;
            secrets::list(call, version)
        }
        ("GET", ["api", version @ "v4", "secrets", name])
        | ("GET", ["api", version @ "v3", "secrets", "raw", name]) => {
            authenticate(state, call)?;
            secrets::get(call, version, name)
        }
        (method, _) => Err(Problem::no_route(method, &call.request.target)),
    }
}

fn authenticate(state: &State, call: &Call<'_>) -> Result<(), Problem> {
    if call.request.get_header("authorization").is_none() {
        return Err(Problem::unauthorized("Token missing"));
    }
    match call.request.bearer_token().and_then(|token| state.tokens.get(token)) {
        Some(expires_at) if *expires_at > call.now => Ok(()),
        Some(_) => Err(Problem::token("Your token has expired. Please re-authenticate.")),
        None => Err(Problem::token("Your token is malformed. Please re-authenticate.")),
    }
}
