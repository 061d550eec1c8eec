//! What may be an orphan.

use noc_shared::{id::ServerId, money::Usd, orphans::OrphanKind, servers::ServerStatus, time::Timestamp};

use crate::{
    providers::{DnsRecord, Machine, ProviderError, Providers},
    servers::{self, KnownServer, KnownServers, deploy},
};

/// What is younger may be of a deploy that the shared database has not heard of. The longest that one takes, with all of
/// its undos, is less than three and a half hours; half an hour is for its calls that take longer than their deadlines,
/// and for a provider's clock.
pub const YOUNGEST_MS: i64 = 4 * HOUR_MS;

const HOUR_MS: i64 = 3_600_000;

const _: () = assert!(
    deploy::LONGEST_MS + HOUR_MS / 2 <= YOUNGEST_MS,
    "what a deploy has just made must not be taken for nobody's"
);

/// A thing at a provider with NOC's mark that no record knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub kind: OrphanKind,
    /// The provider's id of it.
    pub provider_id: String,
    /// Its name at the provider.
    pub name: String,
    /// The address that it has, or points to.
    pub content: Option<String>,
    /// A machine's region.
    pub region: Option<String>,
    /// A machine's size.
    pub size: Option<String>,
    /// The server that its mark names.
    pub server_id: Option<ServerId>,
    /// That server, if there is a record of it.
    pub of: Option<KnownServer>,
    /// Why it is nobody's.
    pub reason: &'static str,
    /// When it was made, as the provider says.
    pub created_at: Option<Timestamp>,
    /// What it costs per month.
    pub price_monthly: Usd,
}

impl Candidate {
    /// What a machine with NOC's tag is, if nobody knows of it. A machine that a server's own record names is that server's
    /// whatever its tags say: somebody may have taken them away. A server with which something is being done, or which is
    /// stuck, has its machine in its own account.
    pub fn machine(machine: &Machine, known: &KnownServers) -> Option<Self> {
        if known.of_droplet(&machine.id).is_some() {
            return None;
        }
        let server_id = servers::tagged_server(machine);
        let of = server_id.as_ref().and_then(|id| known.servers.get(id));
        let reason = match (&server_id, of) {
            (None, _) => "it has the tag of NOC, and of no server",
            (Some(_), None) => UNKNOWN,
            (Some(_), Some(of)) if is_gone(of) => GONE,
            (Some(_), Some(of)) if of.is_settled() && of.server.droplet_id.as_ref() != Some(&machine.id) => {
                SECOND
            }
            _ => return None,
        };
        Some(Self {
            kind: OrphanKind::Droplet,
            provider_id: machine.id.clone(),
            name: machine.name.clone(),
            content: machine.ip.clone(),
            region: Some(machine.region.clone()),
            size: Some(machine.size.clone()),
            of: of.cloned(),
            server_id,
            reason,
            created_at: machine.created_at,
            price_monthly: machine.price_monthly,
        })
    }

    /// What a DNS record with the mark of a server is, if nobody knows of it. One of a server that is there is none: it
    /// drifts.
    pub fn record(record: &DnsRecord, known: &KnownServers) -> Option<Self> {
        let server_id = servers::marked_server(record)?;
        // One that sends the visitors of a domain to the server that has it is that server's, whatever its comment says.
        let owner = known.domains.get(&record.name).and_then(|id| known.servers.get(id));
        if owner.is_some_and(|owner| owner.server.ip.as_ref() == Some(&record.content)) {
            return None;
        }
        let of = known.servers.get(&server_id);
        let reason = match of {
            None => UNKNOWN,
            Some(of) if is_gone(of) => GONE,
            Some(_) => return None,
        };
        Some(Self {
            kind: OrphanKind::DnsRecord,
            provider_id: record.id.clone(),
            name: record.name.clone(),
            content: Some(record.content.clone()),
            region: None,
            size: None,
            of: of.cloned(),
            server_id: Some(server_id),
            reason,
            created_at: record.created_at,
            price_monthly: Usd::default(),
        })
    }
}

const UNKNOWN: &str = "NOC has no record of its server";
const GONE: &str = "its server was destroyed, or its adoption was undone";

/// A second machine of a server that has one.
pub(super) const SECOND: &str = "its server has another machine";

fn is_gone(known: &KnownServer) -> bool {
    known.server.status == ServerStatus::Destroyed && !known.busy
}

/// Whether the provider has it now; and if its server is said to have another machine, whether that is there. Somebody who
/// has restored the machine of a server has only one, which is nobody's to delete.
///
/// # Errors
/// When the provider does not answer.
pub async fn is_there(providers: &Providers, candidate: &Candidate) -> Result<bool, ProviderError> {
    let id = &candidate.provider_id;
    match candidate.kind {
        OrphanKind::Droplet => {
            if providers.compute.get(id).await?.is_none() {
                return Ok(false);
            }
            let own = candidate.of.as_ref().and_then(|of| of.server.droplet_id.as_ref());
            match own.filter(|_| candidate.reason == SECOND) {
                Some(own) => Ok(providers.compute.get(own).await?.is_some()),
                None => Ok(true),
            }
        }
        OrphanKind::DnsRecord => {
            Ok(providers.dns.named(&candidate.name).await?.iter().any(|record| record.id == *id))
        }
    }
}
