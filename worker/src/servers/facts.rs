//! What the API tells of a run on a server.

use serde::{Deserialize, Serialize};

use super::{
    deploy,
    destroy::{self, DeletedDroplets},
    work::{DeployParameters, DnsRecordIds, Ledger},
};
use crate::saga::Run;

/// What is known of what a run has made or removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The machine that a deploy made.
    pub droplet_id: Option<String>,
    /// Its address.
    pub droplet_ip: Option<String>,
    /// The server's domains.
    pub domains: Vec<String>,
    /// Whether machine, address and DNS records are there.
    pub provisioned: bool,
    /// The machine that a destroy deleted.
    pub deleted_droplet: Option<String>,
    /// How many DNS records a destroy deleted.
    pub deleted_dns_records: u32,
}

impl Facts {
    /// Reads them from a run; `deploy` is what its deploy was asked for.
    pub fn of(run: &Run, deploy: &DeployParameters) -> Self {
        let ledger = Ledger::of(run, []);
        let deleted_records = run.output::<DnsRecordIds>(destroy::DELETE_DNS_RECORDS);
        let deleted_droplets = run.output::<DeletedDroplets>(destroy::DELETE_DROPLET);
        Self {
            droplet_id: ledger.droplet_id,
            droplet_ip: ledger.ip,
            domains: deploy.domains.clone(),
            provisioned: run.is_done(deploy::WRITE_DNS_RECORDS),
            deleted_droplet: deleted_droplets.and_then(|deleted| deleted.droplet_ids.into_iter().next()),
            deleted_dns_records: deleted_records
                .map_or(0, |deleted| u32::try_from(deleted.record_ids.len()).unwrap_or(u32::MAX)),
        }
    }
}
