//! What the sagas on a server work with.

use std::sync::Arc;

use noc_shared::{
    applications::Application,
    deployments::{Failure, Leftover},
    id::{OrganizationId, ProjectId, ServerId},
    money::Usd,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{adopt, deploy, repair};
use crate::{
    app::App,
    config::Platform,
    ports::DatabaseError,
    providers::{Providers, TIMEOUT_MS},
    saga::{Fault, Run, StepRun},
};

/// A minute, in which deadlines are counted.
pub(super) const MINUTE_MS: i64 = 60_000;

/// What a deploy was asked for, with everything that was looked up for it: the run goes on with these whatever
/// changes in the meantime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeployParameters {
    /// The server's name.
    pub server_name: String,
    /// The provider's name of its size.
    pub size: String,
    /// The provider's name of its region.
    pub region: String,
    /// What it costs per month.
    pub price_monthly: Usd,
    /// The git branch that it runs.
    pub branch: String,
    /// Whether its domains go through the proxy.
    pub proxied: bool,
    /// What runs on it.
    pub application: Application,
    /// The template of that, if it is the organization's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Value>,
    /// The keys that the organization's people log in with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<String>,
    /// The project that it is in.
    pub project: String,
    /// The same, by its id.
    pub project_id: ProjectId,
    /// Its environment.
    pub environment: String,
    /// What the secret store calls that environment.
    pub secret_environment: String,
    /// Its domains.
    pub domains: Vec<String>,
    /// Where its machine reaches this Worker.
    pub public_url: String,
}

/// The tag of everything that NOC makes.
pub const TAG: &str = "noc";

/// What the tag of everything that belongs to a server begins with; its identifier follows.
pub const SERVER_TAG: &str = "noc-server:";

/// What is known to be at the providers, from the logs of the runs on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The machine.
    pub droplet_id: Option<String>,
    /// Its address.
    pub ip: Option<String>,
    /// The DNS records, by the provider's ids.
    pub record_ids: Vec<String>,
    /// When the last call was made that may have made something which the provider does not show yet: one whose answer
    /// was lost, or a create that succeeded and was not seen since.
    pub unsure_since: Option<Timestamp>,
}

/// What came of `create_droplet`, and of `adopt_droplet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CreatedDroplet {
    pub(super) droplet_id: String,
}

/// What came of `wait_for_address`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Addressed {
    pub(super) ip: String,
}

/// What came of `write_dns_records`, `mend_dns_records` and `delete_dns_records`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DnsRecordIds {
    pub(super) record_ids: Vec<String>,
}

impl Ledger {
    /// What the run that made the server has made so far, and what repairs of it have made since.
    pub fn of<'a>(made: &Run, repairs: impl IntoIterator<Item = &'a Run>) -> Self {
        let droplet = |step| made.output::<CreatedDroplet>(step).map(|created| created.droplet_id);
        let written = |run: &Run, step| run.output::<DnsRecordIds>(step).map(|written| written.record_ids);
        let mut ledger = Self {
            droplet_id: droplet(deploy::CREATE_DROPLET).or_else(|| droplet(adopt::ADOPT_DROPLET)),
            ip: made.output::<Addressed>(deploy::WAIT_FOR_ADDRESS).map(|addressed| addressed.ip),
            record_ids: written(made, deploy::WRITE_DNS_RECORDS).unwrap_or_default(),
            unsure_since: made.steps.iter().filter_map(|step| unsure_since(made, step)).max(),
        };
        for repair in repairs {
            ledger.record_ids.extend(written(repair, repair::MEND_DNS_RECORDS).unwrap_or_default());
            let unsure = repair.steps.iter().filter_map(|step| unsure_since(repair, step)).max();
            ledger.unsure_since = ledger.unsure_since.max(unsure);
        }
        ledger.record_ids.sort();
        ledger.record_ids.dedup();
        ledger
    }

    /// Whether all that was made shows by now.
    pub(super) fn is_settled(&self, now: Timestamp) -> bool {
        self.unsure_since.is_none_or(|since| has_settled(since, now))
    }
}

/// Steps that make something.
const MAKING: [&str; 3] = [deploy::CREATE_DROPLET, deploy::WRITE_DNS_RECORDS, repair::MEND_DNS_RECORDS];

/// When a step may last have made something that does not show yet.
fn unsure_since(run: &Run, step: &StepRun) -> Option<Timestamp> {
    if !MAKING.contains(&step.name) {
        return None;
    }
    match &step.output {
        // An attempt that was cut off, and nobody has gone on with it since: another run took over, or it was cancelled.
        None if step.is_open() => Some(run.latest_at),
        None => step.unsure_since,
        // The provider has shown the droplet if it has said anything of its address.
        Some(_) if step.name == deploy::CREATE_DROPLET => {
            let address = run.steps.iter().find(|step| step.name == deploy::WAIT_FOR_ADDRESS)?;
            let seen = address.output.is_some() || address.waiting_for.as_deref() == Some(deploy::ADDRESS);
            step.finished_at.filter(|_| !seen)
        }
        Some(_) => None,
    }
}

/// What a step of a saga on a server works with.
pub struct Work {
    /// The ports and the providers.
    pub app: Arc<App>,
    /// Whose server.
    pub organization_id: OrganizationId,
    /// The server.
    pub server_id: ServerId,
    /// What its deploy was asked for.
    pub parameters: Arc<DeployParameters>,
    /// What its deploy has made so far.
    pub ledger: Ledger,
}

impl Work {
    /// The providers; a run cannot go on without them, but it can wait until they are configured again.
    pub(super) fn providers(&self) -> Result<&Providers, Fault> {
        self.app.providers().map_err(|error| Fault::internal("reach the providers", &error))
    }

    /// What the platform was configured with.
    pub(super) fn platform(&self) -> Result<&Platform, Fault> {
        self.app.platform().map_err(|error| Fault::internal("read the configuration", &error))
    }

    /// The tag of everything that belongs to this server. DigitalOcean allows letters, digits, `:`, `-` and `_`.
    pub(super) fn server_tag(&self) -> String {
        format!("{SERVER_TAG}{}", self.server_id)
    }

    /// The tags by which the machine of this server is found.
    pub(super) fn tags(&self) -> [String; 2] {
        [TAG.to_owned(), self.server_tag()]
    }

    /// What the DNS records of this server are marked with. Cloudflare's free plan allows 100 characters; these are 61.
    pub(super) fn record_comment(&self, run: &Run) -> String {
        format!("noc {} {}", self.server_id, run.id)
    }

    /// A machine of this server that could not be removed.
    pub(super) fn droplet_left(&self, failure: &Failure) -> Vec<Leftover> {
        vec![Leftover {
            provider: "digitalocean".to_owned(),
            kind: "droplet".to_owned(),
            id: self.ledger.droplet_id.clone(),
            reason: failure.message.clone(),
            price_monthly: self.parameters.price_monthly,
        }]
    }

    /// DNS records of this server that could not be removed: those that are known, or one without an id for those
    /// that may be there.
    pub(super) fn records_left(&self, failure: &Failure) -> Vec<Leftover> {
        if self.ledger.record_ids.is_empty() {
            return vec![record_left(None, failure)];
        }
        self.ledger.record_ids.iter().map(|id| record_left(Some(id.clone()), failure)).collect()
    }

    /// DNS records that may have shown after the known ones were removed, and that nobody could look for.
    pub(super) fn late_records_left(&self, failure: &Failure) -> Vec<Leftover> {
        vec![record_left(None, failure)]
    }

    /// The reservations of this server's domains that could not be given up.
    pub(super) fn reservation_left(&self, failure: &Failure) -> Vec<Leftover> {
        vec![Leftover {
            provider: "noc".to_owned(),
            kind: "domain_reservation".to_owned(),
            id: Some(self.server_id.to_string()),
            reason: failure.message.clone(),
            price_monthly: Usd::default(),
        }]
    }
}

/// A DNS record that could not be removed.
fn record_left(id: Option<String>, failure: &Failure) -> Leftover {
    Leftover {
        provider: "cloudflare".to_owned(),
        kind: "dns_record".to_owned(),
        id,
        reason: failure.message.clone(),
        price_monthly: Usd::default(),
    }
}

/// A fault of the database, which is one of ours and passes.
pub(super) fn database_fault(doing: &'static str) -> impl Fn(DatabaseError) -> Fault {
    move |error| Fault::internal(doing, &error)
}

/// How long a call whose answer was lost may go on being worked on, and what it makes take to show: as long as any call
/// is given, and five seconds more. Only when nothing shows by then was nothing made.
pub(super) const SETTLE_MS: i64 = TIMEOUT_MS as i64 + 5_000;

/// Whether all that was made by then shows by now.
pub(super) fn has_settled(unsure_since: Timestamp, now: Timestamp) -> bool {
    now.since(unsure_since) >= SETTLE_MS
}
