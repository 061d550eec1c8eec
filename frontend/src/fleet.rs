//! All servers, as the whole dashboard knows them: the list, the palette and the forms read them from here.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use leptos::{prelude::*, task::spawn_local};
use noc_shared::servers::Server;

use crate::{
    api::{self, Connection, Problem},
    live::{Timer, hidden},
};

/// A server, and the text that it is searched by.
#[derive(Debug, PartialEq)]
pub struct Entry {
    /// The server.
    pub server: Server,
    /// All that somebody may type to find it, in lower case.
    pub haystack: String,
}

/// A server in a list. It is the same as another only if nothing about it changed, so that its row can stay as it is.
#[derive(Clone, Debug)]
pub struct Known(pub Arc<Entry>);

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Known {}

impl Hash for Known {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// All servers by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Servers(pub Arc<Vec<Known>>);

/// All servers, kept current while somebody looks at them.
#[derive(Clone, Copy)]
pub struct Fleet {
    /// The servers; while the first reading is under way, those that have come.
    pub servers: RwSignal<Option<Servers>>,
    /// Whether all of them have come.
    pub complete: RwSignal<bool>,
    /// Why they could not be read the last time.
    pub problem: RwSignal<Option<Problem>>,
    /// When all of them were last read, in milliseconds since 1970.
    pub read_at: RwSignal<Option<i64>>,
    readers: RwSignal<u32>,
    again: RwSignal<u32>,
}

impl Fleet {
    /// Starts it. Called once; it reads nothing before somebody asks.
    pub fn begin() -> Self {
        let fleet = Self {
            servers: RwSignal::new(None),
            complete: RwSignal::new(false),
            problem: RwSignal::new(None),
            read_at: RwSignal::new(None),
            readers: RwSignal::new(0),
            again: RwSignal::new(0),
        };
        let timer = StoredValue::new_local(None::<Timer>);
        let reading = StoredValue::new(false);
        Effect::new(move |_| {
            fleet.again.track();
            if let Some(connection) = Connection::current() {
                connection.returns();
            }
            // Only whether there is a reader matters, and one reading at a time is enough.
            if fleet.readers.get() == 0 || reading.get_value() {
                return;
            }
            reading.set_value(true);
            spawn_local(async move {
                let pages = fleet.read().await;
                reading.set_value(false);
                let next = Timer::start(pause(pages), move || {
                    if !hidden() {
                        fleet.refresh();
                    }
                });
                timer.set_value(Some(next));
            });
        });
        let seen = window_event_listener_untyped("visibilitychange", move |_| fleet.refresh());
        on_cleanup(move || seen.remove());
        fleet
    }

    /// Keeps it current until the caller's page goes.
    pub fn watch(self) {
        self.readers.update(|readers| *readers += 1);
        on_cleanup(move || {
            self.readers.try_update(|readers| *readers = readers.saturating_sub(1));
        });
    }

    /// Reads it again now.
    pub fn refresh(self) {
        self.again.update(|again| *again += 1);
    }

    /// The server of a name, if it has come.
    pub fn find(self, name: &str) -> Option<Known> {
        self.servers
            .with(|servers| servers.as_ref()?.0.iter().find(|known| known.0.server.name == name).cloned())
    }

    async fn read(self) -> i32 {
        let (mut entries, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            match api::servers::page(cursor.as_deref()).await {
                Ok(page) => {
                    pages += 1;
                    entries.extend(page.servers);
                    cursor = page.next_cursor;
                }
                Err(problem) => {
                    self.problem.set(Some(problem));
                    return pages;
                }
            }
            let ended = cursor.is_none();
            // What was complete once is replaced as a whole; the first time, what has come is shown.
            if ended || !self.complete.get_untracked() {
                let known = self.servers.with_untracked(|servers| merge(servers.as_ref(), &entries));
                if self
                    .servers
                    .with_untracked(|servers| !servers.as_ref().is_some_and(|before| before.is(&known)))
                {
                    self.servers.set(Some(known));
                }
            }
            if ended {
                self.problem.set(None);
                self.read_at.set(Some(js_sys::Date::now() as i64));
                self.complete.set(true);
                return pages;
            }
        }
    }
}

/// How long to wait until the next reading: five seconds for a page, and three more for each further one, so that ten
/// thousand servers, which are twenty pages, are read once a minute.
const fn pause(pages: i32) -> i32 {
    let further = if pages > 1 { pages - 1 } else { 0 };
    5_000 + 3_000 * further
}

/// The new servers; those that did not change stay the very same.
fn merge(before: Option<&Servers>, servers: &[Server]) -> Servers {
    let old: HashMap<&str, &Known> = before
        .map(|before| before.0.iter().map(|known| (known.0.server.id.as_str(), known)).collect())
        .unwrap_or_default();
    let merged: Vec<Known> = servers
        .iter()
        .map(|server| match old.get(server.id.as_str()) {
            Some(known) if known.0.server == *server => (*known).clone(),
            _ => Known(Arc::new(Entry { haystack: haystack(server), server: server.clone() })),
        })
        .collect();
    match before {
        Some(before) if *before.0 == merged => before.clone(),
        _ => Servers(Arc::new(merged)),
    }
}

impl Servers {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

fn haystack(server: &Server) -> String {
    let mut text = String::with_capacity(160);
    let parts = [
        Some(&server.name),
        server.ip.as_ref(),
        Some(&server.region),
        Some(&server.size),
        Some(&server.application),
        Some(&server.branch),
        Some(&server.environment),
    ];
    for part in parts.into_iter().flatten().chain(&server.projects).chain(&server.domains) {
        text.push_str(part);
        text.push(' ');
    }
    text.push_str(server.status.as_str());
    text.to_lowercase()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A server for tests.
    pub fn server(name: &str) -> Server {
        serde_json::from_value(serde_json::json!({
            "id": format!("srv_{:0>24}", name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()),
            "name": name, "status": "active", "droplet_id": "1", "ip": "203.0.113.7", "region": "nyc1",
            "size": "s-2vcpu-4gb", "price_monthly": 24, "domains": [format!("{name}.flaggerlink.test")],
            "proxied": true, "application": "flaggerlink", "branch": "master", "environment": "production",
            "projects": ["default"], "services": {"api": "healthy"}, "created_at": "2026-11-20T10:00:00Z",
            "active_since": "2026-11-20T10:02:00Z", "deployment_id": "dep_abababababababababababab",
        }))
        .unwrap()
    }

    #[test]
    fn what_did_not_change_stays_the_very_same() {
        let first = merge(None, &[server("alpha"), server("beta")]);
        assert_eq!(merge(Some(&first), &[server("alpha"), server("beta")]), first);
        let changed = Server { region: "fra1".into(), ..server("beta") };
        let second = merge(Some(&first), &[server("alpha"), changed]);
        assert_eq!(second.0[0], first.0[0]);
        assert_ne!(second.0[1], first.0[1]);
    }

    #[test]
    fn a_server_is_found_by_whatever_is_known_of_it() {
        let haystack = haystack(&server("alpha"));
        for part in
            ["alpha", "203.0.113", "nyc1", "4gb", "flaggerlink.test", "default", "active", "production"]
        {
            assert!(haystack.contains(part), "{part} is not in {haystack}");
        }
    }
}
