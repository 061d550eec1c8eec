//! What exists at the providers, counted, so that a test can say that nothing is left.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use crate::time::rfc3339_seconds;
use crate::world::World;

pub use crate::cloudflare::Origin;

/// Everything that exists at the providers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ledger {
    /// The droplets, without those whose deletion was accepted.
    pub droplets: Vec<LedgerDroplet>,
    /// The DNS records of all zones, those that were there before included.
    pub dns_records: Vec<LedgerRecord>,
    /// How many of them somebody made over the API.
    pub counts: Counts,
    /// What is there twice although once was meant.
    pub doubled: Doubled,
    /// Droplets and DNS records that somebody made over the API and that are still there.
    pub left_over: usize,
}

/// One droplet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LedgerDroplet {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The slug of its region.
    pub region: String,
    /// The slug of its size.
    pub size: String,
    /// Its public address, once it has one.
    pub ip: Option<Ipv4Addr>,
    /// When it was made.
    pub created_at: String,
    /// Whether it is switched off.
    pub is_off: bool,
}

/// One DNS record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LedgerRecord {
    /// Its id.
    pub id: String,
    /// The id of its zone.
    pub zone_id: String,
    /// The complete name.
    pub name: String,
    /// `A`, `CNAME`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub content: String,
    /// Its comment.
    pub comment: Option<String>,
    /// Whether it is proxied.
    pub proxied: bool,
    /// Where it comes from; only what came over the API counts as left over.
    pub origin: Origin,
}

/// How much was made over the API and is still there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Droplets.
    pub droplets: usize,
    /// DNS records.
    pub dns_records: usize,
    /// Tags without any droplet: they cost nothing, and stay as the real ones do.
    pub unused_tags: usize,
}

/// What is there twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Doubled {
    /// Names that more than one droplet has.
    pub droplets: Vec<String>,
    /// `NAME TYPE` that more than one record has, if any of them came over the API.
    pub dns_records: Vec<String>,
}

pub(crate) fn ledger(world: &World) -> Ledger {
    let droplets: Vec<LedgerDroplet> = world
        .digitalocean
        .existing()
        .map(|droplet| LedgerDroplet {
            id: droplet.id,
            name: droplet.name.clone(),
            tags: droplet.tags.clone(),
            region: droplet.region.clone(),
            size: droplet.size.clone(),
            ip: droplet.public_address(),
            created_at: rfc3339_seconds(droplet.created_at),
            is_off: droplet.is_off(),
        })
        .collect();
    let mut dns_records: Vec<LedgerRecord> = world
        .cloudflare
        .records
        .values()
        .map(|record| LedgerRecord {
            id: record.id.clone(),
            zone_id: record.zone_id.clone(),
            name: record.name.clone(),
            kind: record.kind.clone(),
            content: record.content.clone(),
            comment: record.comment.clone(),
            proxied: record.proxied,
            origin: record.origin,
        })
        .collect();
    dns_records
        .sort_by(|one, other| (&one.name, &one.kind, &one.id).cmp(&(&other.name, &other.kind, &other.id)));
    let counts = Counts {
        droplets: droplets.len(),
        dns_records: dns_records.iter().filter(|record| record.origin == Origin::Api).count(),
        unused_tags: world.digitalocean.unused_tags(),
    };
    let left_over = counts.droplets + counts.dns_records;
    Ledger { doubled: doubled(&droplets, &dns_records), droplets, dns_records, counts, left_over }
}

fn doubled(droplets: &[LedgerDroplet], dns_records: &[LedgerRecord]) -> Doubled {
    let mut by_name = BTreeMap::<&str, usize>::new();
    for droplet in droplets {
        *by_name.entry(&droplet.name).or_default() += 1;
    }
    let mut by_name_and_type = BTreeMap::<String, (usize, bool)>::new();
    for record in dns_records {
        let entry = by_name_and_type.entry(format!("{} {}", record.name, record.kind)).or_default();
        *entry = (entry.0 + 1, entry.1 || record.origin == Origin::Api);
    }
    Doubled {
        droplets: by_name
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(name, _)| name.to_owned())
            .collect(),
        dns_records: by_name_and_type
            .into_iter()
            .filter(|(_, (count, made))| *count > 1 && *made)
            .map(|(name, _)| name)
            .collect(),
    }
}
