//! Servers: deploying, listing, watching and destroying them.

mod adopt;
mod adoption;
mod again;
mod answer;
mod cloud_init;
pub mod deploy;
mod destroy;
mod domains;
mod facts;
pub mod first_report;
mod idempotency;
mod known;
mod lookup;
mod plan;
mod records;
mod removal;
mod repair;
mod routes;
mod store;
mod work;
mod zone;

pub use adopt::AdoptParameters;
pub use adoption::{Adoption, begin_adoption};
pub use again::as_of_now;
pub use facts::Facts;
pub use known::{
    KnownServer, KnownServers, LookedFor, Unseen, known, tagged_server, unseen_domains, unseen_servers,
};
pub use lookup::{Located, find, locate, locate_reporting, within_reach};
pub use records::{marked_server, routes_visitors};
pub use repair::RepairParameters;
pub use routes::routes;
pub use store::picture_statements;
pub use work::{DeployParameters, Ledger, SERVER_TAG, TAG, Work};
pub use zone::name as zone_name;

use noc_shared::deployments::SagaKind;

use crate::saga::Definition;

/// Sagas on servers, in all of their versions.
#[derive(Clone, Copy)]
pub struct Sagas(pub &'static [&'static Definition<Work>]);

/// Every version of every saga on servers that a log may have been begun under. An old one is kept until no run of it
/// can be open any more.
pub const SAGAS: Sagas = Sagas(&[
    &deploy::DEFINITION,
    &deploy::DEFINITION_1,
    &destroy::DEFINITION,
    &repair::DEFINITION,
    &adopt::DEFINITION,
]);

impl Sagas {
    /// A saga in a version.
    pub fn find(self, kind: SagaKind, version: u32) -> Option<&'static Definition<Work>> {
        self.0.iter().copied().find(|saga| saga.kind == kind && saga.version == version)
    }

    /// The version that a new run begins under.
    pub fn newest_version(self, kind: SagaKind) -> Option<u32> {
        self.0.iter().filter(|saga| saga.kind == kind).map(|saga| saga.version).max()
    }
}
