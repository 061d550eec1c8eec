//! Looks at single things: a list that changes while it is read by pages may leave one out, or show one that is gone, so
//! that nothing is told on its word alone.

use noc_shared::time::Timestamp;

use super::{
    dns_records, droplets,
    sweep::Sweep,
    tick::{Halt, Look, write},
};
use crate::{
    orphans::{self, Candidate},
    servers::{self, KnownServers, Unseen},
};

/// Looks at each settled server whose machine no page has shown; says whether that were all of them.
pub(super) async fn droplets(look: &mut Look<'_>, sweep: &Sweep) -> Result<bool, Halt> {
    let unseen =
        servers::unseen_servers(&*look.app.database, sweep.kind.as_str(), sweep.began_at, look.calls + 1)
            .await?;
    let (mut found, mut looked) = (Vec::new(), Vec::new());
    for Unseen { known, .. } in &unseen {
        if !look.may_call() {
            break;
        }
        let machine = match &known.server.droplet_id {
            Some(id) => look.providers.compute.get(id).await?,
            None => None,
        };
        let differences = droplets::compare(&known.server, machine.as_ref());
        found.extend(differences.into_iter().map(|found| (known, found)));
        looked.push(known.server.id.to_string());
    }
    if !looked.is_empty() {
        write(look, sweep, &found, Vec::new(), [sweep.confirmed(&looked)]).await?;
    }
    Ok(looked.len() == unseen.len())
}

/// Looks at each domain of a settled server that no page has shown, or more than one; says whether that were all.
pub(super) async fn dns_records(look: &mut Look<'_>, sweep: &Sweep) -> Result<bool, Halt> {
    let unseen =
        servers::unseen_domains(&*look.app.database, sweep.kind.as_str(), sweep.began_at, look.calls + 1)
            .await?;
    let mut looked = Vec::new();
    let mut looks = Vec::new();
    for Unseen { known, domain } in unseen.iter().filter(|unseen| unseen.domain.is_some()) {
        if !look.may_call() {
            break;
        }
        let domain = domain.clone().unwrap_or_default();
        let records = look.providers.dns.named(&domain).await?;
        let mut all = KnownServers::default();
        all.domains.insert(domain.clone(), known.server.id.clone());
        all.servers.insert(known.server.id.clone(), known.clone());
        looked.push(domain.clone());
        looks.push((domain, records, all));
    }
    let mut found = Vec::new();
    for (domain, records, known) in &looks {
        let compared = dns_records::compare(records, known);
        if !compared.seen.contains(domain) {
            let missing = known.servers.values().map(|of| (of, dns_records::missing(&of.server, domain)));
            found.extend(missing);
        }
        found.extend(compared.found);
    }
    if !looked.is_empty() {
        write(look, sweep, &found, Vec::new(), [sweep.confirmed(&looked)]).await?;
    }
    Ok(looked.len() == unseen.len())
}

/// Those that are old enough to be nobody's and, if they were not known as that before, are there when they are looked at
/// by themselves. What there are no calls left for is found by the next sweep.
pub(super) async fn nobodys(look: &mut Look<'_>, candidates: Vec<Candidate>) -> Result<Vec<Candidate>, Halt> {
    let old: Vec<Candidate> = candidates.into_iter().filter(|one| is_old(one, look.now)).collect();
    if old.is_empty() {
        return Ok(old);
    }
    let before = orphans::known(&*look.app.database, &old).await?;
    let mut confirmed = Vec::new();
    for candidate in old {
        let is_there = before.contains(&candidate.provider_id)
            || (look.may_call() && orphans::is_there(look.providers, &candidate).await?);
        if is_there {
            confirmed.push(candidate);
        }
    }
    Ok(confirmed)
}

fn is_old(candidate: &Candidate, now: Timestamp) -> bool {
    candidate.created_at.is_some_and(|at| now.since(at) >= orphans::YOUNGEST_MS)
}
