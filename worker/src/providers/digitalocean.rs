//! DigitalOcean v2: droplets.

use async_trait::async_trait;
use noc_shared::{
    catalog::{Catalog, Region, Size},
    money::Usd,
};
use serde::{Deserialize, Serialize};

use super::{
    Compute, Machine, NewMachine, ProviderError, ProviderErrorKind,
    call::{Ask, Caller, Said, query},
};
use crate::{config::DigitalOceanConfig, ports::Method};

/// The most that a page may hold.
const PER_PAGE: &str = "200";

/// Pages that are read of one list: 4,000 things. A tag of one server never has more than a few, and there are fewer
/// than 200 sizes; the bound keeps a provider that always promises another page from holding a run forever.
const MAX_PAGES: u32 = 20;

pub(super) struct DigitalOcean {
    pub(super) caller: Caller,
    pub(super) config: DigitalOceanConfig,
}

#[derive(Serialize)]
struct CreateDroplet<'a> {
    name: &'a str,
    size: &'a str,
    region: &'a str,
    image: &'a str,
    tags: &'a [String],
    user_data: &'a str,
}

#[derive(Deserialize)]
struct DropletAnswer {
    droplet: Droplet,
}

#[derive(Deserialize)]
struct Droplet {
    id: u64,
    #[serde(default)]
    locked: bool,
    networks: Networks,
}

#[derive(Deserialize)]
struct Networks {
    #[serde(default)]
    v4: Vec<NetworkV4>,
}

#[derive(Deserialize)]
struct NetworkV4 {
    ip_address: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
struct Links {
    #[serde(default)]
    pages: Pages,
}

#[derive(Default, Deserialize)]
struct Pages {
    next: Option<String>,
}

#[derive(Deserialize)]
struct DropletPage {
    droplets: Vec<Droplet>,
    #[serde(default)]
    links: Links,
}

#[derive(Deserialize)]
struct SizePage {
    sizes: Vec<DropletSize>,
    #[serde(default)]
    links: Links,
}

#[derive(Deserialize)]
struct DropletSize {
    slug: String,
    memory: u32,
    vcpus: u32,
    disk: u32,
    price_monthly: Usd,
    available: bool,
    regions: Vec<String>,
}

#[derive(Deserialize)]
struct RegionPage {
    regions: Vec<DropletRegion>,
    #[serde(default)]
    links: Links,
}

#[derive(Deserialize)]
struct DropletRegion {
    slug: String,
    name: String,
    available: bool,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    id: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl From<Droplet> for Machine {
    fn from(droplet: Droplet) -> Self {
        let public = droplet.networks.v4.into_iter().find(|network| network.kind == "public");
        Self { id: droplet.id.to_string(), ip: public.map(|network| network.ip_address) }
    }
}

fn said(body: &[u8]) -> Said {
    let Ok(answer) = serde_json::from_slice::<ErrorAnswer>(body) else { return Said::default() };
    Said { code: answer.id, message: answer.message, request_id: answer.request_id }
}

impl DigitalOcean {
    fn ask(&self, doing: &'static str, method: Method, path: &str, body: Option<Vec<u8>>) -> Ask<'_> {
        let url = format!("{}{path}", self.config.url);
        Ask { doing, method, url, bearer: Some(&self.config.token), body, said }
    }

    /// A droplet; `None` if there is none.
    async fn droplet(&self, ask: Ask<'_>) -> Result<Option<Droplet>, ProviderError> {
        match self.caller.ask_for::<DropletAnswer>(ask).await {
            Ok(answer) => Ok(Some(answer.droplet)),
            Err(error) if error.kind == ProviderErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads all pages of a list. The next page is asked for by its number: the link that the provider gives names its
    /// own address, which is not where everybody reaches it.
    async fn pages<P: serde::de::DeserializeOwned, T>(
        &self,
        doing: &'static str,
        path: &str,
        filter: &[(&str, &str)],
        split: fn(P) -> (Vec<T>, Links),
    ) -> Result<Vec<T>, ProviderError> {
        let mut all = Vec::new();
        for page in 1..=MAX_PAGES {
            let number = page.to_string();
            let mut pairs = vec![("per_page", PER_PAGE), ("page", number.as_str())];
            pairs.extend_from_slice(filter);
            let path = format!("{path}{}", query(&pairs));
            let (items, links) = split(self.caller.ask_for(self.ask(doing, Method::Get, &path, None)).await?);
            all.extend(items);
            if links.pages.next.is_none() {
                return Ok(all);
            }
        }
        Err(self.caller.senseless(doing, "the list does not end"))
    }
}

#[async_trait]
impl Compute for DigitalOcean {
    async fn create(&self, machine: &NewMachine) -> Result<Machine, ProviderError> {
        let doing = "create the droplet";
        let body = serde_json::to_vec(&CreateDroplet {
            name: &machine.name,
            size: &machine.size,
            region: &machine.region,
            image: &machine.image,
            tags: &machine.tags,
            user_data: machine.user_data.expose(),
        })
        .map_err(|error| self.caller.senseless(doing, &error.to_string()))?;
        let answer: DropletAnswer =
            self.caller.ask_for(self.ask(doing, Method::Post, "/droplets", Some(body))).await?;
        Ok(answer.droplet.into())
    }

    async fn get(&self, id: &str) -> Result<Option<Machine>, ProviderError> {
        let ask = self.ask("show the droplet", Method::Get, &format!("/droplets/{id}"), None);
        Ok(self.droplet(ask).await?.map(Machine::from))
    }

    async fn tagged(&self, tag: &str) -> Result<Vec<Machine>, ProviderError> {
        let doing = "list the droplets with the tag";
        let split = |page: DropletPage| (page.droplets, page.links);
        let droplets = self.pages(doing, "/droplets", &[("tag_name", tag)], split).await?;
        Ok(droplets.into_iter().map(Machine::from).collect())
    }

    async fn delete(&self, id: &str) -> Result<(), ProviderError> {
        let ask = self.ask("delete the droplet", Method::Delete, &format!("/droplets/{id}"), None);
        match self.caller.ask(ask).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == ProviderErrorKind::NotFound => Ok(()),
            // A droplet with which something else is being done, an earlier delete for one, is refused like a wrong
            // request; that it is locked tells the two apart.
            Err(mut error) if error.refusal.status == Some(422) => {
                let ask = self.ask("show the droplet", Method::Get, &format!("/droplets/{id}"), None);
                match self.droplet(ask).await? {
                    None => Ok(()),
                    Some(droplet) => {
                        if droplet.locked {
                            error.kind = ProviderErrorKind::Busy;
                        }
                        Err(error)
                    }
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn catalog(&self) -> Result<Catalog, ProviderError> {
        let sizes = self
            .pages("list its sizes", "/sizes", &[], |page: SizePage| (page.sizes, page.links))
            .await?
            .into_iter()
            .map(|size| Size {
                slug: size.slug,
                vcpus: size.vcpus,
                memory_mib: size.memory,
                disk_gib: size.disk,
                price_monthly: size.price_monthly,
                available: size.available,
                regions: size.regions,
            });
        let mut sizes: Vec<Size> = sizes.collect();
        sizes.sort_by(|a, b| (a.price_monthly, &a.slug).cmp(&(b.price_monthly, &b.slug)));
        let regions = self
            .pages("list its regions", "/regions", &[], |page: RegionPage| (page.regions, page.links))
            .await?
            .into_iter()
            .map(|region| Region { slug: region.slug, name: region.name, available: region.available });
        let mut regions: Vec<Region> = regions.collect();
        regions.sort_by(|a, b| a.slug.cmp(&b.slug));
        Ok(Catalog { sizes, regions })
    }

    async fn ping(&self) -> Result<Option<u64>, ProviderError> {
        let ask = self.ask("show the account", Method::Get, "/account", None);
        Ok(Caller::remaining(&self.caller.ask(ask).await?))
    }
}
