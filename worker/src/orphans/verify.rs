//! An orphan as it stands now: between the sweep that found it and the request that is about it, it may have gone, or
//! have become somebody's.

use noc_shared::{
    id::OrphanId,
    orphans::{Orphan, OrphanKind},
};

use super::{Candidate, store};
use crate::{
    app::App,
    error::ApiError,
    organizations::Caller,
    providers::{DnsRecord, Machine},
    servers,
};

/// What an orphan is now.
pub(super) enum Verified {
    /// A machine, and why it is nobody's.
    Machine(Machine, Box<Candidate>),
    /// A DNS record.
    Record(DnsRecord),
    /// It is not at the provider.
    Gone,
    /// It belongs to a server.
    Owned,
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

/// Looks at the provider and at the records once more.
pub(super) async fn verify(app: &App, orphan: &Orphan) -> Result<Verified, ApiError> {
    let providers = app.providers()?;
    let doing = "find the server of the orphan";
    match orphan.kind {
        OrphanKind::Droplet => {
            let Some(machine) = providers.compute.get(&orphan.provider_id).await? else {
                return Ok(Verified::Gone);
            };
            let ids: Vec<_> = servers::tagged_server(&machine).into_iter().collect();
            let known = servers::known(&*app.database, &ids.iter().collect::<Vec<_>>(), &[]).await;
            let known = known.map_err(ApiError::database(doing))?;
            let candidate = Candidate::machine(&machine, &known);
            Ok(candidate.map_or(Verified::Owned, |candidate| Verified::Machine(machine, Box::new(candidate))))
        }
        OrphanKind::DnsRecord => {
            let named = providers.dns.named(&orphan.name).await?;
            let Some(record) = named.into_iter().find(|record| record.id == orphan.provider_id) else {
                return Ok(Verified::Gone);
            };
            let ids: Vec<_> = servers::marked_server(&record).into_iter().collect();
            let known = servers::known(&*app.database, &ids.iter().collect::<Vec<_>>(), &[]).await;
            let known = known.map_err(ApiError::database(doing))?;
            let candidate = Candidate::record(&record, &known);
            Ok(candidate.map_or(Verified::Owned, |_| Verified::Record(record)))
        }
    }
}
