//! What a machine remembers over a restart of the simulator, and what it knows of its droplet.

use serde::{Deserialize, Serialize};

use crate::http::wall_clock;
use crate::{Millis, Simulator};

/// One machine, as its agent knows itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Machine {
    /// NOC's name for it.
    pub server_id: String,
    /// When it booted; zero before that.
    pub booted_at: Millis,
    /// What it makes once and sends with every try of its claim.
    pub nonce: String,
    /// The key that its claim was answered with.
    pub agent_key: Option<String>,
    /// The services that NOC named.
    pub services: Vec<String>,
    /// The names of the secrets that it was given, never their values.
    pub secrets: Vec<String>,
    /// How long NOC wants it to wait between two reports.
    pub interval_seconds: u64,
    /// The last counter that it used.
    pub counter: u64,
    /// How many reports were accepted.
    pub reports: u64,
    /// The status of its last call to NOC; none when NOC was out of reach.
    pub last_status: Option<u16>,
    /// It was told to be silent.
    pub silent: bool,
    /// NOC did not know it when it claimed, or it cannot boot: it has given up.
    pub stopped: bool,
}

/// A droplet, as the machine on it sees it.
pub(super) struct Hardware {
    pub(super) name: String,
    pub(super) user_data: String,
    pub(super) memory_bytes: u64,
    pub(super) disk_bytes: u64,
    /// It is switched on, and nobody told it to be silent.
    pub(super) running: bool,
}

impl Simulator {
    /// The droplets that have an address and something to boot from, and whose machine has not given up.
    pub(super) fn bootable_droplets(&self) -> Vec<u64> {
        let mut inner = self.lock();
        let world = &mut inner.world;
        world.digitalocean.settle(wall_clock());
        let droplets = &world.digitalocean.droplets;
        let before = world.machines.len();
        world.machines.retain(|id, _| droplets.contains_key(id));
        if world.machines.len() < before {
            world.changes += 1;
        }
        if !world.boot {
            return Vec::new();
        }
        droplets
            .values()
            .filter(|droplet| droplet.public_address().is_some() && droplet.user_data.is_some())
            .map(|droplet| droplet.id)
            .filter(|id| world.machines.get(id).is_none_or(|machine| !machine.stopped && !machine.silent))
            .collect()
    }

    /// What the newest droplet of a name boots from, for those who run the real agent themselves.
    pub fn user_data_of(&self, name: &str) -> Option<String> {
        let inner = self.lock();
        let mut droplets = inner.world.digitalocean.droplets.values();
        droplets.rfind(|droplet| droplet.name == name)?.user_data.clone()
    }

    /// What the machine runs on; none when the droplet is gone.
    pub(super) fn hardware(&self, droplet: u64) -> Option<Hardware> {
        let inner = self.lock();
        let silent = inner.world.machines.get(&droplet).is_some_and(|machine| machine.silent);
        let droplet = inner.world.digitalocean.droplets.get(&droplet)?;
        let (memory_mb, disk_gb) = droplet.capacity();
        Some(Hardware {
            name: droplet.name.clone(),
            user_data: droplet.user_data.clone()?,
            memory_bytes: memory_mb * 1024 * 1024,
            disk_bytes: disk_gb * 1024 * 1024 * 1024,
            running: inner.world.boot && !silent && droplet.is_active(),
        })
    }

    pub(super) fn machine(&self, droplet: u64) -> Machine {
        self.lock().world.machines.get(&droplet).cloned().unwrap_or_default()
    }

    /// Changes what a machine remembers; nothing happens when its droplet is gone.
    pub(super) fn update_machine(&self, droplet: u64, update: impl FnOnce(&mut Machine)) {
        let mut inner = self.lock();
        let world = &mut inner.world;
        if world.digitalocean.droplets.contains_key(&droplet) {
            update(world.machines.entry(droplet).or_default());
            world.changes += 1;
        }
    }
}
