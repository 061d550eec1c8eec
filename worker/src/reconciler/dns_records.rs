//! DNS records against what NOC made: functions from data to data.

use std::collections::BTreeSet;

use noc_shared::{drift::DriftKind, servers::Server};

use crate::{
    drift::Found,
    orphans::Candidate,
    providers::DnsRecord,
    servers::{KnownServer, KnownServers, marked_server, routes_visitors},
};

/// The kinds of drift that a look at DNS records finds.
pub(super) const KINDS: [DriftKind; 4] =
    [DriftKind::DnsMissing, DriftKind::DnsContent, DriftKind::DnsProxied, DriftKind::DnsExtra];

/// What came of some records.
#[derive(Debug, Default)]
pub(super) struct Compared<'a> {
    pub(super) found: Vec<(&'a KnownServer, Found)>,
    pub(super) nobodys: Vec<Candidate>,
    /// Names of the records that NOC made, once for each.
    pub(super) seen: Vec<String>,
}

/// Compares records with what is known. Records of settled servers drift; those that have the mark of a server that is
/// gone are nobody's.
pub(super) fn compare<'a>(records: &[DnsRecord], known: &'a KnownServers) -> Compared<'a> {
    let mut compared = Compared::default();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for record in records {
        let marked = marked_server(record);
        if let Some(candidate) = Candidate::record(record, known) {
            compared.nobodys.push(candidate);
            continue;
        }
        // Who has the domain is asked before whose mark the record has: somebody may have changed that.
        let owner = known.domains.get(&record.name).or(marked.as_ref());
        let Some(owner) = owner.and_then(|id| known.servers.get(id)).filter(|owner| owner.is_settled())
        else {
            continue;
        };
        let server = &owner.server;
        let is_domain = server.domains.contains(&record.name);
        // A record that has lost its mark and still says what NOC wrote is NOC's.
        let is_marked = marked.as_ref() == Some(&server.id);
        let is_ours =
            record.kind == "A" && is_domain && (is_marked || Some(&record.content) == server.ip.as_ref());
        if is_ours && seen.insert(&record.name) {
            compared.seen.push(record.name.clone());
            let found = differences(server, record, is_marked);
            compared.found.extend(found.into_iter().map(|found| (owner, found)));
        } else if is_marked || routes_visitors(record) {
            compared.found.push((owner, extra(record)));
        }
    }
    compared
}

/// That a domain has no record of NOC's.
pub(super) fn missing(server: &Server, domain: &str) -> Found {
    Found {
        kind: DriftKind::DnsMissing,
        field: domain.to_owned(),
        desired: server.ip.clone(),
        observed: None,
    }
}

fn differences(server: &Server, record: &DnsRecord, is_marked: bool) -> Vec<Found> {
    let mut found = Vec::new();
    let mut differs = |kind, what: &str, desired: Option<String>, observed: Option<String>| {
        found.push(Found { kind, field: format!("{} {what}", record.name), desired, observed });
    };
    if Some(&record.content) != server.ip.as_ref() {
        differs(DriftKind::DnsContent, "content", server.ip.clone(), Some(record.content.clone()));
    }
    if !is_marked {
        let desired = Some(format!("noc {}", server.id));
        differs(DriftKind::DnsContent, "comment", desired, record.comment.clone());
    }
    if record.proxied != server.proxied {
        let word = |proxied: bool| Some(if proxied { "proxied" } else { "not proxied" }.to_owned());
        differs(DriftKind::DnsProxied, "proxied", word(server.proxied), word(record.proxied));
    }
    found
}

fn extra(record: &DnsRecord) -> Found {
    Found {
        kind: DriftKind::DnsExtra,
        field: format!("{} {} {}", record.name, record.kind, record.id),
        desired: None,
        observed: Some(record.content.clone()),
    }
}
