//! Cloudflare v4: DNS records.

use async_trait::async_trait;
use noc_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Dns, DnsRecord, NewRecord, Page, ProviderError, ProviderErrorKind, RecordChanges,
    call::{Ask, Caller, Said, query},
};
use crate::{config::CloudflareConfig, ports::Method};

/// The longest page that every list allows: zones come in pages of at most 50.
const PER_PAGE: usize = 50;

/// The page of a sweep over the whole zone. Records come in pages of up to thousands; 500 of them are some 300 KB, which
/// is read in a few milliseconds.
const SWEEP_PER_PAGE: usize = 500;

/// Pages that are read of one list: 1,000 records or zones. A name has a handful of records; the bound keeps a
/// provider whose list never ends from holding a run forever.
const MAX_PAGES: u32 = 20;

/// What is said when a record of the name, or the very same one, is there already.
const EXISTS: [&str; 2] = ["81057", "81058"];

/// Automatic.
const TTL: u32 = 1;

pub(super) struct Cloudflare {
    pub(super) caller: Caller,
    pub(super) config: CloudflareConfig,
}

#[derive(Deserialize)]
struct Envelope<T> {
    result: T,
    #[serde(default)]
    result_info: Option<ResultInfo>,
}

#[derive(Deserialize)]
struct ResultInfo {
    total_count: Option<usize>,
}

#[derive(Deserialize)]
struct Zone {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    proxied: bool,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default)]
    created_on: Option<String>,
}

#[derive(Serialize)]
struct Post<'a> {
    name: &'a str,
    ttl: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    content: &'a str,
    proxied: bool,
    comment: &'a str,
}

/// A record as it becomes. Even a change names everything: the provider's types ask for it.
#[derive(Serialize)]
struct Put<'a> {
    id: &'a str,
    #[serde(flatten)]
    record: Post<'a>,
}

impl<'a> From<&'a NewRecord> for Post<'a> {
    fn from(record: &'a NewRecord) -> Self {
        Self {
            name: &record.name,
            ttl: TTL,
            kind: "A",
            content: &record.address,
            proxied: record.proxied,
            comment: &record.comment,
        }
    }
}

#[derive(Serialize)]
struct Gone<'a> {
    id: &'a str,
}

#[derive(Default, Serialize)]
struct Batch<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deletes: Vec<Gone<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    puts: Vec<Put<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    posts: Vec<Post<'a>>,
}

#[derive(Deserialize)]
struct BatchResult {
    #[serde(default)]
    puts: Option<Vec<Record>>,
    #[serde(default)]
    posts: Option<Vec<Record>>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    #[serde(default)]
    errors: Vec<ErrorLine>,
}

#[derive(Deserialize)]
struct ErrorLine {
    code: Option<u64>,
    message: Option<String>,
}

impl From<Record> for DnsRecord {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            name: record.name,
            kind: record.kind,
            content: record.content.unwrap_or_default(),
            proxied: record.proxied,
            comment: record.comment,
            created_at: record.created_on.as_deref().and_then(Timestamp::parse),
        }
    }
}

fn said(body: &[u8]) -> Said {
    let Ok(answer) = serde_json::from_slice::<ErrorAnswer>(body) else { return Said::default() };
    let messages: Vec<String> = answer.errors.iter().filter_map(|error| error.message.clone()).collect();
    Said {
        code: answer.errors.first().and_then(|error| error.code).map(|code| code.to_string()),
        message: (!messages.is_empty()).then(|| messages.join("; ")),
        request_id: None,
    }
}

impl Cloudflare {
    fn ask(&self, doing: &'static str, method: Method, path: &str, body: Option<Vec<u8>>) -> Ask<'_> {
        let url = format!("{}{path}", self.config.url);
        Ask { doing, method, url, bearer: Some(&self.config.token), body, said }
    }

    fn zone(&self) -> String {
        format!("/zones/{}", self.config.zone_id)
    }

    async fn records(
        &self,
        doing: &'static str,
        filter: (&str, &str),
    ) -> Result<Vec<DnsRecord>, ProviderError> {
        let path = format!("{}/dns_records", self.zone());
        let records: Vec<Record> = self.pages(doing, &path, &[filter]).await?;
        Ok(records.into_iter().map(DnsRecord::from).collect())
    }

    /// Reads all pages of a list: until there are as many things as the list says it has. A list that does not say it
    /// ends with a page that is not full.
    async fn pages<T: serde::de::DeserializeOwned>(
        &self,
        doing: &'static str,
        path: &str,
        filter: &[(&str, &str)],
    ) -> Result<Vec<T>, ProviderError> {
        let mut all = Vec::new();
        for number in 1..=MAX_PAGES {
            let page = self.page_of(doing, path, filter, number, PER_PAGE).await?;
            all.extend(page.items);
            if !page.more {
                return Ok(all);
            }
        }
        Err(self.caller.senseless(doing, "the list does not end"))
    }

    async fn page_of<T: serde::de::DeserializeOwned>(
        &self,
        doing: &'static str,
        path: &str,
        filter: &[(&str, &str)],
        number: u32,
        per_page: usize,
    ) -> Result<Page<T>, ProviderError> {
        let (page, size) = (number.to_string(), per_page.to_string());
        let mut pairs = filter.to_vec();
        pairs.extend([("page", page.as_str()), ("per_page", size.as_str())]);
        let path = format!("{path}{}", query(&pairs));
        let answer: Envelope<Vec<T>> = self.caller.ask_for(self.ask(doing, Method::Get, &path, None)).await?;
        let read = answer.result.len();
        let before = per_page * usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let total = answer.result_info.and_then(|info| info.total_count);
        let more = read > 0 && total.map_or(read >= per_page, |total| before + read < total);
        Ok(Page { items: answer.result, more })
    }

    /// Has the changes made, and gives the records that the answer must list: so many.
    async fn change_as(
        &self,
        doing: &'static str,
        batch: &Batch<'_>,
        made: usize,
    ) -> Result<Vec<DnsRecord>, ProviderError> {
        let result: BatchResult = self.batch(doing, batch).await.map_err(|mut error| {
            if error.refusal.code.as_deref().is_some_and(|code| EXISTS.contains(&code)) {
                error.kind = ProviderErrorKind::Exists;
            }
            error
        })?;
        let listed = result.puts.into_iter().chain(result.posts).flatten();
        let records: Vec<DnsRecord> = listed.map(DnsRecord::from).collect();
        if records.len() != made {
            return Err(self.caller.senseless(doing, "the answer does not list the records that it made"));
        }
        Ok(records)
    }

    async fn batch<T: serde::de::DeserializeOwned>(
        &self,
        doing: &'static str,
        batch: &Batch<'_>,
    ) -> Result<T, ProviderError> {
        let body =
            serde_json::to_vec(batch).map_err(|error| self.caller.senseless(doing, &error.to_string()))?;
        let path = format!("{}/dns_records/batch", self.zone());
        let answer: Envelope<T> =
            self.caller.ask_for(self.ask(doing, Method::Post, &path, Some(body))).await?;
        Ok(answer.result)
    }
}

#[async_trait]
impl Dns for Cloudflare {
    async fn zone_name(&self) -> Result<String, ProviderError> {
        let doing = "show the zone";
        let zones: Vec<Zone> = self.pages(doing, "/zones", &[]).await?;
        let found = zones.into_iter().find(|zone| zone.id == self.config.zone_id);
        found.map(|zone| zone.name).ok_or_else(|| {
            let mut error = self
                .caller
                .senseless(doing, "the token reaches no zone with the id that CLOUDFLARE_ZONE_ID says");
            error.kind = ProviderErrorKind::Refused;
            error
        })
    }

    async fn named(&self, name: &str) -> Result<Vec<DnsRecord>, ProviderError> {
        self.records("list the DNS records of the name", ("name.exact", name)).await
    }

    async fn commented(&self, text: &str) -> Result<Vec<DnsRecord>, ProviderError> {
        self.records("list the DNS records with the comment", ("comment.contains", text)).await
    }

    async fn create(&self, records: &[NewRecord]) -> Result<Vec<DnsRecord>, ProviderError> {
        self.change_as(
            "create the DNS records",
            &Batch { posts: records.iter().map(Post::from).collect(), ..Batch::default() },
            records.len(),
        )
        .await
    }

    async fn delete(&self, ids: &[String]) -> Result<(), ProviderError> {
        let deletes = ids.iter().map(|id| Gone { id }).collect();
        let batch = Batch { deletes, ..Batch::default() };
        self.batch::<serde::de::IgnoredAny>("delete the DNS records", &batch).await.map(|_| ())
    }

    async fn page(&self, page: u32) -> Result<Page<DnsRecord>, ProviderError> {
        let path = format!("{}/dns_records", self.zone());
        let page: Page<Record> = self
            .page_of("list the zone's DNS records", &path, &[("order", "name")], page, SWEEP_PER_PAGE)
            .await?;
        Ok(Page { items: page.items.into_iter().map(DnsRecord::from).collect(), more: page.more })
    }

    async fn change(&self, changes: &RecordChanges) -> Result<Vec<DnsRecord>, ProviderError> {
        let batch = Batch {
            deletes: changes.delete.iter().map(|id| Gone { id }).collect(),
            puts: changes.replace.iter().map(|(id, record)| Put { id, record: record.into() }).collect(),
            posts: changes.create.iter().map(Post::from).collect(),
        };
        let made = changes.replace.len() + changes.create.len();
        self.change_as("change the DNS records", &batch, made).await
    }

    async fn ping(&self) -> Result<Option<u64>, ProviderError> {
        let path = format!("{}/dns_records{}", self.zone(), query(&[("per_page", &PER_PAGE.to_string())]));
        let ask = self.ask("list DNS records", Method::Get, &path, None);
        Ok(Caller::remaining(&self.caller.ask(ask).await?))
    }
}
