//! Removing what a server has at the providers: what the ledger says and what the providers' marks say.

use std::collections::BTreeSet;

use noc_shared::time::Timestamp;

use super::work::Work;
use crate::{
    providers::{ProviderError, ProviderErrorKind},
    saga::{Fault, Progress},
};

/// How often the provider is asked whether a machine has gone.
pub(super) const GONE_EVERY_MS: i64 = 2_000;

/// How far the removal of a machine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// The provider shows none, and none can show any more.
    Gone,
    /// The provider was told to delete these, and may show them for a while.
    Told(Vec<String>),
    /// The provider shows none, but one that was made a moment ago may still show.
    Unsettled,
}

/// What a step is waiting for while something that was made a moment ago may still show.
pub(super) fn unsettled() -> Progress {
    Progress::waiting("what a lost answer may have made to show, or not", LOOK_EVERY_MS)
}

/// How often it is looked whether what a lost answer may have made shows.
const LOOK_EVERY_MS: i64 = 5_000;

/// Has every machine of the server deleted.
pub(super) async fn droplets(work: &Work, now: Timestamp) -> Result<Removal, Fault> {
    let compute = &work.providers()?.compute;
    let mut ids: BTreeSet<String> =
        compute.tagged(&work.server_tag()).await?.into_iter().map(|machine| machine.id).collect();
    if let Some(known) = &work.ledger.droplet_id
        && !ids.contains(known)
        && compute.get(known).await?.is_some()
    {
        // Somebody took the tag away, or the list is late. It is ours all the same.
        ids.insert(known.clone());
    }
    for id in &ids {
        match compute.delete(id).await {
            // An earlier delete is under way, or something that ends before the next look.
            Err(error) if error.kind == ProviderErrorKind::Busy => {}
            result => result?,
        }
    }
    Ok(match ids.is_empty() {
        false => Removal::Told(ids.into_iter().collect()),
        true if work.ledger.is_settled(now) => Removal::Gone,
        true => Removal::Unsettled,
    })
}

/// Deletes every DNS record of the server, and gives their ids.
pub(super) async fn dns_records(work: &Work) -> Result<Vec<String>, Fault> {
    let dns = &work.providers()?.dns;
    let marked = dns.commented(work.server_id.as_str()).await?;
    let mut ids: BTreeSet<String> = marked.iter().map(|record| record.id.clone()).collect();
    // A record of ours whose mark somebody has taken away is found by its name, and known by its id or by pointing at our
    // machine: left behind, it would send visitors to whoever has the address next.
    for domain in &work.parameters.domains {
        if marked.iter().any(|record| record.name == *domain) {
            continue;
        }
        let named = dns.named(domain).await?;
        let ours = named.into_iter().filter(|record| {
            let points_here = record.kind == "A" && Some(&record.content) == work.ledger.ip.as_ref();
            points_here || work.ledger.record_ids.contains(&record.id)
        });
        ids.extend(ours.map(|record| record.id));
    }
    let ids: Vec<String> = ids.into_iter().collect();
    if !ids.is_empty() {
        dns.delete(&ids).await.map_err(gone_in_the_meantime)?;
    }
    Ok(ids)
}

/// A record that went away between the look and the call makes the whole batch fail: the next attempt looks again.
pub(super) fn gone_in_the_meantime(error: ProviderError) -> Fault {
    let gone = error.kind == ProviderErrorKind::NotFound;
    let mut fault = Fault::from(error);
    fault.transient |= gone;
    fault
}
