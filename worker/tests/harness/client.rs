//! Whoever asks for something from outside: people, and the machines.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

use axum::body::Body;
use futures_util::FutureExt as _;
use noc_shared::{
    id::{DeploymentId, OrganizationId, ServerId},
    time::Timestamp,
};
use noc_worker::{
    ports::{Clock as _, Targets as _},
    targets::{ReportEnvelope, ReportOutcome, TargetAnswer, TargetRequest},
};
use serde_json::json;

use super::{behind, moment::Wish, world::World};

/// The one name that everybody wants.
pub(crate) const NAME: &str = "alpha";

/// The one organization.
pub(crate) const ORGANIZATION: &str = "org_000000000000000000000001";

/// After this time whoever was told "not now" asks again.
const AGAIN_MS: i64 = 5_000;

/// How long a machine takes from its creation to its first report.
const BOOT_MS: i64 = 40_000;

/// How often a machine reports. A real one does so forever; this one is heard at least so often, and then keeps quiet.
const REPORT_EVERY_MS: i64 = 30_000;
const REPORTS: u64 = 2;

/// Something that was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// By a person; with a key, so that the same wish is not met twice.
    Wish { wish: Wish, key: u64 },
    /// By a machine, which reports.
    Report { server_id: ServerId, droplet: u64, counter: u64 },
}

/// Asks for something now.
pub(crate) fn ask_for(world: &Arc<World>, wish: Wish) {
    let key = world.next_key();
    meet(world, Asked::Wish { wish, key });
}

/// Asks for something some time from now.
pub(crate) fn ask_for_later(world: &Arc<World>, millis: i64, wish: Wish) {
    let key = world.next_key();
    world.ask_later(millis, Asked::Wish { wish, key });
}

/// Tries to meet a wish, and keeps it for later if that cannot be done now.
pub(crate) fn meet(world: &Arc<World>, asked: Asked) {
    let again = match &asked {
        Asked::Wish { wish: Wish::Deploy, key } => {
            // A wish that is told again may find the run that it began itself.
            let busy = world.is_new(*key) && world.has_open_run();
            let (status, body) = deploy(world, *key);
            if busy && status == 202 {
                world.violated(format!("the name was given away that somebody is working on: {body}"));
            }
            world.expect_status(status, &[202, 409], &body);
            is_not_now(status, &body)
        }
        Asked::Wish { wish: Wish::Destroy, .. } => {
            let (status, body) = destroy(world);
            world.expect_status(status, &[202, 404], &body);
            is_not_now(status, &body)
        }
        Asked::Wish { wish: Wish::Cancel, key } => {
            let Some(id) = world.about(*key) else { return };
            let (status, body) = operate(world, &id, "cancel");
            world.expect_status(status, &[200, 202, 404, 409], &body);
            if status == 202 {
                world.crowd.lock().unwrap().cancelled.push(id);
            }
            is_not_now(status, &body)
        }
        Asked::Wish { wish: Wish::Retry, key } => {
            let Some(id) = world.about(*key) else { return };
            let (status, body) = operate(world, &id, "retry");
            world.expect_status(status, &[200, 202, 404, 409], &body);
            is_not_now(status, &body)
        }
        Asked::Wish { wish: Wish::Repair, .. } => {
            let request = http::Request::post(format!("/api/servers/{NAME}/repair"));
            let (status, body) = world.respond(finish(request, &json!({})));
            world.expect_status(status, &[202, 404, 409], &body);
            is_not_now(status, &body)
        }
        Asked::Wish { wish: Wish::Adopt, .. } => {
            let request = http::Request::post(format!("/api/orphans/{}/adopt", behind::ORPHAN));
            let body = json!({ "branch": "master", "enable_cloudflare_proxy": true });
            let (status, body) = world.respond(finish(request, &body));
            world.expect_status(status, &[202, 404, 409], &body);
            is_not_now(status, &body)
        }
        Asked::Wish { wish: Wish::Meddle(how), .. } => return behind::meddle(world, *how),
        Asked::Report { server_id, droplet, counter } => return report(world, server_id, *droplet, *counter),
    };
    if again {
        world.ask_later(AGAIN_MS, asked);
    }
}

/// Whether somebody is told to ask again, and not how a run ended.
fn is_not_now(status: u16, body: &serde_json::Value) -> bool {
    status >= 500 && body["error"]["details"]["deployment_id"].is_null()
}

/// Asks for a server.
fn deploy(world: &Arc<World>, key: u64) -> (u16, serde_json::Value) {
    let body = json!({
        "server_name": NAME,
        "droplet_size": "s-2vcpu-4gb",
        "droplet_region": "nyc1",
        "branch": "master",
        "enable_cloudflare_proxy": true,
    });
    let request = http::Request::post("/api/deploy").header("idempotency-key", format!("key-{key}"));
    world.respond(finish(request, &body))
}

/// Asks for the server to go away.
fn destroy(world: &Arc<World>) -> (u16, serde_json::Value) {
    let request = http::Request::delete(format!("/api/servers/{NAME}"));
    world.respond(finish(request, &json!({ "confirm": "DESTROY" })))
}

/// Asks for a run to be cancelled, or to go on.
fn operate(world: &Arc<World>, id: &DeploymentId, what: &str) -> (u16, serde_json::Value) {
    let request = http::Request::post(format!("/api/deployments/{id}/{what}"));
    world.respond(request.header("host", "noc.test").body(Body::empty()).unwrap())
}

fn finish(request: http::request::Builder, body: &serde_json::Value) -> http::Request<Body> {
    let request = request.header("content-type", "application/json").header("prefer", "respond-async");
    request.header("host", "noc.test").body(Body::from(body.to_string())).unwrap()
}

/// Asks the object itself, with nothing between.
pub(crate) fn ask(world: &World, request: TargetRequest) -> Option<TargetAnswer> {
    let organization = OrganizationId::parse(ORGANIZATION).unwrap();
    world.ask(&organization, NAME, request).now_or_never().unwrap().ok()
}

/// New machines boot, and report a while later.
pub(crate) fn boot_machines(world: &Arc<World>) {
    if !world.made.swap(false, Ordering::Relaxed) {
        return;
    }
    for droplet in world.simulator.ledger().droplets {
        // One whose tag somebody has taken away has booted before.
        let Some(tag) = droplet.tags.iter().find_map(|tag| tag.strip_prefix("noc-server:")) else { continue };
        let server_id = ServerId::parse(tag).unwrap();
        if world.boots(droplet.id) {
            world.ask_later(BOOT_MS, Asked::Report { server_id, droplet: droplet.id, counter: 1 });
        }
    }
}

/// A machine reports, until it is heard.
fn report(world: &Arc<World>, server_id: &ServerId, droplet: u64, counter: u64) {
    if !world.simulator.ledger().droplets.iter().any(|other| other.id == droplet) {
        return;
    }
    let capacity = json!({ "total_bytes": 4_000_000_000_u64, "available_bytes": 3_000_000_000_u64 });
    let report = json!({
        "uptime": 60, "load": [0.5, 0.25, 0.125], "memory": capacity, "disk": capacity, "services": {}, "lines": [],
    });
    let envelope = ReportEnvelope {
        server_id: server_id.clone(),
        counter,
        generation: 1,
        report: serde_json::from_value(report).unwrap(),
    };
    match ask(world, TargetRequest::Report(Box::new(envelope))) {
        Some(TargetAnswer::Absent) => {}
        Some(TargetAnswer::Report(ReportOutcome::Taken(_))) if counter >= REPORTS => {}
        Some(TargetAnswer::Report(ReportOutcome::Taken(_))) => {
            let again = Asked::Report { server_id: server_id.clone(), droplet, counter: counter + 1 };
            world.ask_later(REPORT_EVERY_MS, again);
        }
        Some(
            TargetAnswer::Report(ReportOutcome::Replayed { .. } | ReportOutcome::TooOften)
            | TargetAnswer::Failed,
        )
        | None => {
            let again = Asked::Report { server_id: server_id.clone(), droplet, counter: counter + 1 };
            world.ask_later(AGAIN_MS, again);
        }
        Some(other) => panic!("{other:?}"),
    }
}

/// The wish that is the next one due, and when.
pub(crate) fn next(world: &World) -> Option<(Timestamp, usize)> {
    let wishes = world.wishes.lock().unwrap();
    wishes.iter().enumerate().map(|(index, (at, _))| (*at, index)).min()
}

/// What is known of those who ask.
#[derive(Default)]
pub(crate) struct Crowd {
    /// Whether machines report at all.
    pub(crate) machines_are_silent: bool,
    /// A machine that was there before, and belongs to nobody until it is adopted.
    pub(crate) orphan: Option<u64>,
    /// Whether somebody has changed something behind NOC's back.
    pub(crate) meddled: bool,
    /// Runs of which NOC has said that they are being undone.
    pub(crate) cancelled: Vec<DeploymentId>,
    keys: u64,
    told: BTreeSet<u64>,
    about: BTreeMap<u64, DeploymentId>,
    booted: BTreeSet<u64>,
}

impl World {
    fn next_key(&self) -> u64 {
        let mut crowd = self.crowd.lock().unwrap();
        crowd.keys += 1;
        crowd.keys
    }

    /// Whether a wish is told for the first time.
    fn is_new(&self, key: u64) -> bool {
        self.crowd.lock().unwrap().told.insert(key)
    }

    /// The run that a wish is about: the newest when it is told, and the same one when it is told again.
    fn about(&self, key: u64) -> Option<DeploymentId> {
        let newest = self.runs().pop();
        let mut crowd = self.crowd.lock().unwrap();
        if let Some(newest) = newest {
            crowd.about.entry(key).or_insert(newest);
        }
        crowd.about.get(&key).cloned()
    }

    /// Whether a droplet is new, and will report.
    fn boots(&self, droplet: u64) -> bool {
        let mut crowd = self.crowd.lock().unwrap();
        !crowd.machines_are_silent && crowd.booted.insert(droplet)
    }

    fn expect_status(&self, status: u16, expected: &[u16], body: &serde_json::Value) {
        if status < 500 && !expected.contains(&status) {
            self.violated(format!("answered {status}: {body}"));
        }
    }

    fn has_open_run(&self) -> bool {
        let kept = self.kept(&format!("{ORGANIZATION}/{NAME}"));
        kept.is_some_and(|kept| kept.runs().iter().any(|(_, _, ended)| !ended))
    }

    fn ask_later(&self, millis: i64, asked: Asked) {
        self.wishes.lock().unwrap().push((self.now().plus(millis), asked));
    }
}
