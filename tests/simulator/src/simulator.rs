//! The simulator itself: one lock, one world, one function that answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::faults::{Cut, Effect, Fault, FaultId, FaultState, Provider};
use crate::ledger::Ledger;
use crate::world::{Call, World};
use crate::{
    Connection, Handled, Millis, Reply, Request, Settings, cloudflare, control, digitalocean, infisical,
    ledger,
};

/// The simulated providers. A clone is the same simulator.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Mutex<Inner>>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) world: World,
}

impl Simulator {
    /// A simulator in which nothing exists but what was there before: the first records of the zone.
    pub fn new(settings: Settings) -> Self {
        let world = World::new(&settings);
        Self::with_world(settings, world)
    }

    /// A simulator that goes on where another one ended.
    pub fn with_world(settings: Settings, world: World) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner { settings, world })) }
    }

    /// Answers one request. Paths begin with `/digitalocean/v2`, `/cloudflare/client/v4`, `/infisical/api` or
    /// `/_simulator`; everything that was due until `now` happens first.
    pub fn handle(&self, now: Millis, request: &Request) -> Handled {
        let mut inner = self.lock();
        inner.world.digitalocean.settle(now);
        if request.method != "GET" {
            inner.world.changes += 1;
        }
        match Provider::of(&request.target) {
            Some((provider, rest)) => inner.call(now, provider, rest, request),
            None => control::handle(&mut inner, now, request).into(),
        }
    }

    /// Injects a fault; the calls that it takes are decided in the order of injection.
    pub fn inject(&self, fault: Fault) -> FaultId {
        self.lock().world.faults.inject(fault)
    }

    /// How many calls a fault took; none for one that is not there.
    pub fn fired(&self, id: FaultId) -> u64 {
        self.faults().into_iter().find(|state| state.id == id).map_or(0, |state| state.fired)
    }

    /// All faults and what became of them.
    pub fn faults(&self) -> Vec<FaultState> {
        self.lock().world.faults.states().to_vec()
    }

    /// Takes all faults away, with their counts.
    pub fn clear_faults(&self) {
        self.lock().world.faults.clear();
    }

    /// What exists at the providers, as of the last call.
    pub fn ledger(&self) -> Ledger {
        ledger::ledger(&self.lock().world)
    }

    /// The last ten thousand calls to providers, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().world.calls.iter().cloned().collect()
    }

    /// Makes a droplet vanish behind the back of whoever made it; false when there is none.
    pub fn vanish_droplet(&self, id: u64) -> bool {
        let mut inner = self.lock();
        inner.world.changes += 1;
        inner.world.digitalocean.vanish(id)
    }

    /// Makes every Infisical token that was given out so far an expired one.
    pub fn expire_infisical_tokens(&self) {
        let mut inner = self.lock();
        inner.world.changes += 1;
        inner.world.infisical.expire_tokens();
    }

    /// Forgets everything that happened, faults and calls included.
    pub fn reset(&self) {
        self.lock().reset();
    }

    /// The settings as they are now.
    pub fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    /// Changes settings from now on.
    pub fn update_settings(&self, update: impl FnOnce(&mut Settings)) {
        update(&mut self.lock().settings);
    }

    /// A copy of everything that is remembered.
    pub fn world(&self) -> World {
        self.lock().world.clone()
    }

    /// A number that rises with every change of what is remembered.
    pub fn changes(&self) -> u64 {
        self.lock().world.changes
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic of another thread cannot leave the world half-changed in a way that matters to a test which has
        // failed already.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Inner {
    /// Forgets everything. The count of changes goes on, so that the state file is written.
    pub(crate) fn reset(&mut self) {
        let changes = self.world.changes;
        self.world = World::new(&self.settings);
        self.world.changes = changes + 1;
    }

    fn call(&mut self, now: Millis, provider: Provider, rest: &str, request: &Request) -> Handled {
        let taken = self.world.faults.take(provider, request);
        let fault = taken.as_ref().map(|(id, _)| *id);
        let handled = match taken.map(|(_, effect)| effect) {
            None => self.work(now, provider, rest, request).into(),
            Some(Effect::Delay { delay_ms }) => {
                Handled { delay_ms, ..self.work(now, provider, rest, request).into() }
            }
            Some(Effect::Cut { cut }) => self.cut(cut, 0, now, provider, rest, request),
            Some(Effect::Hang { hang_ms, after }) => {
                let cut = if after { Cut::After } else { Cut::Before };
                self.cut(cut, hang_ms, now, provider, rest, request)
            }
            Some(Effect::Status { status, retry_after, body }) => {
                let mut reply = self.refuse(now, provider, status);
                if let Some(seconds) = retry_after {
                    reply = reply.with_header("retry-after", seconds);
                }
                if let Some(body) = body {
                    reply.body = match body {
                        serde_json::Value::String(text) => text.into_bytes(),
                        other => other.to_string().into_bytes(),
                    };
                }
                reply.into()
            }
        };
        self.world.record(Call {
            provider,
            method: request.method.clone(),
            target: request.target.clone(),
            status: handled.reply.as_ref().map(|reply| reply.status),
            at: now,
            fault,
        });
        handled
    }

    fn cut(
        &mut self,
        cut: Cut,
        delay_ms: u64,
        now: Millis,
        provider: Provider,
        rest: &str,
        request: &Request,
    ) -> Handled {
        let connection = match cut {
            Cut::Before => Connection::CutBefore,
            Cut::After => {
                // The work is done; what it would have answered is lost.
                self.work(now, provider, rest, request);
                Connection::CutAfter
            }
        };
        Handled { reply: None, delay_ms, connection }
    }

    fn work(&mut self, now: Millis, provider: Provider, rest: &str, request: &Request) -> Reply {
        let Self { settings, world: World { random, digitalocean, cloudflare, infisical, .. } } = self;
        match provider {
            Provider::DigitalOcean => {
                digitalocean::handle(digitalocean, settings, random, now, request, rest)
            }
            Provider::Cloudflare => cloudflare::handle(cloudflare, settings, random, now, request, rest),
            Provider::Infisical => infisical::handle(infisical, settings, random, now, request, rest),
        }
    }

    fn refuse(&mut self, now: Millis, provider: Provider, status: u16) -> Reply {
        let Self { settings, world: World { random, digitalocean, .. } } = self;
        match provider {
            Provider::DigitalOcean => digitalocean::fault(digitalocean, settings, random, now, status),
            Provider::Cloudflare => cloudflare::fault(random, status),
            Provider::Infisical => infisical::fault(random, status),
        }
    }
}
