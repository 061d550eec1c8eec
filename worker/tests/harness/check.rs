//! What must hold when nothing moves any more.

use std::{collections::BTreeSet, fmt, sync::Arc};

use futures_util::FutureExt as _;
use noc_shared::{
    deployments::{DeploymentStatus, Leftover, SagaKind},
    id::{DeploymentId, ServerId},
};
use noc_simulator::Origin;
use noc_worker::{
    ports::{Clock as _, Database, Param, Statement},
    targets::{RunView, TargetAnswer, TargetRequest},
};
use serde_json::Value;

use super::{
    behind,
    client::{self, NAME, ORGANIZATION},
    moment::Wish,
    ports::DATABASE,
    weather::Fair,
    world::World,
};

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) id: DeploymentId,
    pub(crate) saga: SagaKind,
    pub(crate) status: DeploymentStatus,
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.status.as_str())
    }
}

/// When somebody asks for an object that nothing else wakes: within the shortest deadline, because what nobody looks at for
/// longer is rightly given up.
const LOOKED_AT_AFTER_MS: i64 = 45_000;

/// Nothing takes longer than this: fifteen minutes for each of a few undos, after twenty-five for an agent, and hours of
/// somebody who is away.
const LONGEST_MS: i64 = 24 * 3_600_000;

/// Alarms, at most, in a run: a provider that is away is asked about once a minute.
const MOST_EVENTS: u32 = 4_000;

impl World {
    /// Lets everything happen that is to happen.
    pub(crate) fn run_until_quiet(self: &Arc<Self>) -> Result<(), String> {
        let limit = self.now().plus(LONGEST_MS);
        for _ in 0..MOST_EVENTS {
            if let Some(violation) = self.violation() {
                return Err(violation);
            }
            client::boot_machines(self);
            let alarm = self.next_alarm();
            let wish = client::next(self);
            let work = self.next_late_work();
            let Some(at) = [alarm, wish.map(|(at, _)| at), work].into_iter().flatten().min() else {
                if !self.is_asleep() {
                    return Ok(());
                }
                self.pass(LOOKED_AT_AFTER_MS);
                if !matches!(client::ask(self, TargetRequest::Ping), Some(TargetAnswer::Pong)) {
                    self.sleeps();
                }
                continue;
            };
            self.pass_until(at);
            if self.now() > limit {
                return Err("it does not come to an end in a day".to_owned());
            }
            if alarm == Some(at) {
                self.deliver_alarm();
            } else if let Some((_, index)) = wish.filter(|(due, _)| *due == at) {
                let (_, asked) = self.wishes.lock().unwrap().remove(index);
                client::meet(self, asked);
            } else {
                self.catch_up();
            }
        }
        Err(format!("it does not come to an end in {MOST_EVENTS} events"))
    }

    /// The runs on the name, oldest first: their identifiers.
    pub(crate) fn runs(&self) -> Vec<DeploymentId> {
        let kept = self.kept(&format!("{ORGANIZATION}/{NAME}"));
        kept.map(|kept| kept.runs()).unwrap_or_default().into_iter().map(|(id, ..)| id).collect()
    }

    fn view(&self, id: &DeploymentId) -> Result<RunView, String> {
        match client::ask(self, TargetRequest::Run { id: id.clone() }) {
            Some(TargetAnswer::Run(view)) => Ok(*view),
            other => Err(format!("asked for a run, the object says {other:?}")),
        }
    }

    fn rows(&self, sql: &'static str, params: &[Param]) -> Vec<serde_json::Map<String, Value>> {
        let database: &dyn Database = &*self.database;
        database.query(Statement::new(sql, params)).now_or_never().unwrap().unwrap()
    }
}

/// Says that everything is as it must be, and how the runs ended. What is stuck is cured then, which must leave nothing.
pub(crate) fn everything(world: &Arc<World>, cure: Wish) -> Result<Vec<End>, String> {
    world.set_weather(Box::new(Fair));
    mend(world)?;
    let ends = at_rest(world)?;
    if ends.last().is_some_and(|end| end.status == DeploymentStatus::Stuck) {
        client::ask_for(world, cure);
        world.run_until_quiet()?;
        let told = |error| format!("it was stuck, and after a {cure:?}: {error}");
        let last = at_rest(world).map_err(told)?.pop().map(|end| (end.saga, end.status));
        let is_cured = match last {
            Some((SagaKind::Deploy | SagaKind::Adopt, status)) => {
                status == DeploymentStatus::Unwound && cure == Wish::Retry
            }
            Some((SagaKind::Repair, status)) => status == DeploymentStatus::Succeeded && cure == Wish::Retry,
            Some((SagaKind::Destroy, status)) => status == DeploymentStatus::Succeeded,
            None => false,
        };
        if !is_cured {
            return Err(told(format!("the newest run is {last:?}")));
        }
    }
    Ok(ends)
}

/// What somebody has changed behind NOC's back is mended, if there is a server to mend.
fn mend(world: &Arc<World>) -> Result<(), String> {
    if !std::mem::take(&mut world.crowd.lock().unwrap().meddled) {
        return Ok(());
    }
    client::ask_for(world, Wish::Repair);
    world.run_until_quiet()
}

/// Says that everything is as it must be.
pub(crate) fn at_rest(world: &Arc<World>) -> Result<Vec<End>, String> {
    // Nothing happens in an hour, and an object that is looked at after it was lost has nothing to do.
    world.pass(3_600_000);
    world.catch_up();
    world.evict();
    client::ask(world, TargetRequest::Ping);
    if let Some(at) = world.next_alarm() {
        return Err(format!("an alarm is set for {at}, and there is nothing to do"));
    }
    let mut ends = Vec::new();
    let mut views: Vec<RunView> = Vec::new();
    for id in world.runs() {
        let view = world.view(&id)?;
        let summary = &view.deployment.summary;
        if !summary.status.is_final() {
            return Err(format!("the run {id} sleeps for good: {:#?}", view.deployment));
        }
        pictured(world, &view)?;
        ends.push(End { id, saga: summary.saga, status: summary.status });
        views.push(view);
    }
    for id in &world.crowd.lock().unwrap().cancelled {
        if ends.iter().any(|end| end.id == *id && end.status == DeploymentStatus::Succeeded) {
            return Err(format!("the run {id} was cancelled and succeeded all the same"));
        }
    }
    left(world, &views)?;
    Ok(ends)
}

/// What is at the providers is what the newest run says, or the one before it that a repair was about.
fn left(world: &World, views: &[RunView]) -> Result<(), String> {
    let Some(newest) = views.last() else { return nothing(world, None, views) };
    let server = &newest.deployment.summary.server_id;
    let made = views.iter().rfind(|view| view.deployment.summary.saga.makes_a_server());
    match (newest.deployment.summary.saga, newest.deployment.summary.status) {
        (SagaKind::Deploy | SagaKind::Adopt | SagaKind::Repair, DeploymentStatus::Succeeded) => {
            one_server(world, made.ok_or("a repair of nothing")?, views)
        }
        (SagaKind::Deploy | SagaKind::Adopt, DeploymentStatus::Unwound)
        | (SagaKind::Destroy, DeploymentStatus::Succeeded) => nothing(world, Some(server), views),
        (SagaKind::Repair, DeploymentStatus::Stuck) => not_doubled(world, views),
        (_, DeploymentStatus::Stuck) => accounted(world, newest, views),
        (saga, status) => Err(format!("the newest run is a {saga:?} that is {status:?}")),
    }
}

/// The machine that was there before, as long as nobody has adopted or destroyed it.
fn orphan(world: &World, views: &[RunView]) -> Option<u64> {
    let summaries = views.iter().map(|view| &view.deployment.summary);
    let mut about = summaries.filter(|summary| summary.server_id == behind::orphaned_server());
    let taken = about.next_back().is_some_and(|newest| {
        newest.saga == SagaKind::Destroy
            || newest.saga == SagaKind::Repair
            || newest.status == DeploymentStatus::Succeeded
    });
    world.crowd.lock().unwrap().orphan.filter(|_| !taken)
}

/// There is one server with all that belongs to it, and nothing else.
fn one_server(world: &World, deploy: &RunView, views: &[RunView]) -> Result<(), String> {
    let ledger = world.simulator.ledger();
    let server = &deploy.deployment.summary.server_id;
    let orphan = orphan(world, views);
    let own = ledger.droplets.iter().filter(|droplet| Some(droplet.id) != orphan);
    for droplet in own.clone() {
        let is_tagged = |tag: &str| droplet.tags.iter().any(|other| other == tag);
        if droplet.is_off || !is_tagged("noc") || !is_tagged(&format!("noc-server:{server}")) {
            return Err(format!("the droplet is not as it should be: {droplet:?}"));
        }
    }
    let droplets: Vec<String> = own.map(|droplet| droplet.id.to_string()).collect();
    if droplets != deploy.facts.droplet_id.iter().cloned().collect::<Vec<_>>() {
        return Err(format!(
            "the droplets {droplets:?} are there, and {:?} is known",
            deploy.facts.droplet_id
        ));
    }
    let records = ledger.dns_records.iter().filter(|record| record.origin == Origin::Api);
    let mut names = Vec::new();
    for record in records {
        let is_ours = record.comment.as_deref().is_some_and(|comment| comment.contains(server.as_str()));
        if !is_ours || !record.proxied || Some(&record.content) != deploy.facts.droplet_ip.as_ref() {
            return Err(format!("there is a record that should not be: {record:?}"));
        }
        names.push(record.name.clone());
    }
    let mut domains = deploy.facts.domains.clone();
    domains.sort();
    names.sort();
    if names != domains {
        return Err(format!("there are records for {names:?}, and domains {domains:?}"));
    }
    if reserved(world) != domains.iter().map(|domain| (domain.clone(), server.to_string())).collect() {
        return Err(format!("the reservations are {:?}", reserved(world)));
    }
    Ok(())
}

/// There is nothing.
fn nothing(world: &World, server: Option<&ServerId>, views: &[RunView]) -> Result<(), String> {
    let ledger = world.simulator.ledger();
    let orphan = orphan(world, views);
    if orphan.is_some_and(|orphan| ledger.droplets.iter().all(|droplet| droplet.id != orphan)) {
        return Err("the machine that was there before is gone".to_owned());
    }
    if ledger.left_over > usize::from(orphan.is_some()) {
        return Err(format!("leaked by {server:?}: {ledger:#?}"));
    }
    let reserved = reserved(world);
    if reserved.is_empty() { Ok(()) } else { Err(format!("still reserved: {reserved:?}")) }
}

fn not_doubled(world: &World, views: &[RunView]) -> Result<(), String> {
    let ledger = world.simulator.ledger();
    // The machine that was there before may have the name of one that was deployed since.
    let orphan = orphan(world, views);
    let own = ledger.droplets.iter().filter(|droplet| Some(droplet.id) != orphan).count();
    if own <= 1 && ledger.doubled.dns_records.is_empty() {
        return Ok(());
    }
    Err(format!("doubled: {own} droplets, {:?}", ledger.doubled.dns_records))
}

/// What is left is what is listed: everything that is there, and beyond that only what NOC has told the provider to
/// remove without being told that it is gone.
fn accounted(world: &World, stuck: &RunView, views: &[RunView]) -> Result<(), String> {
    not_doubled(world, views)?;
    let ledger = world.simulator.ledger();
    let orphan = orphan(world, views);
    let leftovers = &stuck.deployment.leftovers;
    // What somebody else has made of other names, NOC finds by its mark if it can look, and cannot know of otherwise.
    let domains = &stuck.facts.domains;
    let records = (ledger.dns_records.iter())
        .filter(|record| record.origin == Origin::Api && domains.contains(&record.name));
    let there: Vec<(&str, String)> = (ledger.droplets.iter().filter(|droplet| Some(droplet.id) != orphan))
        .map(|droplet| ("droplet", droplet.id.to_string()))
        .chain(records.map(|record| ("dns_record", record.id.clone())))
        .collect();
    for (kind, id) in &there {
        let listed = |leftover: &Leftover| {
            leftover.kind == *kind && leftover.id.as_ref().is_none_or(|known| known == id)
        };
        if !leftovers.iter().any(listed) {
            return Err(format!("the {kind} {id} is left and not listed: {leftovers:#?}"));
        }
    }
    let removals = removals(world);
    for leftover in leftovers.iter().filter(|leftover| leftover.kind != "domain_reservation") {
        let Some(id) = &leftover.id else { continue };
        let is_there = there.iter().any(|(kind, other)| *kind == leftover.kind && other == id);
        if !is_there && !removals.contains(leftover.kind.as_str()) {
            return Err(format!("{leftover:?} is listed and was never removed, but it is not there"));
        }
    }
    for leftover in leftovers.iter().filter(|leftover| leftover.kind == "domain_reservation") {
        // Nobody could look while the database was away, and nobody did who was cut off and slept past the deadline.
        let nobody_looked = world.was_away(DATABASE) || leftover.reason.starts_with("gave up");
        if reserved(world).is_empty() && !nobody_looked && !world.has_released() {
            return Err(format!("{leftover:?} is listed, and there is none"));
        }
    }
    Ok(())
}

/// The kinds of things of which some were removed.
fn removals(world: &World) -> BTreeSet<&'static str> {
    let calls = world.simulator.calls();
    let accepted = calls.iter().filter(|call| call.status.is_none_or(|status| status < 300));
    accepted
        .filter_map(|call| match call.method.as_str() {
            "DELETE" => Some("droplet"),
            "POST" if call.target.contains("/batch") => Some("dns_record"),
            _ => None,
        })
        .collect()
}

fn reserved(world: &World) -> BTreeSet<(String, String)> {
    let rows = world.rows("SELECT domain, server_id FROM domains", &[]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(&row["domain"]), text(&row["server_id"]))).collect()
}

/// The picture in the shared database is what the object says.
fn pictured(world: &World, view: &RunView) -> Result<(), String> {
    let summary = &view.deployment.summary;
    let sql = "SELECT status, document FROM deployments WHERE id = ?1";
    let rows = world.rows(sql, &[Param::from(summary.id.as_str())]);
    let document = rows.first().and_then(|row| row["document"].as_str()).unwrap_or("null");
    let document: Value = serde_json::from_str(document).unwrap();
    let expected = serde_json::to_value(summary).unwrap();
    if document != expected || rows[0]["status"] != expected["status"] {
        return Err(format!("the database shows {document:#}, and the object {expected:#}"));
    }
    let request = TargetRequest::Status { server_id: summary.server_id.clone() };
    let Some(TargetAnswer::Status(status)) = client::ask(world, request) else {
        return Err("the object does not know its server".to_owned());
    };
    let sql = "SELECT status, document FROM servers WHERE id = ?1";
    let rows = world.rows(sql, &[Param::from(summary.server_id.as_str())]);
    let document = rows.first().and_then(|row| row["document"].as_str()).unwrap_or("null");
    let document: Value = serde_json::from_str(document).unwrap();
    let status = serde_json::to_value(&*status).unwrap();
    for field in ["name", "status", "droplet_id", "ip", "domains", "created_at", "deployment_id", "services"]
    {
        if document[field] != status[field] {
            return Err(format!("{field}: the database shows {document:#}, and the object {status:#}"));
        }
    }
    Ok(())
}
