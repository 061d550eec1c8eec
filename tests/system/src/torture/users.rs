//! Those who use NOC while it is killed: they send requests, lose answers, and ask again.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use http::{Method, request::Builder};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Client, json_request},
    noc::deploy_body,
};

/// What a user wants.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// A server. The key makes the request one that may be sent again.
    Deploy { name: String, key: String },
    /// No server.
    Destroy { name: String },
    /// That a deploy is undone.
    Cancel { id: String },
    /// That a deployment goes on, or begins again.
    Retry { id: String },
}

/// All users.
#[derive(Default)]
pub(super) struct Users {
    heard: Arc<Mutex<Heard>>,
    waiting: Vec<JoinHandle<()>>,
    keys: u64,
}

/// What users were told.
#[derive(Default)]
struct Heard {
    /// Deployments that they know of, and by which wish.
    deployments: BTreeMap<String, String>,
    /// The deployments that were named for each key: one.
    by_key: BTreeMap<String, BTreeSet<String>>,
    /// Deploys whose answer was lost.
    lost: Vec<Wish>,
    /// Answers that should not have been.
    wrong: Vec<String>,
}

impl Users {
    /// A wish for a server, with a key of its own.
    pub(super) fn deploy(&mut self, name: &str) -> Wish {
        self.keys += 1;
        Wish::Deploy { name: name.to_owned(), key: format!("torture-{}", self.keys) }
    }

    /// Sends a wish and does not wait for what comes of it. Some users wait until it is done, others follow it.
    pub(super) fn send(&mut self, client: &Client, wish: Wish, until_done: bool) {
        let (client, heard) = (client.clone(), Arc::clone(&self.heard));
        self.waiting.push(thread::spawn(move || {
            ask(&client, &heard, &wish, until_done);
        }));
    }

    /// Sends a wish and gives the deployment that was begun for it, if one was.
    pub(super) fn ask(&self, client: &Client, wish: &Wish) -> Option<String> {
        ask(client, &self.heard, wish, false)
    }

    /// Waits for those whose connections the kill has cut. Says what was answered that should not have been.
    pub(super) fn come_back(&mut self) {
        for thread in self.waiting.drain(..) {
            assert!(thread.join().is_ok(), "a user has panicked");
        }
        let heard = self.heard();
        assert!(heard.wrong.is_empty(), "{:#?}", heard.wrong);
    }

    /// Those who lost an answer ask again, and are told of the same deployment as before.
    pub(super) fn ask_again(&self, client: &Client) {
        let lost = mem::take(&mut self.heard().lost);
        for wish in &lost {
            self.ask(client, wish);
        }
        for (key, deployments) in &self.heard().by_key {
            assert!(deployments.len() == 1, "the key {key} began more than one deployment: {deployments:?}");
        }
    }

    /// The deployments that users know of.
    pub(super) fn deployments(&self) -> Vec<String> {
        self.heard().deployments.keys().cloned().collect()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        lock(&self.heard)
    }
}

impl Wish {
    fn request(&self, until_done: bool) -> (Builder, Value) {
        let (method, path, body) = match self {
            Self::Deploy { name, .. } => (Method::POST, "/api/deploy".to_owned(), deploy_body(name)),
            Self::Destroy { name } => {
                (Method::DELETE, format!("/api/servers/{name}"), json!({ "confirm": "DESTROY" }))
            }
            Self::Cancel { id } => (Method::POST, format!("/api/deployments/{id}/cancel"), json!({})),
            Self::Retry { id } => (Method::POST, format!("/api/deployments/{id}/retry"), json!({})),
        };
        let mut request = json_request(method, &path);
        if let Self::Deploy { key, .. } = self {
            request = request.header("idempotency-key", key);
        }
        if !until_done {
            request = request.header("prefer", "respond-async");
        }
        (request, body)
    }
}

fn ask(client: &Client, heard: &Mutex<Heard>, wish: &Wish, until_done: bool) -> Option<String> {
    let (request, body) = wish.request(until_done);
    let answer = client.try_send(request, body.to_string());
    let mut heard = lock(heard);
    let answer = match answer {
        Ok(answer) => answer,
        Err(_) => {
            if let Wish::Deploy { .. } = wish {
                heard.lost.push(wish.clone());
            }
            return None;
        }
    };
    match answer.status.as_u16() {
        200 | 202 => {
            let id = begun(&answer)?;
            heard.deployments.insert(id.clone(), format!("{wish:?}"));
            if let Wish::Deploy { key, .. } = wish {
                heard.by_key.entry(key.clone()).or_default().insert(id.clone());
            }
            Some(id)
        }
        // There is no such server or deployment; the name is taken, or the deployment cannot do this now; the
        // provider has refused, as an injected fault wants it.
        404 | 409 | 502 => None,
        status => {
            heard.wrong.push(format!("{wish:?} was answered with {status}: {}", answer.text));
            None
        }
    }
}

/// The deployment that an answer names: that of a deploy or destroy, or a deployment itself.
fn begun(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_str(&answer.text).ok()?;
    body.get("deployment_id").or_else(|| body.get("id"))?.as_str().map(str::to_owned)
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
