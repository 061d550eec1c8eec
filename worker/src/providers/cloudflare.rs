//! Cloudflare v4: DNS records.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    Dns, DnsRecord, NewRecord, ProviderError, ProviderErrorKind,
    call::{Ask, Caller, Said, query},
};
use crate::{config::CloudflareConfig, ports::Method};

/// The longest page that every list allows: zones come in pages of at most 50.
const PER_PAGE: usize = 50;

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
    comment: Option<String>,
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

#[derive(Serialize)]
struct Gone<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Batch<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deletes: Vec<Gone<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    posts: Vec<Post<'a>>,
}

#[derive(Deserialize)]
struct BatchResult {
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
            comment: record.comment,
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
        let per_page = PER_PAGE.to_string();
        let mut all = Vec::new();
        for page in 1..=MAX_PAGES {
            let number = page.to_string();
            let mut pairs = filter.to_vec();
            pairs.extend([("page", number.as_str()), ("per_page", per_page.as_str())]);
            let path = format!("{path}{}", query(&pairs));
            let answer: Envelope<Vec<T>> =
                self.caller.ask_for(self.ask(doing, Method::Get, &path, None)).await?;
            let read = answer.result.len();
            all.extend(answer.result);
            let total = answer.result_info.and_then(|info| info.total_count);
            if read == 0 || total.map_or(read < PER_PAGE, |total| all.len() >= total) {
                return Ok(all);
            }
        }
        Err(self.caller.senseless(doing, "the list does not end"))
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
        let doing = "create the DNS records";
        let posts = records
            .iter()
            .map(|record| Post {
                name: &record.name,
                ttl: TTL,
                kind: "A",
                content: &record.address,
                proxied: record.proxied,
                comment: &record.comment,
            })
            .collect();
        let made = self.batch(doing, &Batch { deletes: Vec::new(), posts }).await;
        let result: BatchResult = made.map_err(|mut error| {
            if error.refusal.code.as_deref().is_some_and(|code| EXISTS.contains(&code)) {
                error.kind = ProviderErrorKind::Exists;
            }
            error
        })?;
        let made: Vec<DnsRecord> =
            result.posts.unwrap_or_default().into_iter().map(DnsRecord::from).collect();
        if made.len() != records.len() {
            return Err(self.caller.senseless(doing, "the answer does not list the records that it made"));
        }
        Ok(made)
    }

    async fn delete(&self, ids: &[String]) -> Result<(), ProviderError> {
        let deletes = ids.iter().map(|id| Gone { id }).collect();
        let batch = Batch { deletes, posts: Vec::new() };
        self.batch::<serde::de::IgnoredAny>("delete the DNS records", &batch).await.map(|_| ())
    }

    async fn ping(&self) -> Result<Option<u64>, ProviderError> {
        let path = format!("{}/dns_records{}", self.zone(), query(&[("per_page", &PER_PAGE.to_string())]));
        let ask = self.ask("list DNS records", Method::Get, &path, None);
        Ok(Caller::remaining(&self.caller.ask(ask).await?))
    }
}
