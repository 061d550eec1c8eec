//! All that the simulator remembers.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::agent::Machine;
use crate::faults::{FaultId, Faults, Provider};
use crate::random::Random;
use crate::{Millis, Settings, cloudflare, digitalocean, infisical};

/// The form of the state file. A file of another version is refused, not guessed at.
pub(crate) const VERSION: u32 = 1;
/// How many calls are remembered: enough for a test of ten thousand servers to look at each one's last call.
const CALLS_LIMIT: usize = 10_000;

/// Everything that the providers and the machines know.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct World {
    pub(crate) version: u32,
    pub(crate) random: Random,
    pub(crate) digitalocean: digitalocean::State,
    pub(crate) cloudflare: cloudflare::State,
    pub(crate) infisical: infisical::State,
    /// The machines that boot, by droplet.
    pub(crate) machines: BTreeMap<u64, Machine>,
    /// Whether droplets boot at all.
    pub(crate) boot: bool,
    /// A restart forgets the faults: they belong to the test that injected them.
    #[serde(skip)]
    pub(crate) faults: Faults,
    #[serde(skip)]
    pub(crate) calls: VecDeque<Call>,
    /// Rises with every change, so that the state file is written when there is something to write.
    #[serde(skip)]
    pub(crate) changes: u64,
}

/// One call to a provider.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// The provider.
    pub provider: Provider,
    /// The method.
    pub method: String,
    /// Path and query, with the provider's prefix.
    pub target: String,
    /// The status of the answer; none when the connection was cut.
    pub status: Option<u16>,
    /// When it came.
    pub at: Millis,
    /// The fault that took it, if any.
    pub fault: Option<FaultId>,
}

impl World {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut random = Random::new(settings.seed);
        Self {
            version: VERSION,
            cloudflare: cloudflare::State::new(settings, &mut random),
            random,
            digitalocean: digitalocean::State::default(),
            infisical: infisical::State::default(),
            machines: BTreeMap::new(),
            boot: true,
            faults: Faults::default(),
            calls: VecDeque::new(),
            changes: 0,
        }
    }

    pub(crate) fn record(&mut self, call: Call) {
        if self.calls.len() == CALLS_LIMIT {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }
}
