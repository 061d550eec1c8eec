//! DigitalOcean's API v2.

mod catalog;
mod limits;
mod model;
mod paging;
mod problem;
mod routes;

mod account;
mod actions;
mod create;
mod droplets;
mod fields;
mod tags;
mod view;

use crate::message::Target;
use crate::random::Random;
use crate::{Millis, Reply, Request, Settings};

pub(crate) use model::State;
use problem::Problem;

/// What one call brings with it, beside the state.
struct Call<'a> {
    settings: &'a Settings,
    random: &'a mut Random,
    now: Millis,
    request: &'a Request,
    target: Target,
}

impl Call<'_> {
    /// Where links point: to the host that was called, so that a client which follows them stays here.
    fn base_url(&self) -> String {
        match self.request.get_header("host") {
            Some(host) => format!("http://{host}/digitalocean"),
            None => "https://api.digitalocean.com".into(),
        }
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.target.query.get(name)
    }
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
    state.settle(now);
    let request_id = random.uuid();
    let mut call = Call { settings, random, now, request, target: Target::parse(rest) };
    let outcome = authenticate(&call)
        .and_then(|()| state.limits.admit(settings, now))
        .and_then(|()| routes::route(state, &mut call));
    let reply = outcome.unwrap_or_else(|problem| problem.reply(&request_id));
    state.limits.describe(settings, now, reply).with_header("x-request-id", request_id)
}

/// The answer of an injected status, in the provider's own form.
pub(crate) fn fault(
    state: &mut State,
    settings: &Settings,
    random: &mut Random,
    now: Millis,
    status: u16,
) -> Reply {
    let request_id = random.uuid();
    let reply = Problem::of_status(status).reply(&request_id);
    state.limits.describe(settings, now, reply).with_header("x-request-id", request_id)
}

fn authenticate(call: &Call<'_>) -> Result<(), Problem> {
    if call.request.bearer_token() == Some(call.settings.digitalocean_token.as_str()) {
        Ok(())
    } else {
        Err(Problem::unauthorized())
    }
}
