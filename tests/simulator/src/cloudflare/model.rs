//! What Cloudflare keeps: the records of all zones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::random::Random;
use crate::window::Window;
use crate::{Millis, Settings};

const FIVE_MINUTES_MS: u64 = 300_000;

/// The records of all zones, by id.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct State {
    pub(crate) records: BTreeMap<String, Record>,
    created: u64,
    /// Not kept in the state file: a restart forgets the calls of the last minutes.
    #[serde(skip, default = "window")]
    pub(super) window: Window,
}

/// A DNS record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) zone_id: String,
    /// How many records were made before it: what ties are ordered by.
    pub(super) number: u64,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) content: String,
    pub(super) ttl: u64,
    pub(crate) proxied: bool,
    pub(super) priority: Option<u64>,
    pub(super) data: Option<Map<String, Value>>,
    pub(crate) comment: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) settings: Map<String, Value>,
    pub(super) private_routing: Option<bool>,
    pub(crate) origin: Origin,
    pub(super) created_at: Millis,
    pub(super) modified_at: Millis,
    pub(super) comment_modified_at: Option<Millis>,
    pub(super) tags_modified_at: Option<Millis>,
}

/// Where a DNS record comes from.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// It was in the zone from the start.
    Seed,
    /// It was put there by the control surface, behind NOC's back.
    Foreign,
    /// It was made by a call to the API.
    Api,
}

impl State {
    /// A zone is never empty: it has an address at its apex and takes mail.
    pub(crate) fn new(settings: &Settings, random: &mut Random) -> Self {
        let mut state = Self { records: BTreeMap::new(), created: 0, window: window() };
        let zone = &settings.zone_name;
        let rows = [
            ("A", "192.0.2.10".to_owned(), None, true),
            ("MX", format!("mail.{zone}"), Some(10), false),
            ("TXT", format!("\"v=spf1 include:_spf.{zone} -all\""), None, false),
        ];
        for (kind, content, priority, proxied) in rows {
            state.insert(Record {
                id: random.hex(16),
                zone_id: settings.zone_id.clone(),
                number: 0,
                name: zone.clone(),
                kind: kind.into(),
                content,
                ttl: 1,
                proxied,
                priority,
                data: None,
                comment: None,
                tags: Vec::new(),
                settings: Map::new(),
                private_routing: None,
                origin: Origin::Seed,
                created_at: 0,
                modified_at: 0,
                comment_modified_at: None,
                tags_modified_at: None,
            });
        }
        state
    }

    /// Adds a record, and numbers it.
    pub(super) fn insert(&mut self, mut record: Record) {
        self.created += 1;
        record.number = self.created;
        self.records.insert(record.id.clone(), record);
    }

    pub(super) fn of_zone<'a>(&'a self, zone_id: &'a str) -> impl Iterator<Item = &'a Record> {
        self.records.values().filter(move |record| record.zone_id == zone_id)
    }
}

fn window() -> Window {
    Window::new(FIVE_MINUTES_MS)
}
