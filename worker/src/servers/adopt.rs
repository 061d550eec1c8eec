//! The adopt saga: a machine that is there becomes a server.
//!
//! Its undo leaves the machine alone: it was there before, and may be somebody's production. What it takes back is what
//! it has made: the DNS records, and the reservation of the domains.

use noc_shared::deployments::{FailureCode, SagaKind};
use serde::{Deserialize, Serialize};

use super::{
    deploy::{
        Outcome, RESERVE_NAME, WAIT_FOR_ADDRESS, WAIT_FOR_AGENT, WRITE_DNS_RECORDS, release_name,
        reserve_domains, wait_for_address, write_dns_records,
    },
    first_report::wait_for_agent,
    removal::{gone_in_the_meantime, unsettled},
    work::{CreatedDroplet, DeployParameters, MINUTE_MS, SERVER_TAG, Work, has_settled},
};
use crate::saga::{Attempt, Definition, Fault, OnFailure, Progress, Step, Undo};

// Parameters.

/// What an adoption was asked for: what a deploy of such a server would have been asked for, and the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdoptParameters {
    /// The provider's id of the machine.
    pub droplet_id: String,
    /// What the server is.
    #[serde(flatten)]
    pub server: DeployParameters,
}

// Actions: the names that are in the logs.

pub(super) const ADOPT_DROPLET: &str = "adopt_droplet";

/// Its agent reports once a minute; five minutes forgive it a restart.
const REPORTS_WITHIN_MS: i64 = 5 * MINUTE_MS;

// Definition.

/// The table of the saga's steps.
pub static DEFINITION: Definition<Work> = Definition {
    kind: SagaKind::Adopt,
    version: 1,
    on_failure: OnFailure::Unwind,
    steps: &[
        Step {
            name: RESERVE_NAME,
            act: |work, attempt| Box::pin(reserve_domains(work, attempt)),
            undo: Undo::With(|work, attempt| Box::pin(release_name(work, attempt))),
            deadline: |_| 2 * MINUTE_MS,
            leftovers: |work, failure| work.reservation_left(failure),
        },
        Step {
            name: ADOPT_DROPLET,
            act: |work, attempt| Box::pin(adopt_droplet(work, attempt)),
            undo: Undo::None("the machine was there before, and its tags are what it is found by"),
            deadline: |_| 10 * MINUTE_MS,
            leftovers: |_, _| Vec::new(),
        },
        Step {
            name: WAIT_FOR_ADDRESS,
            act: |work, attempt| Box::pin(wait_for_address(work, attempt)),
            undo: Undo::None("it only looks"),
            deadline: |_| 10 * MINUTE_MS,
            leftovers: |_, _| Vec::new(),
        },
        Step {
            name: WRITE_DNS_RECORDS,
            act: |work, attempt| Box::pin(write_dns_records(work, attempt)),
            undo: Undo::With(|work, attempt| Box::pin(delete_own_dns_records(work, attempt))),
            deadline: |_| 10 * MINUTE_MS,
            leftovers: |work, failure| work.late_records_left(failure),
        },
        Step {
            name: WAIT_FOR_AGENT,
            act: |work, attempt| Box::pin(wait_for_agent(work, attempt)),
            undo: Undo::None("it only waits"),
            deadline: |_| REPORTS_WITHIN_MS,
            leftovers: |_, _| Vec::new(),
        },
    ],
};

// Implementations.

async fn adopt_droplet(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let AdoptParameters { droplet_id, .. } =
        crate::json::of_value::<AdoptParameters>(&attempt.run.parameters).map_err(|error| {
            Fault::permanent(FailureCode::Internal, format!("the parameters do not read: {error}"))
        })?;
    let compute = &work.providers()?.compute;
    let refused = |message: String| Fault::permanent(FailureCode::ProviderRefused, message);
    let machine = compute.get(&droplet_id).await?;
    let machine = machine.ok_or_else(|| refused(format!("the droplet {droplet_id} is gone")))?;
    let ours = work.server_tag();
    if let Some(other) = machine.tags.iter().find(|tag| tag.starts_with(SERVER_TAG) && **tag != ours) {
        return Err(refused(format!("the droplet {droplet_id} has the tag {other} of another server")));
    }
    for tag in work.tags().iter().filter(|tag| !machine.tags.contains(tag)) {
        compute.tag(&droplet_id, tag).await?;
    }
    Ok(Progress::done_with(&CreatedDroplet { droplet_id }))
}

/// Deletes the records that this run has made. Those that were there before stay.
async fn delete_own_dns_records(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let dns = &work.providers()?.dns;
    let made = dns.commented(attempt.run.id.as_str()).await?;
    let ids: Vec<String> = made.into_iter().map(|record| record.id).collect();
    if !ids.is_empty() {
        dns.delete(&ids).await.map_err(gone_in_the_meantime)?;
    }
    if attempt.unsure_since().is_some_and(|since| !has_settled(since, attempt.now)) {
        return Ok(unsettled());
    }
    Ok(Progress::done())
}
