//! Faults that a test injects: which call they take, what they do to it, and how often they did.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Request;

/// One rule. Rules are asked in the order of their injection, and the first that is due takes the call; the rules
/// after it do not see that call. Two rules of one match therefore queue up.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which calls.
    #[serde(default, rename = "match")]
    pub calls: Match,
    /// What happens to them.
    pub effect: Effect,
}

/// Which calls a fault takes. What is not given matches everything.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Only calls to this provider.
    pub provider: Option<Provider>,
    /// Only calls with this method, in upper case.
    pub method: Option<String>,
    /// Only calls whose path and query contain this text.
    pub path_contains: Option<String>,
    /// How many matching calls pass untouched first.
    pub skip: u64,
    /// How many calls are then taken.
    pub times: u64,
}

impl Default for Match {
    fn default() -> Self {
        Self { provider: None, method: None, path_contains: None, skip: 0, times: 1 }
    }
}

/// A simulated provider.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// `/digitalocean/v2/…`
    DigitalOcean,
    /// `/cloudflare/client/v4/…`
    Cloudflare,
    /// `/infisical/api/…`
    Infisical,
}

impl Provider {
    /// The provider of a target, by its first path segment, and the rest of the target.
    pub(crate) fn of(target: &str) -> Option<(Self, &str)> {
        [
            ("/digitalocean", Self::DigitalOcean),
            ("/cloudflare", Self::Cloudflare),
            ("/infisical", Self::Infisical),
        ]
        .into_iter()
        .find_map(|(prefix, provider)| {
            let rest = target.strip_prefix(prefix)?;
            (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((provider, rest))
        })
    }
}

/// What a fault does to a call.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Effect {
    /// An answer in the provider's own form, without any work being done.
    Status {
        /// The status code.
        status: u16,
        /// The value of `retry-after`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// Another body than the provider's own: a string is sent as it is, anything else as JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
    },
    /// The call works, and its answer comes late.
    Delay {
        /// How late.
        delay_ms: u64,
    },
    /// The connection is cut without an answer.
    Cut {
        /// Before or after the work.
        cut: Cut,
    },
    /// No answer comes for a long time, and then the connection is cut.
    Hang {
        /// How long.
        hang_ms: u64,
        /// Whether the work is done all the same.
        #[serde(default)]
        after: bool,
    },
}

impl Effect {
    /// An error status with the provider's own body.
    pub fn status(status: u16) -> Self {
        Self::Status { status, retry_after: None, body: None }
    }

    /// A 429 that says how long to wait.
    pub fn too_many(retry_after: u64) -> Self {
        Self::Status { status: 429, retry_after: Some(retry_after), body: None }
    }

    /// A cut of the connection.
    pub fn cut(cut: Cut) -> Self {
        Self::Cut { cut }
    }
}

/// When a connection is cut.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Before the work.
    Before,
    /// After the work.
    After,
}

/// The name of an injected fault.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FaultId(pub u64);

/// An injected fault and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultState {
    /// Its name.
    pub id: FaultId,
    /// The rule.
    #[serde(flatten)]
    pub fault: Fault,
    /// How many matching calls it saw.
    pub seen: u64,
    /// How many of them it took.
    pub fired: u64,
}

/// All injected faults, in the order of their injection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    injected: u64,
    states: Vec<FaultState>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        self.injected += 1;
        let id = FaultId(self.injected);
        self.states.push(FaultState { id, fault, seen: 0, fired: 0 });
        id
    }

    pub(crate) fn clear(&mut self) {
        self.states.clear();
    }

    pub(crate) fn remove(&mut self, id: FaultId) -> bool {
        let before = self.states.len();
        self.states.retain(|state| state.id != id);
        self.states.len() < before
    }

    pub(crate) fn states(&self) -> &[FaultState] {
        &self.states
    }

    /// The effect that this call suffers, if any.
    pub(crate) fn take(&mut self, provider: Provider, request: &Request) -> Option<(FaultId, Effect)> {
        self.states.iter_mut().find_map(|state| {
            let calls = &state.fault.calls;
            let matches = calls.provider.is_none_or(|wanted| wanted == provider)
                && calls.method.as_ref().is_none_or(|wanted| *wanted == request.method)
                && calls.path_contains.as_ref().is_none_or(|wanted| request.target.contains(wanted.as_str()));
            if !matches {
                return None;
            }
            state.seen += 1;
            let due = state.seen > calls.skip && state.fired < calls.times;
            due.then(|| {
                state.fired += 1;
                (state.id, state.fault.effect.clone())
            })
        })
    }
}
