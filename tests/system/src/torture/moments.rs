//! Bringing about the moment at which a kill shall come.

use std::{
    thread,
    time::{Duration, Instant},
};

use noc_shared::servers::ServerStatus;
use noc_simulator::{Effect, FaultId, Provider};

use super::{
    Torture, known,
    schedule::{Kill, Moment},
    users::Wish,
};
use crate::client::Client;

/// How long a moment is waited for. It comes within a second or so, unless another run has taken the fault that was
/// meant for this one; then the kill comes without it.
const COMES_WITHIN: Duration = Duration::from_secs(10);

/// How long a provider keeps a call open that a kill is aimed at: longer than the moment is waited for, and shorter
/// than NOC waits for an answer.
const OPEN_MS: u64 = 20_000;

/// Names that anybody may wish for. The first two stand in each other's way, as `torn` has the domain `torn-api`, so
/// that a deploy of one undoes itself while the other is there.
const WANTED: [&str; 5] = ["torn", "torn-api", "rent", "worn", "bent"];

/// Those of them that stand in nobody's way.
const FREE: &[&str] = &["rent", "worn", "bent"];

impl Torture {
    /// Comes back when the moment is there; says whether it was.
    pub(super) fn bring_about(&mut self, kill: &Kill) -> bool {
        let address_after_ms = kill.address_after_ms;
        self.noc.providers.update_settings(|settings| settings.address_after_ms = address_after_ms);
        if kill.moment != Moment::JustStarted {
            self.send_wishes(kill.requests);
        }
        let wait = Duration::from_millis(kill.wait_ms);
        match kill.moment {
            Moment::AnyTime | Moment::JustStarted => {
                thread::sleep(wait);
                true
            }
            Moment::Asked => {
                self.send_wishes(2);
                thread::sleep(wait);
                true
            }
            Moment::Answered => self.deploy().is_some(),
            Moment::DropletNotMade => self.deploy_into(POST_DROPLETS, not_made()),
            Moment::DropletNotRecorded => self.deploy_into(POST_DROPLETS, not_recorded()),
            Moment::RecordsNotMade => self.deploy_into(POST_RECORDS, not_made()),
            Moment::RecordsNotRecorded => self.deploy_into(POST_RECORDS, not_recorded()),
            Moment::UnwindingDroplet => {
                let deletion = self.inject(DELETE_DROPLET, not_recorded());
                self.deploy_that_fails().is_some() && self.has_fired(deletion)
            }
            Moment::UnwindingRecords => self.cancel_into(POST_RECORDS, not_recorded()),
            Moment::DestroyingRecords => self.destroy_into(POST_RECORDS, not_recorded()),
            Moment::DestroyingDroplet => self.destroy_into(DELETE_DROPLET, not_recorded()),
            Moment::Stuck => {
                let refused = self.inject(DELETE_DROPLET, Effect::status(403));
                let Some(id) = self.deploy_that_fails() else { return false };
                let client = Client::clone(&self.noc);
                soon(|| known::deployment(&client, &id).summary.status.is_final())
                    && self.noc.providers.fired(refused) == 1
            }
        }
    }

    /// Sends so many requests that anybody might send.
    fn send_wishes(&mut self, count: u64) {
        let client = Client::clone(&self.noc);
        let deployments = if count > 0 { known::deployments(&client) } else { Vec::new() };
        for _ in 0..count {
            let name = self.random.pick(&WANTED).copied().unwrap_or_default();
            // The newest ones are those to which something can be done.
            let recent = deployments.get(..8).unwrap_or(&deployments);
            let deployment = self.random.pick(recent).map(|deployment| deployment.id.to_string());
            let wish = match (self.random.below(10), deployment) {
                (0..=1, Some(id)) => Wish::Cancel { id },
                (2, Some(id)) => Wish::Retry { id },
                (3..=5, _) => Wish::Destroy { name: name.to_owned() },
                _ => self.users.deploy(name),
            };
            let until_done = self.random.one_in(2);
            self.users.send(&client, wish, until_done);
        }
    }

    /// Begins to deploy a server whose name is free, and gives the deployment.
    fn deploy(&mut self) -> Option<String> {
        let wanted = self.random.pick(FREE).copied().unwrap_or_default();
        self.deploy_as(wanted).or_else(|| {
            let fresh = self.fresh_name();
            self.deploy_as(&fresh)
        })
    }

    /// Begins to deploy a server that will be there but for its records, as the provider refuses to list those of its
    /// name, and gives the deployment.
    fn deploy_that_fails(&mut self) -> Option<String> {
        let name = self.fresh_name();
        let records = format!("/dns_records?name.exact={name}%2E");
        self.inject((Provider::Cloudflare, "GET", &records), Effect::status(403));
        self.deploy_as(&name)
    }

    fn deploy_as(&mut self, name: &str) -> Option<String> {
        let wish = self.users.deploy(name);
        self.users.ask(&Client::clone(&self.noc), &wish)
    }

    fn fresh_name(&mut self) -> String {
        self.fresh += 1;
        format!("fresh{}", self.fresh)
    }

    /// Deploys a server, and waits until a call has been taken.
    fn deploy_into(&mut self, calls: Calls<'_>, effect: Effect) -> bool {
        let fault = self.inject(calls, effect);
        self.deploy().is_some() && self.has_fired(fault)
    }

    /// Cancels a deploy that waits for its machine, and waits until a call has been taken.
    fn cancel_into(&mut self, calls: Calls<'_>, effect: Effect) -> bool {
        self.noc.let_machines_run(false);
        let Some(id) = self.deploy() else { return false };
        let client = Client::clone(&self.noc);
        let is_waiting = || known::deployment(&client, &id).summary.step.as_deref() == Some("wait_for_agent");
        if !soon(is_waiting) {
            return false;
        }
        let fault = self.inject(calls, effect);
        self.users.ask(&client, &Wish::Cancel { id }).is_some() && self.has_fired(fault)
    }

    /// Destroys a server, and waits until a call has been taken.
    fn destroy_into(&mut self, calls: Calls<'_>, effect: Effect) -> bool {
        let client = Client::clone(&self.noc);
        let active = || {
            let mut servers = known::servers(&client);
            servers.retain(|server| server.status == ServerStatus::Active);
            servers
        };
        if active().is_empty() && (self.deploy().is_none() || !soon(|| !active().is_empty())) {
            return false;
        }
        let Some(name) = self.random.pick(&active()).map(|server| server.name.clone()) else { return false };
        let fault = self.inject(calls, effect);
        self.users.ask(&client, &Wish::Destroy { name }).is_some() && self.has_fired(fault)
    }

    fn inject(&self, (provider, method, path): Calls<'_>, effect: Effect) -> FaultId {
        self.noc.inject(provider, method, path, 1, effect)
    }

    fn has_fired(&self, fault: FaultId) -> bool {
        soon(|| self.noc.providers.fired(fault) > 0)
    }
}

/// Calls of one kind: provider, method, and a text in their path.
type Calls<'a> = (Provider, &'a str, &'a str);

const POST_DROPLETS: Calls<'_> = (Provider::DigitalOcean, "POST", "/droplets");
const DELETE_DROPLET: Calls<'_> = (Provider::DigitalOcean, "DELETE", "/droplets/");
const POST_RECORDS: Calls<'_> = (Provider::Cloudflare, "POST", "/dns_records/batch");

/// The call is never worked on.
fn not_made() -> Effect {
    Effect::Hang { hang_ms: OPEN_MS, after: false }
}

/// The call is worked on at once, and its answer does not come in time.
fn not_recorded() -> Effect {
    Effect::Delay { delay_ms: OPEN_MS }
}

/// Whether something is so before long.
fn soon(is_so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < COMES_WITHIN {
        if is_so() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}
