//! Zones, and the pages of a list.

use serde::Serialize;
use serde_json::json;

use crate::Reply;

use super::problem::Problem;
use super::{Call, Envelope, ResultInfo, success};

const ACCOUNT_ID: &str = "01a7362d577a6c3019a474fd6f485823";
const PARAMETERS: &[&str] =
    &["account.id", "account.name", "direction", "match", "name", "order", "page", "per_page", "status"];

/// A zone's id and name.
pub(super) struct Zone {
    pub(super) id: String,
    pub(super) name: String,
}

/// `GET /zones`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, Problem> {
    refuse_unknown(call, PARAMETERS)?;
    let page = Page::of(call, 20, 50)?;
    one_of(call, "status", &["initializing", "pending", "active", "moved"])?;
    one_of(call, "direction", &["asc", "desc"])?;
    one_of(call, "match", &["any", "all"])?;
    let query = |name| call.target.query.get(name);
    let wanted = |zone: &(&str, &str)| {
        query("name").is_none_or(|name| name.eq_ignore_ascii_case(zone.1))
            && query("status").is_none_or(|status| status == "active")
            && query("account.id").is_none_or(|id| id == ACCOUNT_ID)
    };
    let mut zones: Vec<(&str, &str)> = call.settings.zones().filter(wanted).collect();
    zones.sort_by_key(|zone| zone.1);
    if query("direction") == Some("desc") {
        zones.reverse();
    }
    Ok(page.reply(zones.into_iter().map(|(id, name)| view(id, name))))
}

/// `GET /zones/{id}`
pub(super) fn get(call: &Call<'_>, id: &str) -> Result<Reply, Problem> {
    refuse_unknown(call, &[])?;
    let zone = find(call, id)?;
    Ok(success(view(&zone.id, &zone.name)))
}

pub(super) fn find(call: &Call<'_>, id: &str) -> Result<Zone, Problem> {
    match call.settings.zone_name(id) {
        Some(name) => Ok(Zone { id: id.to_owned(), name: name.to_owned() }),
        None => {
            let message =
                format!("Could not route to /zones/{id}, perhaps your object identifier is invalid?");
            Err(Problem::new(404, 7003, message))
        }
    }
}

/// The page that a call asks for.
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn of(call: &Call<'_>, default_size: usize, most: usize) -> Result<Self, Problem> {
        let number = number(call, "page", usize::MAX)?.unwrap_or(1);
        let size = number_of_items(call, default_size, most)?;
        Ok(Self { number, size })
    }

    /// The answer with the part of `items` that is on this page; a page after the last one is empty.
    pub(super) fn reply<T: Serialize>(&self, items: impl ExactSizeIterator<Item = T>) -> Reply {
        let total = items.len();
        let first = (self.number - 1).saturating_mul(self.size);
        let result: Vec<T> = items.skip(first).take(self.size).collect();
        let info = ResultInfo {
            page: self.number,
            per_page: self.size,
            count: result.len(),
            total_count: total,
            total_pages: total.div_ceil(self.size),
        };
        let envelope = Envelope { result, success: true, errors: [], messages: [], result_info: Some(info) };
        Reply::json(200, &envelope)
    }
}

fn number_of_items(call: &Call<'_>, default_size: usize, most: usize) -> Result<usize, Problem> {
    Ok(number(call, "per_page", most)?.unwrap_or(default_size))
}

fn number(call: &Call<'_>, name: &str, most: usize) -> Result<Option<usize>, Problem> {
    let Some(text) = call.target.query.get(name) else { return Ok(None) };
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(Some(number)),
        _ => Err(Problem::invalid_parameter(format!("\"{name}\" is out of its range"))),
    }
}

/// Refuses a parameter that the call does not know.
pub(super) fn refuse_unknown(call: &Call<'_>, known: &[&str]) -> Result<(), Problem> {
    match call.target.query.unknown(known) {
        None => Ok(()),
        Some(name) => Err(Problem::invalid_parameter(format!("unknown query parameter \"{name}\""))),
    }
}

/// Refuses a parameter whose value is not among `values`.
pub(super) fn one_of(call: &Call<'_>, name: &str, values: &[&str]) -> Result<(), Problem> {
    match call.target.query.get(name) {
        Some(value) if !values.contains(&value) => {
            Err(Problem::invalid_parameter(format!("\"{name}\" must be one of {}", values.join(", "))))
        }
        _ => Ok(()),
    }
}

fn view(id: &str, name: &str) -> serde_json::Value {
    json!({
        "id": id,
        "name": name,
        "status": "active",
        "paused": false,
        "type": "full",
        "development_mode": 0,
        "name_servers": ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
        "original_name_servers": null,
        "original_registrar": null,
        "original_dnshost": null,
        "created_on": "2024-01-01T05:20:00.123450Z",
        "modified_on": "2024-01-01T05:20:00.123450Z",
        "activated_on": "2024-01-02T00:01:00.123456Z",
        "meta": {"step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3, "phishing_detected": false},
        "owner": {"id": null, "type": "user", "email": null},
        "account": {"id": ACCOUNT_ID, "name": "NOC Simulator"},
        "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:read"],
        "plan": {"id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "name": "Free Website", "price": 0, "currency": "USD"},
    })
}
