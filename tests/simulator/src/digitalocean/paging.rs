//! Pages of a list: `per_page` and `page` in, `links.pages` and `meta.total` out.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::Reply;

use super::Call;
use super::problem::Problem;

/// DigitalOcean gives twenty things unless told otherwise.
const DEFAULT_SIZE: usize = 20;
const MAX_SIZE: usize = 200;

/// The page that a call asks for.
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// Reads the page, and refuses every parameter that is neither of the page nor among `filters`.
    pub(super) fn of(call: &Call<'_>, filters: &[&str]) -> Result<Self, Problem> {
        refuse_unknown(call, &[filters, &["page", "per_page"]].concat())?;
        let number = number(call, "page", 1, usize::MAX)?.unwrap_or(1);
        let size = number_of_items(call)?;
        Ok(Self { number, size })
    }

    /// The answer with the part of `items` that is on this page.
    pub(super) fn reply<T: Serialize>(
        &self,
        call: &Call<'_>,
        key: &str,
        items: impl Iterator<Item = T>,
    ) -> Reply {
        let first = (self.number - 1).saturating_mul(self.size);
        let mut total = 0;
        let mut shown = Vec::new();
        for item in items {
            if total >= first && shown.len() < self.size {
                shown.push(item);
            }
            total += 1;
        }
        let pages = self.links(call, total);
        Reply::json(200, &List { key, items: shown, pages, total })
    }

    /// What is on no page has no links: `{}` for a list that fits on one.
    fn links(&self, call: &Call<'_>, total: usize) -> Pages {
        let last = total.div_ceil(self.size).max(1);
        let link = |number: usize| Some(self.link(call, number));
        Pages {
            first: if self.number > 1 { link(1) } else { None },
            prev: if self.number > 1 { link((self.number - 1).min(last)) } else { None },
            next: if self.number < last { link(self.number + 1) } else { None },
            last: if self.number < last { link(last) } else { None },
        }
    }

    fn link(&self, call: &Call<'_>, number: usize) -> String {
        let mut link = format!("{}/{}?page={number}", call.base_url(), call.target.segments.join("/"));
        for (name, value) in call.target.query.iter().filter(|(name, _)| *name != "page") {
            // Names and values that got here are tags, host names and numbers: nothing in them needs an escape
            // but a space, which no valid one has.
            link.push_str(&format!("&{name}={}", value.replace(' ', "%20")));
        }
        link
    }
}

/// Refuses a parameter that the call does not know.
pub(super) fn refuse_unknown(call: &Call<'_>, known: &[&str]) -> Result<(), Problem> {
    match call.target.query.unknown(known) {
        None => Ok(()),
        Some(name) => Err(Problem::bad_request(format!("unknown query parameter '{name}'"))),
    }
}

fn number_of_items(call: &Call<'_>) -> Result<usize, Problem> {
    Ok(number(call, "per_page", 1, MAX_SIZE)?.unwrap_or(DEFAULT_SIZE))
}

fn number(call: &Call<'_>, name: &str, least: usize, most: usize) -> Result<Option<usize>, Problem> {
    let Some(text) = call.query(name) else { return Ok(None) };
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ if most == usize::MAX => {
            Err(Problem::bad_request(format!("{name} must be a number of at least {least}")))
        }
        _ => Err(Problem::bad_request(format!("{name} must be a number between {least} and {most}"))),
    }
}

#[derive(Serialize)]
struct Pages {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
}

struct List<'a, T> {
    key: &'a str,
    items: Vec<T>,
    pages: Pages,
    total: usize,
}

impl<T: Serialize> Serialize for List<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Links<'a> {
            pages: &'a Pages,
        }
        #[derive(Serialize)]
        struct Meta {
            total: usize,
        }
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry(self.key, &self.items)?;
        map.serialize_entry("links", &Links { pages: &self.pages })?;
        map.serialize_entry("meta", &Meta { total: self.total })?;
        map.end()
    }
}
