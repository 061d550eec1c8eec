//! The repair saga: a server becomes again what it should be, where it has drifted.

use std::collections::BTreeSet;

use noc_shared::{
    deployments::{FailureCode, SagaKind},
    drift::DriftKind,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    deploy::Outcome,
    records::{self, Desired},
    removal::{gone_in_the_meantime, unsettled},
    work::{DnsRecordIds, MINUTE_MS, Work, has_settled},
};
use crate::{
    providers::{DnsRecord, Machine, Power, ProviderErrorKind},
    saga::{Attempt, Definition, Fault, OnFailure, Progress, Step, Undo},
};

// Parameters.

/// What a repair was asked for. What the server should be, the run that made it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairParameters {
    /// The kinds of drift that it mends.
    pub kinds: BTreeSet<DriftKind>,
}

// Actions: the names that are in the logs.

pub(super) const TAG_DROPLET: &str = "tag_droplet";
pub(super) const POWER_ON: &str = "power_on";
pub(super) const MEND_DNS_RECORDS: &str = "mend_dns_records";

const FORWARD: &str = "a repair only goes forward: what was there before was wrong";

/// How often it is looked whether a droplet has been switched on.
const POWERED_EVERY_MS: i64 = 3_000;

// Definition.

/// The table of the saga's steps.
pub static DEFINITION: Definition<Work> = Definition {
    kind: SagaKind::Repair,
    version: 1,
    on_failure: OnFailure::Stop,
    steps: &[
        Step {
            name: TAG_DROPLET,
            act: |work, attempt| Box::pin(tag_droplet(work, attempt)),
            undo: Undo::None(FORWARD),
            deadline: |_| 10 * MINUTE_MS,
            leftovers: |_, _| Vec::new(),
        },
        Step {
            name: POWER_ON,
            act: |work, attempt| Box::pin(power_on(work, attempt)),
            undo: Undo::None(FORWARD),
            deadline: |_| 10 * MINUTE_MS,
            leftovers: |_, _| Vec::new(),
        },
        Step {
            name: MEND_DNS_RECORDS,
            act: |work, attempt| Box::pin(mend_dns_records(work, attempt)),
            undo: Undo::None(FORWARD),
            deadline: |_| 10 * MINUTE_MS,
            leftovers: |_, _| Vec::new(),
        },
    ],
};

// Implementations.

async fn tag_droplet(work: &Work, attempt: Attempt<'_>) -> Outcome {
    if !kinds(&attempt)?.contains(&DriftKind::Tags) {
        return Ok(Progress::done());
    }
    let machine = machine(work).await?;
    let missing: Vec<String> = work.tags().into_iter().filter(|tag| !machine.tags.contains(tag)).collect();
    for tag in &missing {
        work.providers()?.compute.tag(&machine.id, tag).await?;
    }
    Ok(Progress::done_with(&json!({ "droplet_id": machine.id, "added_tags": missing })))
}

async fn power_on(work: &Work, attempt: Attempt<'_>) -> Outcome {
    if !kinds(&attempt)?.contains(&DriftKind::Power) {
        return Ok(Progress::done());
    }
    let machine = machine(work).await?;
    let waiting = || Ok(Progress::waiting("the droplet to be switched on", POWERED_EVERY_MS));
    match machine.power {
        Power::On => Ok(Progress::done_with(&json!({ "droplet_id": machine.id, "power": "on" }))),
        Power::Changing => waiting(),
        Power::Off => match work.providers()?.compute.power_on(&machine.id).await {
            // Something else is being done with it since it was looked at, maybe this very thing.
            Err(error)
                if error.kind == ProviderErrorKind::Refused
                    && self::machine(work).await?.power != Power::Off =>
            {
                waiting()
            }
            result => {
                result?;
                waiting()
            }
        },
    }
}

async fn mend_dns_records(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let Some(address) = &work.ledger.ip else {
        return Err(Fault::permanent(FailureCode::Internal, "the log does not say which address was given"));
    };
    let kinds = kinds(&attempt)?;
    let dns = &work.providers()?.dns;
    let mut found: Vec<DnsRecord> = dns.commented(work.server_id.as_str()).await?;
    for domain in &work.parameters.domains {
        let named = dns.named(domain).await?;
        let new = named.into_iter().filter(|record| found.iter().all(|other| other.id != record.id));
        found.extend(new.collect::<Vec<_>>());
    }
    let mending = records::mend(
        &Desired {
            server: &work.server_id,
            domains: &work.parameters.domains,
            address,
            proxied: work.parameters.proxied,
            comment: &work.record_comment(attempt.run),
            known: &work.ledger.record_ids,
        },
        &kinds,
        &found,
    );
    let creates = !mending.changes.create.is_empty();
    if creates && attempt.unsure_since().is_some_and(|since| !has_settled(since, attempt.now)) {
        return Ok(unsettled());
    }
    let mut record_ids = mending.kept;
    if !mending.changes.is_empty() {
        let changed = dns.change(&mending.changes).await.map_err(gone_in_the_meantime)?;
        record_ids.extend(changed.into_iter().map(|record| record.id));
    }
    // What NOC did not make, it does not take away. Whoever made it has to be asked.
    if let Some(record) = &mending.in_the_way {
        let (kind, name, content) = (&record.kind, &record.name, &record.content);
        return Err(Fault::permanent(
            FailureCode::DomainTaken,
            format!(
                "there is a {kind} record of {name} ({content}) that NOC did not make; remove it at the provider"
            ),
        ));
    }
    Ok(Progress::done_with(&DnsRecordIds { record_ids }))
}

fn kinds(attempt: &Attempt<'_>) -> Result<BTreeSet<DriftKind>, Fault> {
    crate::json::of_value::<RepairParameters>(&attempt.run.parameters)
        .map(|parameters| parameters.kinds)
        .map_err(|error| {
            Fault::permanent(
                FailureCode::Internal,
                format!("the parameters of the repair do not read: {error}"),
            )
        })
}

/// The machine of the server.
async fn machine(work: &Work) -> Result<Machine, Fault> {
    let Some(id) = &work.ledger.droplet_id else {
        return Err(Fault::permanent(FailureCode::Internal, "the log does not say which droplet was made"));
    };
    work.providers()?.compute.get(id).await?.ok_or_else(|| {
        let message = format!("the droplet {id} is gone; destroy the server and deploy it again");
        Fault::permanent(FailureCode::ProviderRefused, message)
    })
}
