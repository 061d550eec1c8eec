//! One place that calls the simulator.

use noc_simulator::{Reply, Request, Settings, Simulator};
use serde_json::Value;

/// Friday, 2026-11-20T10:00:00Z.
pub(crate) const NOW: u64 = 1_795_168_800_000;

/// A simulator with a clock that the test moves.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) settings: Settings,
    pub(crate) now: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(update: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        update(&mut settings);
        Self { simulator: Simulator::new(settings.clone()), settings, now: NOW }
    }

    /// A request with the provider's token, unless it brings its own.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        let request = Request::new(method, target);
        if target.starts_with("/digitalocean") {
            request.bearer(&self.settings.digitalocean_token)
        } else if target.starts_with("/cloudflare") {
            request.bearer(&self.settings.cloudflare_token)
        } else {
            request
        }
    }

    /// Sends a request, and expects an answer.
    pub(crate) fn send(&self, request: &Request) -> Reply {
        let handled = self.simulator.handle(self.now, request);
        handled.reply.unwrap_or_else(|| panic!("{} {} has no answer", request.method, request.target))
    }

    pub(crate) fn call(&self, method: &str, target: &str, body: &Value) -> Reply {
        let request = self.request(method, target);
        self.send(&if body.is_null() { request } else { request.json(body) })
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        self.call("GET", target, &Value::Null)
    }

    /// The path of the zone's records, with something behind it.
    pub(crate) fn records(&self, rest: &str) -> String {
        format!("/cloudflare/client/v4/zones/{}/dns_records{rest}", self.settings.zone_id)
    }

    /// A token of Infisical.
    pub(crate) fn infisical_token(&self) -> String {
        let body = serde_json::json!({
            "clientId": self.settings.infisical_client_id,
            "clientSecret": self.settings.infisical_client_secret,
        });
        let reply = self.call("POST", "/infisical/api/v1/auth/universal-auth/login", &body);
        assert_eq!(reply.status, 200, "{}", reply.value());
        text(&reply.value(), "/accessToken").to_owned()
    }
}

/// A part of a JSON document; null when it is not there.
pub(crate) fn at(value: &Value, pointer: &str) -> Value {
    value.pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// A text in a JSON document.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} is no text in {value}"))
}

/// A number in a JSON document.
pub(crate) fn number(value: &Value, pointer: &str) -> u64 {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("{pointer} is no number in {value}"))
}

/// How many entries a list has.
pub(crate) fn count(value: &Value, pointer: &str) -> usize {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .unwrap_or_else(|| panic!("{pointer} is no list in {value}"))
        .len()
}
