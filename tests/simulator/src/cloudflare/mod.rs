//! Cloudflare's API v4: zones and DNS records.

mod model;
mod problem;
mod routes;

mod batch;
mod changes;
mod check;
mod filter;
mod records;
mod view;
mod zones;

use serde::Serialize;

use crate::message::Target;
use crate::random::Random;
use crate::{Millis, Reply, Request, Settings};

pub use model::Origin;
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

/// What every successful answer is wrapped in.
#[derive(Serialize)]
struct Envelope<T> {
    result: T,
    success: bool,
    errors: [(); 0],
    messages: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<ResultInfo>,
}

#[derive(Serialize)]
struct ResultInfo {
    page: usize,
    per_page: usize,
    count: usize,
    total_count: usize,
    total_pages: usize,
}

fn success(result: impl Serialize) -> Reply {
    Reply::json(200, &Envelope { result, success: true, errors: [], messages: [], result_info: None })
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
    let ray = random.hex(8);
    let mut call = Call { settings, random, now, request, target: Target::parse(rest) };
    let outcome = authenticate(&call)
        .and_then(|()| admit(state, settings, now))
        .and_then(|()| routes::route(state, &mut call));
    outcome.unwrap_or_else(|problem| problem.reply()).with_header("cf-ray", format!("{ray}-SIM"))
}

/// The answer of an injected status, in the provider's own form.
pub(crate) fn fault(random: &mut Random, status: u16) -> Reply {
    let ray = random.hex(8);
    Problem::of_status(status).reply().with_header("cf-ray", format!("{ray}-SIM"))
}

/// Adds a record as someone else would, from the body of a `POST`.
pub(crate) fn add_foreign(
    state: &mut State,
    settings: &Settings,
    random: &mut Random,
    now: Millis,
    zone_id: &str,
    object: &serde_json::Map<String, serde_json::Value>,
) -> Result<String, Reply> {
    let request = Request::default();
    let target = Target::parse("");
    let mut call = Call { settings, random, now, request: &request, target };
    let zone = zones::find(&call, zone_id).map_err(|problem| problem.reply())?;
    records::add(state, &mut call, &zone, object, Origin::Foreign).map_err(|problem| problem.reply())
}

fn authenticate(call: &Call<'_>) -> Result<(), Problem> {
    match call.request.get_header("authorization") {
        None => Err(Problem::new(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")),
        Some(_) if call.request.bearer_token() == Some(call.settings.cloudflare_token.as_str()) => Ok(()),
        Some(_) => Err(Problem::new(401, 10_000, "Authentication error")),
    }
}

fn admit(state: &mut State, settings: &Settings, now: Millis) -> Result<(), Problem> {
    if !settings.rate_limits {
        return Ok(());
    }
    state.window.slide(now);
    if state.window.count() >= settings.cloudflare_per_five_minutes {
        let wait_ms = state.window.oldest_leaves_at(now).saturating_sub(now);
        return Err(Problem::too_many_requests(Some(wait_ms.div_ceil(1_000).max(1))));
    }
    state.window.add(now);
    Ok(())
}
