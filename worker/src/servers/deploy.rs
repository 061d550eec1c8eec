//! The deploy saga: a machine, its secrets and its DNS records come to be.

use std::collections::BTreeMap;

use noc_shared::{
    applications::SecretDelivery,
    deployments::{FailureCode, SagaKind},
};
use serde_json::json;

use super::{
    cloud_init, domains,
    first_report::{wait_for_agent, wait_for_first_start},
    plan, records,
    removal::{self, GONE_EVERY_MS, Removal, unsettled},
    work::{
        Addressed, CreatedDroplet, DnsRecordIds, MINUTE_MS, SETTLE_MS, Work, database_fault, has_settled,
    },
};
use crate::{
    applications::LONGEST_READY_SECONDS,
    catalog,
    config::Secret,
    providers::{DnsRecord, NewMachine, NewRecord},
    saga::{Act, Attempt, Definition, Fault, OnFailure, Progress, Step, UNDO_WITHIN_MS, Undo, UndoState},
};

// Parameters: `DeployParameters` in `work.rs`, because the destroy saga reads them too.

// Actions: the names that are in the logs.

pub(super) const RESERVE_NAME: &str = "reserve_name";
pub(super) const READ_SECRETS: &str = "read_secrets";
pub(super) const RENDER_CLOUD_INIT: &str = "render_cloud_init";
pub(super) const CREATE_DROPLET: &str = "create_droplet";
pub(super) const WAIT_FOR_ADDRESS: &str = "wait_for_address";
pub(super) const WRITE_DNS_RECORDS: &str = "write_dns_records";
pub(super) const WAIT_FOR_AGENT: &str = "wait_for_agent";

/// The provider is asked for the address after two seconds, and then less and less often, down to every six. That is
/// eleven looks in the first minute: twenty deploys at once make 220 requests and 20 creates of the 250 that the
/// provider takes in a minute. One that is slower costs ten looks a minute, of the 5,000 requests in an hour.
fn address_again_ms(attempts: u32) -> i64 {
    (i64::from(attempts) * 1_000).clamp(2_000, 6_000)
}

/// What a step is waiting for while the provider has the droplet and no address for it.
pub(super) const ADDRESS: &str = "the provider to give the droplet an address";

// Definition.

const RESERVED_WITHIN_MS: i64 = 2 * MINUTE_MS;
const READ_WITHIN_MS: i64 = 5 * MINUTE_MS;
const RENDERED_WITHIN_MS: i64 = MINUTE_MS;
const CREATED_WITHIN_MS: i64 = 10 * MINUTE_MS;
const ADDRESSED_WITHIN_MS: i64 = 10 * MINUTE_MS;
const WRITTEN_WITHIN_MS: i64 = 10 * MINUTE_MS;
const LONGEST_READY_MS: i64 = LONGEST_READY_SECONDS as i64 * 1_000;

/// The longest that a deploy takes by its deadlines: 38 minutes and two hours for the application, then a quarter of an
/// hour for each of three undos, and the 35 seconds in which a lost answer may still make something. That is 3 hours,
/// 23 minutes and 35 seconds. What its last calls take beyond their deadlines comes on top: at most half a minute each.
pub const LONGEST_MS: i64 = RESERVED_WITHIN_MS
    + READ_WITHIN_MS
    + RENDERED_WITHIN_MS
    + CREATED_WITHIN_MS
    + ADDRESSED_WITHIN_MS
    + WRITTEN_WITHIN_MS
    + LONGEST_READY_MS
    + 3 * UNDO_WITHIN_MS
    + SETTLE_MS;

/// The saga as it begins now.
pub static DEFINITION: Definition<Work> = Definition {
    kind: SagaKind::Deploy,
    version: 2,
    on_failure: OnFailure::Unwind,
    steps: &steps(|work, attempt| Box::pin(wait_for_first_start(work, attempt))),
};

/// As it was before: a machine whose first start had ended with errors was one that is active.
pub static DEFINITION_1: Definition<Work> = Definition {
    kind: SagaKind::Deploy,
    version: 1,
    on_failure: OnFailure::Unwind,
    steps: &steps(|work, attempt| Box::pin(wait_for_agent(work, attempt))),
};

/// The table of the saga's steps, with what the last one does.
const fn steps(wait: Act<Work>) -> [Step<Work>; 7] {
    [
        Step {
            name: RESERVE_NAME,
            act: |work, attempt| Box::pin(reserve_name(work, attempt)),
            undo: Undo::With(|work, attempt| Box::pin(release_name(work, attempt))),
            deadline: |_| RESERVED_WITHIN_MS,
            leftovers: |work, failure| work.reservation_left(failure),
        },
        Step {
            name: READ_SECRETS,
            act: |work, attempt| Box::pin(read_secrets(work, attempt)),
            undo: Undo::None("it only reads, and keeps nothing but the names"),
            deadline: |_| READ_WITHIN_MS,
            leftovers: |_, _| Vec::new(),
        },
        Step {
            name: RENDER_CLOUD_INIT,
            act: |work, attempt| Box::pin(render_cloud_init(work, attempt)),
            undo: Undo::None("it only computes"),
            deadline: |_| RENDERED_WITHIN_MS,
            leftovers: |_, _| Vec::new(),
        },
        Step {
            name: CREATE_DROPLET,
            act: |work, attempt| Box::pin(create_droplet(work, attempt)),
            undo: Undo::With(|work, attempt| Box::pin(delete_droplet(work, attempt))),
            deadline: |_| CREATED_WITHIN_MS,
            leftovers: |work, failure| work.droplet_left(failure),
        },
        Step {
            name: WAIT_FOR_ADDRESS,
            act: |work, attempt| Box::pin(wait_for_address(work, attempt)),
            undo: Undo::None("it only looks; the address goes with the droplet"),
            deadline: |_| ADDRESSED_WITHIN_MS,
            leftovers: |_, _| Vec::new(),
        },
        Step {
            name: WRITE_DNS_RECORDS,
            act: |work, attempt| Box::pin(write_dns_records(work, attempt)),
            undo: Undo::With(|work, attempt| Box::pin(delete_dns_records(work, attempt))),
            deadline: |_| WRITTEN_WITHIN_MS,
            leftovers: |work, failure| work.records_left(failure),
        },
        Step {
            name: WAIT_FOR_AGENT,
            act: wait,
            undo: Undo::None("it only waits; the agent goes with the droplet"),
            deadline: |work| i64::from(work.parameters.application.ready_within_seconds) * 1000,
            leftovers: |_, _| Vec::new(),
        },
    ]
}

// Implementations.

pub(super) type Outcome = Result<Progress, Fault>;

async fn reserve_name(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let parameters = &work.parameters;
    let again = plan::validate(&parameters.server_name, &parameters.branch, &parameters.application, None);
    if let Err(error) = again {
        return Err(Fault::permanent(FailureCode::Internal, error.to_string()));
    }
    let (catalog, _) = catalog::current(&work.app).await.map_err(catalog::CatalogError::into_fault)?;
    if let Err(error) = catalog.fit(&parameters.size, &parameters.region) {
        return Err(Fault::permanent(FailureCode::NotInCatalog, error.to_string()));
    }
    reserve_domains(work, attempt).await
}

/// Reserves the domains of the server; whoever has one of them already keeps it.
pub(super) async fn reserve_domains(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let (database, domains) = (&*work.app.database, &work.parameters.domains);
    let taken = domains::reserve(database, &work.organization_id, &work.server_id, domains, attempt.now)
        .await
        .map_err(database_fault("reserve the domains"))?;
    match taken {
        None => Ok(Progress::done_with(&json!({ "domains": domains }))),
        Some(domain) => Err(Fault::permanent(
            FailureCode::DomainTaken,
            format!("{domain} is the domain of another server; choose another server name"),
        )),
    }
}

pub(super) async fn release_name(work: &Work, attempt: Attempt<'_>) -> Outcome {
    if attempt.run.steps.iter().any(|step| step.undo == UndoState::Failed) {
        // Whoever got the domain now would find the records, or the machine, that could not be removed.
        let message = "the domains stay reserved until what is left over is removed";
        return Err(Fault::permanent(FailureCode::Internal, message));
    }
    domains::release(&*work.app.database, &work.server_id)
        .await
        .map_err(database_fault("give up the reservation of the domains"))?;
    Ok(Progress::done())
}

/// Reads the secrets only to know that they are there: the machine gets them when it claims them, and until then they
/// are nowhere but in the store.
async fn read_secrets(work: &Work, _: Attempt<'_>) -> Outcome {
    let wanted = &work.parameters.application.secrets;
    if wanted.is_empty() {
        return Ok(Progress::done());
    }
    let environment = &work.parameters.secret_environment;
    let found = work.providers()?.secrets.read(environment).await?;
    let missing: Vec<&str> = wanted
        .iter()
        .filter(|name| found.get(*name).is_none_or(|secret| secret.expose().is_empty()))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Ok(Progress::done_with(&json!({ "names": wanted })));
    }
    Err(Fault::permanent(
        FailureCode::SecretMissing,
        format!(
            "the environment {environment} of the secret store has no readable {}; put it there and deploy again",
            missing.join(", ")
        ),
    ))
}

/// Renders the document to know that it can be: it is rendered again when it is sent, because it carries a token and
/// so is not kept.
async fn render_cloud_init(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let document = rendered(work, &attempt).await?;
    Ok(Progress::done_with(&json!({
        "bytes": document.expose().len(),
        "sha256": crate::keys::sha256_hex(document.expose().as_bytes()),
    })))
}

async fn rendered(work: &Work, attempt: &Attempt<'_>) -> Result<crate::config::Secret, Fault> {
    let secrets = embedded_secrets(work).await?;
    let master = &work.platform()?.master_key;
    cloud_init::render(&work.parameters, master, &work.server_id, &attempt.run.id, &secrets)
        .map_err(|error| Fault::permanent(FailureCode::Internal, error.to_string()))
}

/// The secrets that go into the document itself, which only an application asks for whose machine cannot claim them.
async fn embedded_secrets(work: &Work) -> Result<BTreeMap<String, Secret>, Fault> {
    let parameters = &work.parameters;
    if parameters.application.delivery != SecretDelivery::Embedded
        || parameters.application.secrets.is_empty()
    {
        return Ok(BTreeMap::new());
    }
    let mut found = work.providers()?.secrets.read(&parameters.secret_environment).await?;
    let names = parameters.application.secrets.iter();
    Ok(names.filter_map(|name| Some((name.clone(), found.remove(name)?))).collect())
}

async fn create_droplet(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let compute = &work.providers()?.compute;
    let deployment_tag = format!("noc-deployment:{}", attempt.run.id);
    if let Some(unsure_since) = attempt.unsure_since() {
        // An earlier attempt may have made the droplet: it is looked for and adopted, never made twice.
        let found = compute.tagged(&deployment_tag).await?;
        let mut found = found.into_iter();
        if let Some(machine) = found.next() {
            // More than one would mean that a call was worked on for longer than any is known to be.
            for doubled in found {
                compute.delete(&doubled.id).await?;
            }
            return Ok(Progress::done_with(&CreatedDroplet { droplet_id: machine.id }));
        }
        if !has_settled(unsure_since, attempt.now) {
            return Ok(unsettled());
        }
    }
    let machine = compute
        .create(&NewMachine {
            name: work.parameters.server_name.clone(),
            size: work.parameters.size.clone(),
            region: work.parameters.region.clone(),
            image: work.parameters.application.image.clone(),
            tags: work.tags().into_iter().chain([deployment_tag]).collect(),
            user_data: rendered(work, &attempt).await?,
        })
        .await?;
    Ok(Progress::done_with(&CreatedDroplet { droplet_id: machine.id }))
}

async fn delete_droplet(work: &Work, attempt: Attempt<'_>) -> Outcome {
    Ok(match removal::droplets(work, attempt.now).await? {
        Removal::Gone => Progress::done(),
        Removal::Told(_) => Progress::waiting("the droplet to be gone", GONE_EVERY_MS),
        Removal::Unsettled => unsettled(),
    })
}

pub(super) async fn wait_for_address(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let Some(droplet_id) = &work.ledger.droplet_id else {
        return Err(Fault::permanent(FailureCode::Internal, "the log does not say which droplet was made"));
    };
    match work.providers()?.compute.get(droplet_id).await? {
        Some(machine) => match machine.ip {
            Some(ip) => Ok(Progress::done_with(&Addressed { ip })),
            None => {
                let again = address_again_ms(attempt.attempts());
                Ok(Progress::waiting(ADDRESS, again))
            }
        },
        // One that was made a moment ago may not be shown yet.
        None if !work.ledger.is_settled(attempt.now) => {
            Ok(Progress::waiting("the provider to show the droplet that it made", GONE_EVERY_MS))
        }
        None => Err(Fault::permanent(
            FailureCode::ProviderRefused,
            format!("the droplet {droplet_id} is gone: somebody deleted it at the provider"),
        )),
    }
}

pub(super) async fn write_dns_records(work: &Work, attempt: Attempt<'_>) -> Outcome {
    let Some(Addressed { ip }) = attempt.output(WAIT_FOR_ADDRESS) else {
        return Err(Fault::permanent(FailureCode::Internal, "the log does not say which address was given"));
    };
    let dns = &work.providers()?.dns;
    let comment = work.record_comment(attempt.run);
    let mut ours: Vec<DnsRecord> = Vec::new();
    let mut missing = Vec::new();
    for domain in &work.parameters.domains {
        // The provider lets two A records of one name stand beside each other, so that a record of somebody else's
        // would take half of the visitors: it is looked for first.
        let mut found = dns.named(domain).await?;
        found.retain(records::routes_visitors);
        let own = found.iter().position(|record| is_ours(work, record, &ip));
        match own {
            Some(index) if found.len() == 1 => ours.push(found.swap_remove(index)),
            None if found.is_empty() => missing.push(NewRecord {
                name: domain.clone(),
                address: ip.clone(),
                proxied: work.parameters.proxied,
                comment: comment.clone(),
            }),
            _ => {
                let kind = found
                    .iter()
                    .find(|record| !is_ours(work, record, &ip))
                    .map_or("second", |record| record.kind.as_str());
                return Err(Fault::permanent(
                    FailureCode::DomainTaken,
                    format!("there is a {kind} record of {domain} already, which NOC did not make"),
                ));
            }
        }
    }
    if !missing.is_empty() {
        if attempt.unsure_since().is_some_and(|since| !has_settled(since, attempt.now)) {
            return Ok(unsettled());
        }
        ours.extend(dns.create(&missing).await?);
    }
    let record_ids = ours.into_iter().map(|record| record.id).collect();
    Ok(Progress::done_with(&DnsRecordIds { record_ids }))
}

fn is_ours(work: &Work, record: &DnsRecord, ip: &str) -> bool {
    record.kind == "A" && record.content == ip && records::is_marked(record, &work.server_id)
}

async fn delete_dns_records(work: &Work, attempt: Attempt<'_>) -> Outcome {
    removal::dns_records(work).await?;
    if attempt.unsure_since().is_some_and(|since| !has_settled(since, attempt.now)) {
        return Ok(unsettled());
    }
    Ok(Progress::done())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_deploy_counts_the_deadline_of_every_step_and_every_undo() {
        let undos = DEFINITION.steps.iter().filter(|step| matches!(step.undo, Undo::With(_)));
        assert_eq!((DEFINITION.steps.len(), undos.count()), (7, 3), "what is new here, `LONGEST_MS` adds up");
        assert_eq!(LONGEST_MS, ((3 * 60 + 23) * 60 + 35) * 1_000);
    }
}
