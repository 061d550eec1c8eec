//! What is to be done so that a server's DNS records are what they should be: a function from data to data.

use std::collections::BTreeSet;

use noc_shared::{drift::DriftKind, id::ServerId};

use crate::providers::{DnsRecord, NewRecord, RecordChanges};

/// The server whose mark a record has.
pub fn marked_server(record: &DnsRecord) -> Option<ServerId> {
    let mut words = record.comment.as_deref()?.split(' ');
    if words.next() == Some("noc") { ServerId::parse(words.next()?) } else { None }
}

/// Whether a record takes visitors somewhere, be it by having others say where. A text, or where mail goes, beside the
/// address of a server stands in nobody's way and is nobody's drift.
pub fn routes_visitors(record: &DnsRecord) -> bool {
    ["A", "AAAA", "CNAME", "NS"].contains(&record.kind.as_str())
}

/// Whether a record has the mark of this server.
pub(super) fn is_marked(record: &DnsRecord, server: &ServerId) -> bool {
    marked_server(record).as_ref() == Some(server)
}

/// What a server's records should be.
pub(super) struct Desired<'a> {
    pub(super) server: &'a ServerId,
    pub(super) domains: &'a [String],
    pub(super) address: &'a str,
    pub(super) proxied: bool,
    /// The mark of what is made or changed.
    pub(super) comment: &'a str,
    /// The provider's ids of the records that NOC is known to have made.
    pub(super) known: &'a [String],
}

/// What is to be done about the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mending {
    pub(super) changes: RecordChanges,
    /// Records of the server that stay as they are, by the provider's ids.
    pub(super) kept: Vec<String>,
    /// A record that somebody else has made of one of the server's domains, and that stands in the way of what is to be
    /// mended. NOC does not touch it.
    pub(super) in_the_way: Option<DnsRecord>,
}

/// Says what is to be done about these kinds of drift, given every record of the domains and every record with the
/// server's mark.
pub(super) fn mend(desired: &Desired<'_>, kinds: &BTreeSet<DriftKind>, found: &[DnsRecord]) -> Mending {
    let mut mending = Mending::default();
    let is_ours = |record: &DnsRecord| {
        let points_here =
            record.kind == "A" && record.content == desired.address && desired.domains.contains(&record.name);
        is_marked(record, desired.server) || desired.known.contains(&record.id) || points_here
    };
    let new_record = |domain: &str, proxied| NewRecord {
        name: domain.to_owned(),
        address: desired.address.to_owned(),
        proxied,
        comment: desired.comment.to_owned(),
    };
    for domain in desired.domains {
        let named = found.iter().filter(|record| record.name == *domain && routes_visitors(record));
        let (ours, foreign): (Vec<&DnsRecord>, Vec<&DnsRecord>) = named.partition(|record| is_ours(record));
        // The best of several is the one that needs the least change.
        let best = ours.iter().copied().filter(|record| record.kind == "A").min_by_key(|record| {
            (record.content != desired.address, record.proxied != desired.proxied, record.id.clone())
        });
        match best {
            None if foreign.is_empty() && kinds.contains(&DriftKind::DnsMissing) => {
                mending.changes.create.push(new_record(domain, desired.proxied));
            }
            None => {}
            Some(record) => {
                let wrong = record.content != desired.address || !is_marked(record, desired.server);
                let changes_content = wrong && kinds.contains(&DriftKind::DnsContent);
                let changes_proxied =
                    record.proxied != desired.proxied && kinds.contains(&DriftKind::DnsProxied);
                if changes_content || changes_proxied {
                    let proxied = if changes_proxied { desired.proxied } else { record.proxied };
                    let mut new = new_record(domain, proxied);
                    if !changes_content {
                        new.address.clone_from(&record.content);
                    }
                    mending.changes.replace.push((record.id.clone(), new));
                } else {
                    mending.kept.push(record.id.clone());
                }
            }
        }
        let others = ours.into_iter().filter(|record| best.is_none_or(|best| best.id != record.id));
        extra(others, kinds, &mut mending);
        let is_missing = best.is_none() && kinds.contains(&DriftKind::DnsMissing);
        if is_missing || kinds.contains(&DriftKind::DnsExtra) {
            mending.in_the_way =
                mending.in_the_way.or_else(|| foreign.first().map(|record| (*record).clone()));
        }
    }
    let elsewhere = found.iter().filter(|record| !desired.domains.contains(&record.name) && is_ours(record));
    extra(elsewhere, kinds, &mut mending);
    mending
}

fn extra<'a>(
    records: impl Iterator<Item = &'a DnsRecord>,
    kinds: &BTreeSet<DriftKind>,
    mending: &mut Mending,
) {
    let ids = records.map(|record| record.id.clone());
    if kinds.contains(&DriftKind::DnsExtra) {
        mending.changes.delete.extend(ids);
    } else {
        mending.kept.extend(ids);
    }
}
