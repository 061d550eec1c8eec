//! The destroy saga: a server's DNS records, its machine and the reservation of its name go away.

use noc_shared::deployments::{Failure, Leftover, SagaKind};
use serde::{Deserialize, Serialize};

use super::{
    domains,
    removal::{self, GONE_EVERY_MS, Removal, unsettled},
    work::{DnsRecordIds, MINUTE_MS, Work, database_fault},
};
use crate::saga::{Attempt, Definition, Fault, OnFailure, Progress, Step, Undo};

// Parameters: none of its own. It reads those of the deploy, and the log of that.

// Actions: the names that are in the logs.

pub(super) const DELETE_DNS_RECORDS: &str = "delete_dns_records";
pub(super) const DELETE_DROPLET: &str = "delete_droplet";
pub(super) const CONFIRM_DROPLET_GONE: &str = "confirm_droplet_gone";
pub(super) const RELEASE_NAME: &str = "release_name";

const FORWARD: &str =
    "a destroy only goes forward: what it could not remove is listed, and another destroy goes on";

// Definition.

/// The table of the saga's steps. The records go first, so that none points at an address that the provider may have
/// given to somebody else already.
pub static DEFINITION: Definition<Work> = Definition {
    kind: SagaKind::Destroy,
    version: 1,
    on_failure: OnFailure::Stop,
    steps: &[
        Step {
            name: DELETE_DNS_RECORDS,
            act: |work, attempt| Box::pin(delete_dns_records(work, attempt)),
            undo: Undo::None(FORWARD),
            deadline: |_| 15 * MINUTE_MS,
            leftovers: |work, failure| {
                let mut left = work.records_left(failure);
                left.extend(work.droplet_left(failure));
                left
            },
        },
        Step {
            name: DELETE_DROPLET,
            act: |work, attempt| Box::pin(delete_droplet(work, attempt)),
            undo: Undo::None(FORWARD),
            deadline: |_| 15 * MINUTE_MS,
            leftovers: left_by_the_removal_of_the_droplet,
        },
        Step {
            name: CONFIRM_DROPLET_GONE,
            act: |work, attempt| Box::pin(confirm_droplet_gone(work, attempt)),
            undo: Undo::None(FORWARD),
            deadline: |_| 15 * MINUTE_MS,
            leftovers: |work, failure| match of_dns(failure) {
                // The records are looked for when the machine is gone.
                true => work.late_records_left(failure),
                false => left_by_the_removal_of_the_droplet(work, failure),
            },
        },
        Step {
            name: RELEASE_NAME,
            act: |work, attempt| Box::pin(release_name(work, attempt)),
            undo: Undo::None(FORWARD),
            deadline: |_| 15 * MINUTE_MS,
            leftovers: |work, failure| work.reservation_left(failure),
        },
    ],
};

/// What came of `delete_droplet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeletedDroplets {
    pub(super) droplet_ids: Vec<String>,
}

/// The machine; and records that a lost answer may have made, which are looked for only when the machine is gone.
fn left_by_the_removal_of_the_droplet(work: &Work, failure: &Failure) -> Vec<Leftover> {
    let mut left = work.droplet_left(failure);
    if work.ledger.unsure_since.is_some() {
        left.extend(work.late_records_left(failure));
    }
    left
}

/// Whether it was the DNS provider that failed.
fn of_dns(failure: &Failure) -> bool {
    failure.provider.as_ref().is_some_and(|refusal| refusal.provider == "cloudflare")
}

// Implementations.

type Outcome = Result<Progress, Fault>;

/// What is told as deleted is what was found now and what the ledger knew: after a crash between the call and the
/// record there is nothing to be found any more.
async fn delete_dns_records(work: &Work, _: Attempt<'_>) -> Outcome {
    let mut record_ids = removal::dns_records(work).await?;
    record_ids.extend(work.ledger.record_ids.iter().cloned());
    record_ids.sort();
    record_ids.dedup();
    Ok(Progress::done_with(&DnsRecordIds { record_ids }))
}

async fn delete_droplet(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let mut droplet_ids = match removal::droplets(work, attempt.now).await? {
        Removal::Told(ids) => ids,
        Removal::Gone | Removal::Unsettled => Vec::new(),
    };
    droplet_ids.extend(work.ledger.droplet_id.clone());
    droplet_ids.sort();
    droplet_ids.dedup();
    Ok(Progress::done_with(&DeletedDroplets { droplet_ids }))
}

async fn confirm_droplet_gone(work: &Work, attempt: Attempt<'_>) -> Outcome {
    match removal::droplets(work, attempt.now).await? {
        Removal::Told(_) => return Ok(Progress::waiting("the droplet to be gone", GONE_EVERY_MS)),
        Removal::Unsettled => return Ok(unsettled()),
        Removal::Gone => {}
    }
    // A destroy that came while a deploy was calling the provider: its records may show only now, too.
    removal::dns_records(work).await?;
    Ok(Progress::done())
}

async fn release_name(work: &Work, _: Attempt<'_>) -> Outcome {
    domains::release(&*work.app.database, &work.server_id)
        .await
        .map_err(database_fault("give up the reservation of the domains"))?;
    Ok(Progress::done())
}
