//! An orphan as it stands now: between the sweep that found it and the request that is about it, it may have gone, or
//! have become somebody's.

use noc_shared::{
    id::{DeploymentId, OrganizationId, OrphanId},
    orphans::{Orphan, OrphanKind},
    servers::ServerStatus,
};

use super::{Candidate, is_there, store};
use crate::{
    app::App,
    error::ApiError,
    organizations::Caller,
    providers::{DnsRecord, Machine},
    servers::{self, KnownServer, KnownServers, LookedFor},
    targets::{self, TargetAnswer, TargetRequest},
};

/// What an orphan is now.
pub(super) enum Verified {
    /// A machine, and why it is nobody's.
    Machine(Machine, Box<Candidate>),
    /// A DNS record.
    Record(DnsRecord),
    /// It is not at the provider.
    Gone,
    /// It belongs to this server.
    Owned(Box<Owner>),
}

/// The server that something belongs to.
pub(super) struct Owner {
    /// Whose it is.
    pub(super) organization_id: OrganizationId,
    /// Its name.
    pub(super) name: String,
    /// The newest deployment on it.
    pub(super) deployment_id: DeploymentId,
}

/// The orphan with this identifier.
pub(super) async fn find(app: &App, caller: &Caller, id: &str) -> Result<Orphan, ApiError> {
    // What is no identifier is not the identifier of anything.
    let id = OrphanId::parse(id).ok_or(ApiError::NotFound("orphan"))?;
    let found = store::find(&*app.database, &caller.organization_id, &id)
        .await
        .map_err(ApiError::database("find the orphan"))?;
    found.ok_or(ApiError::NotFound("orphan"))
}

/// Looks at the provider, at the records and, for a machine, at the object of its server once more: records may be lost
/// or older than what the object knows.
pub(super) async fn verify(app: &App, caller: &Caller, orphan: &Orphan) -> Result<Verified, ApiError> {
    let providers = app.providers()?;
    match orphan.kind {
        OrphanKind::Droplet => {
            let Some(machine) = providers.compute.get(&orphan.provider_id).await? else {
                return Ok(Verified::Gone);
            };
            let tagged = servers::tagged_server(&machine);
            let looked_for = LookedFor {
                ids: tagged.iter().collect(),
                droplets: vec![&machine.id],
                ..LookedFor::default()
            };
            let known = known(app, &looked_for).await?;
            let Some(candidate) = Candidate::machine(&machine, &known) else {
                let own = known.of_droplet(&machine.id);
                let owner = own.or_else(|| tagged.as_ref().and_then(|id| known.servers.get(id)));
                return Ok(owner.map_or(Verified::Gone, owned));
            };
            if !is_there(providers, &candidate).await? {
                return Ok(candidate.of.as_ref().map_or(Verified::Gone, owned));
            }
            match standing(app, caller, &machine, &candidate).await? {
                Some(owner) => Ok(Verified::Owned(Box::new(owner))),
                None => Ok(Verified::Machine(machine, Box::new(candidate))),
            }
        }
        OrphanKind::DnsRecord => {
            let named = providers.dns.named(&orphan.name).await?;
            let Some(record) = named.into_iter().find(|record| record.id == orphan.provider_id) else {
                return Ok(Verified::Gone);
            };
            let marked = servers::marked_server(&record);
            let looked_for = LookedFor {
                ids: marked.iter().collect(),
                domains: vec![&record.name],
                ..LookedFor::default()
            };
            let known = known(app, &looked_for).await?;
            if Candidate::record(&record, &known).is_some() {
                return Ok(Verified::Record(record));
            }
            let owner = known.domains.get(&record.name).or(marked.as_ref());
            Ok(owner.and_then(|id| known.servers.get(id)).map_or(Verified::Gone, owned))
        }
    }
}

async fn known(app: &App, looked_for: &LookedFor<'_>) -> Result<KnownServers, ApiError> {
    let known = servers::known(&*app.database, looked_for).await;
    known.map_err(ApiError::database("find the server of the orphan"))
}

fn owned(known: &KnownServer) -> Verified {
    Verified::Owned(Box::new(Owner {
        organization_id: known.organization_id.clone(),
        name: known.server.name.clone(),
        deployment_id: known.server.deployment_id.clone(),
    }))
}

/// The server that the machine's tag names, if its object says that it stands. Where there is no record of the server, its
/// object is that of the machine's name.
async fn standing(
    app: &App,
    caller: &Caller,
    machine: &Machine,
    candidate: &Candidate,
) -> Result<Option<Owner>, ApiError> {
    let Some(server_id) = &candidate.server_id else { return Ok(None) };
    let of = candidate.of.as_ref();
    let organization_id = of.map_or(&caller.organization_id, |of| &of.organization_id).clone();
    let name = of.map_or(&machine.name, |of| &of.server.name).clone();
    let request = TargetRequest::Status { server_id: server_id.clone() };
    match targets::ask(app, &organization_id, &name, request).await? {
        TargetAnswer::Status(status)
            if status.status != ServerStatus::Destroyed
                && status.droplet_id.as_ref() == Some(&machine.id) =>
        {
            let deployment_id = status.deployment_id.clone();
            Ok(Some(Owner { organization_id, name, deployment_id }))
        }
        TargetAnswer::Failed => Err(ApiError::Target { doing: "ask the server of the orphan" }),
        _ => Ok(None),
    }
}
