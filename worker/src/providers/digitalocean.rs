//! DigitalOcean v2: droplets.

use async_trait::async_trait;
use noc_shared::{
    catalog::{Catalog, Region, Size},
    money::Usd,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Compute, Machine, NewMachine, Page, Power, ProviderError, ProviderErrorKind,
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
    name: String,
    #[serde(default)]
    locked: bool,
    status: String,
    created_at: String,
    size_slug: String,
    size: DropletPrice,
    region: DropletRegionName,
    tags: Vec<String>,
    networks: Networks,
}

#[derive(Deserialize)]
struct DropletPrice {
    price_monthly: Usd,
}

#[derive(Deserialize)]
struct DropletRegionName {
    slug: String,
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
        let power = match droplet.status.as_str() {
            _ if droplet.locked => Power::Changing,
            "active" => Power::On,
            "off" => Power::Off,
            _ => Power::Changing,
        };
        Self {
            id: droplet.id.to_string(),
            name: droplet.name,
            ip: public.map(|network| network.ip_address),
            size: droplet.size_slug,
            region: droplet.region.slug,
            tags: droplet.tags,
            power,
            price_monthly: droplet.size.price_monthly,
            created_at: Timestamp::parse(&droplet.created_at),
        }
    }
}

const LIST_TAGGED: &str = "list the droplets with the tag";

fn split_droplets(page: DropletPage) -> (Vec<Droplet>, Links) {
    (page.droplets, page.links)
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

    fn body(&self, doing: &'static str, content: &impl Serialize) -> Result<Option<Vec<u8>>, ProviderError> {
        let written = serde_json::to_vec(content);
        written.map(Some).map_err(|error| self.caller.senseless(doing, &error.to_string()))
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
        for number in 1..=MAX_PAGES {
            let page = self.page(doing, path, filter, number, split).await?;
            all.extend(page.items);
            if !page.more {
                return Ok(all);
            }
        }
        Err(self.caller.senseless(doing, "the list does not end"))
    }

    async fn page<P: serde::de::DeserializeOwned, T>(
        &self,
        doing: &'static str,
        path: &str,
        filter: &[(&str, &str)],
        number: u32,
        split: fn(P) -> (Vec<T>, Links),
    ) -> Result<Page<T>, ProviderError> {
        let number = number.to_string();
        let mut pairs = vec![("per_page", PER_PAGE), ("page", number.as_str())];
        pairs.extend_from_slice(filter);
        let path = format!("{path}{}", query(&pairs));
        let (items, links) = split(self.caller.ask_for(self.ask(doing, Method::Get, &path, None)).await?);
        Ok(Page { items, more: links.pages.next.is_some() })
    }
}

#[async_trait]
impl Compute for DigitalOcean {
    async fn create(&self, machine: &NewMachine) -> Result<Machine, ProviderError> {
        let doing = "create the droplet";
        let body = self.body(
            doing,
            &CreateDroplet {
                name: &machine.name,
                size: &machine.size,
                region: &machine.region,
                image: &machine.image,
                tags: &machine.tags,
                user_data: machine.user_data.expose(),
            },
        )?;
        let answer: DropletAnswer =
            self.caller.ask_for(self.ask(doing, Method::Post, "/droplets", body)).await?;
        Ok(answer.droplet.into())
    }

    async fn get(&self, id: &str) -> Result<Option<Machine>, ProviderError> {
        let ask = self.ask("show the droplet", Method::Get, &format!("/droplets/{id}"), None);
        Ok(self.droplet(ask).await?.map(Machine::from))
    }

    async fn tagged(&self, tag: &str) -> Result<Vec<Machine>, ProviderError> {
        let droplets = self.pages(LIST_TAGGED, "/droplets", &[("tag_name", tag)], split_droplets).await?;
        Ok(droplets.into_iter().map(Machine::from).collect())
    }

    async fn tagged_page(&self, tag: &str, page: u32) -> Result<Page<Machine>, ProviderError> {
        let filter = [("tag_name", tag)];
        let page = self.page(LIST_TAGGED, "/droplets", &filter, page, split_droplets).await?;
        Ok(Page { items: page.items.into_iter().map(Machine::from).collect(), more: page.more })
    }

    async fn tag(&self, id: &str, tag: &str) -> Result<(), ProviderError> {
        // A tag that nothing was ever marked with is not there; to make one that is there is fine.
        let doing = "make the tag";
        let made = self.ask(doing, Method::Post, "/tags", self.body(doing, &json!({ "name": tag }))?);
        self.caller.ask(made).await?;
        let doing = "tag the droplet";
        let resources = json!({ "resources": [{ "resource_id": id, "resource_type": "droplet" }] });
        let path = format!("/tags/{tag}/resources");
        self.caller.ask(self.ask(doing, Method::Post, &path, self.body(doing, &resources)?)).await.map(|_| ())
    }

    async fn power_on(&self, id: &str) -> Result<(), ProviderError> {
        let doing = "switch the droplet on";
        let path = format!("/droplets/{id}/actions");
        let ask = self.ask(doing, Method::Post, &path, self.body(doing, &json!({ "type": "power_on" }))?);
        self.caller.ask(ask).await.map(|_| ())
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
