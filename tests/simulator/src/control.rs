//! The control surface below `/_simulator`: what a test or a person tells the simulator over HTTP.
//!
//! | call | does |
//! | --- | --- |
//! | `GET health` | says that it is there |
//! | `POST`, `GET`, `DELETE faults`, `GET`, `DELETE faults/{id}` | injects one fault or a list, lists them with their counts, takes them away |
//! | `GET ledger` | what exists |
//! | `GET`, `DELETE calls` | the last calls, by `provider`, `method` and `path_contains`; forgets them |
//! | `POST records` | puts a DNS record into a zone behind NOC's back |
//! | `DELETE records/{id}`, `DELETE droplets/{id}` | makes one vanish behind NOC's back |
//! | `GET`, `POST agents` | the machines; `{"boot": false}` silences all of them, with `droplet_id` one |
//! | `POST infisical/expire` | makes all access tokens expired |
//! | `GET`, `PATCH settings` | latencies and limits |
//! | `POST reset` | forgets everything |

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::faults::{Fault, FaultId, Provider};
use crate::message::Target;
use crate::simulator::Inner;
use crate::world::Call;
use crate::{Millis, Reply, Request, cloudflare, ledger};

/// A refused call, and why.
struct Refusal(u16, String);

type Answer = Result<Reply, Refusal>;

pub(crate) fn handle(inner: &mut Inner, now: Millis, request: &Request) -> Reply {
    let target = Target::parse(&request.target);
    route(inner, now, request, &target)
        .unwrap_or_else(|Refusal(status, message)| Reply::json(status, &json!({"error": message})))
}

fn route(inner: &mut Inner, now: Millis, request: &Request, target: &Target) -> Answer {
    let path = target.path();
    let Some((&"_simulator", path)) = path.split_first() else {
        return Err(not_found("a path begins with /digitalocean, /cloudflare, /infisical or /_simulator"));
    };
    match (request.method.as_str(), path) {
        ("GET", ["health"]) => ok(&json!({"status": "ok"})),
        ("GET", ["ledger"]) => ok(&ledger::ledger(&inner.world)),
        ("POST", ["reset"]) => {
            inner.reset();
            ok(&json!({"reset": true}))
        }
        ("GET", ["faults"]) => ok(&json!({"faults": inner.world.faults.states()})),
        ("POST", ["faults"]) => inject(inner, request),
        ("DELETE", ["faults"]) => {
            inner.world.faults.clear();
            Ok(Reply::empty(204))
        }
        ("GET", ["faults", id]) => {
            let id = fault_id(id)?;
            let state = inner.world.faults.states().iter().find(|state| state.id == id);
            ok(state.ok_or_else(|| not_found("there is no such fault"))?)
        }
        ("DELETE", ["faults", id]) => removed(inner.world.faults.remove(fault_id(id)?)),
        ("GET", ["calls"]) => calls(inner, target),
        ("DELETE", ["calls"]) => {
            inner.world.calls.clear();
            Ok(Reply::empty(204))
        }
        ("POST", ["records"]) => add_record(inner, now, request),
        ("DELETE", ["records", id]) => removed(inner.world.cloudflare.records.remove(*id).is_some()),
        ("DELETE", ["droplets", id]) => {
            let id = id.parse().map_err(|_| not_found("a droplet's id is a number"))?;
            removed(inner.world.digitalocean.vanish(id))
        }
        ("GET", ["agents"]) => ok(&json!({"boot": inner.world.boot, "agents": inner.world.machines})),
        ("POST", ["agents"]) => agents(inner, request),
        ("POST", ["infisical", "expire"]) => {
            let expired = inner.world.infisical.valid_tokens(now);
            inner.world.infisical.expire_tokens();
            ok(&json!({"expired": expired}))
        }
        ("GET", ["settings"]) => ok(&Adjustable::of(inner)),
        ("PATCH", ["settings"]) => adjust(inner, request),
        _ => Err(not_found("the control surface has no such call")),
    }
}

fn inject(inner: &mut Inner, request: &Request) -> Answer {
    let value: Value = body(request)?;
    let faults: Vec<Fault> = match value {
        Value::Array(_) => convert(value)?,
        one => vec![convert(one)?],
    };
    let ids: Vec<FaultId> = faults.into_iter().map(|fault| inner.world.faults.inject(fault)).collect();
    Ok(Reply::json(201, &json!({"id": ids.first(), "ids": ids})))
}

fn calls(inner: &Inner, target: &Target) -> Answer {
    if let Some(name) = target.query.unknown(&["method", "path_contains", "provider"]) {
        return Err(Refusal(400, format!("unknown query parameter {name}")));
    }
    let query = |name| target.query.get(name).filter(|value| !value.is_empty());
    let provider: Option<Provider> = query("provider").map(|name| convert(json!(name))).transpose()?;
    let wanted = |call: &&Call| {
        provider.is_none_or(|provider| provider == call.provider)
            && query("method").is_none_or(|method| method == call.method)
            && query("path_contains").is_none_or(|part| call.target.contains(part))
    };
    let calls: Vec<&Call> = inner.world.calls.iter().filter(wanted).collect();
    ok(&json!({"total": calls.len(), "calls": calls}))
}

fn add_record(inner: &mut Inner, now: Millis, request: &Request) -> Answer {
    let mut record: Map<String, Value> = body(request)?;
    let zone_id = match record.remove("zone_id") {
        None => inner.settings.zone_id.clone(),
        Some(zone_id) => convert(zone_id)?,
    };
    // What a person would not write has a default here, unlike at the provider.
    record.entry("ttl").or_insert(json!(1));
    let world = &mut inner.world;
    match cloudflare::add_foreign(
        &mut world.cloudflare,
        &inner.settings,
        &mut world.random,
        now,
        &zone_id,
        &record,
    ) {
        Ok(id) => Ok(Reply::json(201, &json!({"id": id}))),
        Err(refused) => Ok(refused),
    }
}

fn agents(inner: &mut Inner, request: &Request) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        boot: bool,
        droplet_id: Option<u64>,
    }
    let wanted: Wanted = body(request)?;
    match wanted.droplet_id {
        None => inner.world.boot = wanted.boot,
        Some(id) if inner.world.digitalocean.droplets.contains_key(&id) => {
            inner.world.machines.entry(id).or_default().silent = !wanted.boot;
        }
        Some(_) => return Err(not_found("there is no such droplet")),
    }
    ok(&json!({"boot": wanted.boot, "droplet_id": wanted.droplet_id}))
}

/// The settings that may change while the simulator runs.
#[derive(Serialize)]
struct Adjustable {
    address_after_ms: u64,
    delete_after_ms: u64,
    action_after_ms: u64,
    droplet_limit: usize,
    rate_limits: bool,
}

impl Adjustable {
    fn of(inner: &Inner) -> Self {
        let settings = &inner.settings;
        Self {
            address_after_ms: settings.address_after_ms,
            delete_after_ms: settings.delete_after_ms,
            action_after_ms: settings.action_after_ms,
            droplet_limit: settings.droplet_limit,
            rate_limits: settings.rate_limits,
        }
    }
}

fn adjust(inner: &mut Inner, request: &Request) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        address_after_ms: Option<u64>,
        delete_after_ms: Option<u64>,
        action_after_ms: Option<u64>,
        droplet_limit: Option<usize>,
        rate_limits: Option<bool>,
    }
    let wanted: Wanted = body(request)?;
    let settings = &mut inner.settings;
    settings.address_after_ms = wanted.address_after_ms.unwrap_or(settings.address_after_ms);
    settings.delete_after_ms = wanted.delete_after_ms.unwrap_or(settings.delete_after_ms);
    settings.action_after_ms = wanted.action_after_ms.unwrap_or(settings.action_after_ms);
    settings.droplet_limit = wanted.droplet_limit.unwrap_or(settings.droplet_limit);
    settings.rate_limits = wanted.rate_limits.unwrap_or(settings.rate_limits);
    ok(&Adjustable::of(inner))
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body)
        .map_err(|cause| Refusal(400, format!("the body is refused: {cause}")))
}

fn convert<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|cause| Refusal(400, format!("the body is refused: {cause}")))
}

fn fault_id(text: &str) -> Result<FaultId, Refusal> {
    text.parse().map(FaultId).map_err(|_| not_found("a fault's id is a number"))
}

fn removed(was_there: bool) -> Answer {
    if was_there { Ok(Reply::empty(204)) } else { Err(not_found("there is no such thing")) }
}

fn not_found(message: &str) -> Refusal {
    Refusal(404, message.to_owned())
}

fn ok(body: &impl Serialize) -> Answer {
    Ok(Reply::json(200, body))
}
