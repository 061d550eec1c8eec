//! Providers: traits by need, one file per vendor, and one registry.

mod call;
mod cloudflare;
mod digitalocean;
mod infisical;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use noc_shared::{catalog::Catalog, money::Usd, time::Timestamp};

use call::Caller;
pub(crate) use call::TIMEOUT_MS;
pub use call::{ProviderError, ProviderErrorKind};

use crate::{
    config::{Platform, Secret},
    ports::{Clock, Http},
};

/// A machine that is to be made.
pub struct NewMachine {
    /// Its host name.
    pub name: String,
    /// The provider's name of its size.
    pub size: String,
    /// The provider's name of its region.
    pub region: String,
    /// The image that it starts from.
    pub image: String,
    /// What it is marked with, so that it is found again.
    pub tags: Vec<String>,
    /// What it runs at its first start. It carries a token.
    pub user_data: Secret,
}

/// A machine as the provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The provider's id.
    pub id: String,
    /// Its host name.
    pub name: String,
    /// Its public IPv4 address, once it has one.
    pub ip: Option<String>,
    /// The provider's name of its size.
    pub size: String,
    /// The provider's name of its region.
    pub region: String,
    /// What it is marked with.
    pub tags: Vec<String>,
    /// Whether it is switched on.
    pub power: Power,
    /// What it costs per month.
    pub price_monthly: Usd,
    /// When it was made, as the provider says.
    pub created_at: Option<Timestamp>,
}

/// Whether a machine is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    On,
    /// It does not.
    Off,
    /// It is being made, or something is being done with it.
    Changing,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether there is another one behind it.
    pub more: bool,
}

/// Makes and removes machines.
#[async_trait]
pub trait Compute: Send + Sync {
    /// Has a machine made. It has no address yet.
    async fn create(&self, machine: &NewMachine) -> Result<Machine, ProviderError>;

    /// A machine by its id; `None` if there is none.
    async fn get(&self, id: &str) -> Result<Option<Machine>, ProviderError>;

    /// The machines that are marked with a tag.
    async fn tagged(&self, tag: &str) -> Result<Vec<Machine>, ProviderError>;

    /// A page of the machines that are marked with a tag, counted from 1.
    async fn tagged_page(&self, tag: &str, page: u32) -> Result<Page<Machine>, ProviderError>;

    /// Marks a machine with a tag; one that has it already is fine.
    async fn tag(&self, id: &str, tag: &str) -> Result<(), ProviderError>;

    /// Has a machine switched on. It takes a while.
    async fn power_on(&self, id: &str) -> Result<(), ProviderError>;

    /// Removes a machine; one that is gone already is fine.
    async fn delete(&self, id: &str) -> Result<(), ProviderError>;

    /// What can be had.
    async fn catalog(&self) -> Result<Catalog, ProviderError>;

    /// Asks for as little as possible; tells how many more requests the provider takes now, if it says so.
    async fn ping(&self) -> Result<Option<u64>, ProviderError>;
}

/// A DNS record that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// The whole name.
    pub name: String,
    /// The IPv4 address.
    pub address: String,
    /// Whether it goes through the provider's proxy.
    pub proxied: bool,
    /// What it is marked with, so that it is found again.
    pub comment: String,
}

/// A DNS record as the provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsRecord {
    /// The provider's id.
    pub id: String,
    /// The whole name.
    pub name: String,
    /// Its type, as `A`.
    pub kind: String,
    /// What it says.
    pub content: String,
    /// Whether it goes through the provider's proxy.
    pub proxied: bool,
    /// What it is marked with.
    pub comment: Option<String>,
    /// When it was made, as the provider says.
    pub created_at: Option<Timestamp>,
}

/// Changes to DNS records that are made together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordChanges {
    /// Those that go, by the provider's ids.
    pub delete: Vec<String>,
    /// Those that become something else, by the provider's ids.
    pub replace: Vec<(String, NewRecord)>,
    /// New ones.
    pub create: Vec<NewRecord>,
}

impl RecordChanges {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.delete.is_empty() && self.replace.is_empty() && self.create.is_empty()
    }
}

/// Makes and removes DNS records in the zone.
#[async_trait]
pub trait Dns: Send + Sync {
    /// The name of the zone.
    async fn zone_name(&self) -> Result<String, ProviderError>;

    /// The records of a name, of every type.
    async fn named(&self, name: &str) -> Result<Vec<DnsRecord>, ProviderError>;

    /// The records whose comment has this text in it.
    async fn commented(&self, text: &str) -> Result<Vec<DnsRecord>, ProviderError>;

    /// Makes all of the records or none, in one call.
    async fn create(&self, records: &[NewRecord]) -> Result<Vec<DnsRecord>, ProviderError>;

    /// Removes all of the records or none, in one call. One that is gone already makes it fail.
    async fn delete(&self, ids: &[String]) -> Result<(), ProviderError>;

    /// A page of all records of the zone, counted from 1.
    async fn page(&self, page: u32) -> Result<Page<DnsRecord>, ProviderError>;

    /// Makes all of the changes or none, in one call, and gives the records that were replaced or made. A record that is
    /// gone makes it fail.
    async fn change(&self, changes: &RecordChanges) -> Result<Vec<DnsRecord>, ProviderError>;

    /// Asks for as little as possible.
    async fn ping(&self) -> Result<Option<u64>, ProviderError>;
}

/// Reads the applications' secrets.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The secrets of an environment that may be read, by name.
    async fn read(&self, environment: &str) -> Result<BTreeMap<String, Secret>, ProviderError>;

    /// Asks for as little as possible.
    async fn ping(&self) -> Result<Option<u64>, ProviderError>;
}

/// One provider for each need.
#[derive(Clone)]
pub struct Providers {
    /// Machines.
    pub compute: Arc<dyn Compute>,
    /// Domains.
    pub dns: Arc<dyn Dns>,
    /// The applications' secrets.
    pub secrets: Arc<dyn SecretStore>,
}

impl Providers {
    /// The providers that the configuration names.
    pub fn new(platform: &Platform, http: Arc<dyn Http>, clock: Arc<dyn Clock>) -> Self {
        let hidden: Arc<[Secret]> = platform.secrets().into_iter().cloned().collect();
        let caller = |provider| Caller {
            provider,
            http: Arc::clone(&http),
            clock: Arc::clone(&clock),
            hidden: Arc::clone(&hidden),
        };
        Self {
            compute: Arc::new(digitalocean::DigitalOcean {
                caller: caller("digitalocean"),
                config: platform.digitalocean.clone(),
            }),
            dns: Arc::new(cloudflare::Cloudflare {
                caller: caller("cloudflare"),
                config: platform.cloudflare.clone(),
            }),
            secrets: Arc::new(infisical::Infisical {
                caller: caller("infisical"),
                config: platform.infisical.clone(),
            }),
        }
    }
}
