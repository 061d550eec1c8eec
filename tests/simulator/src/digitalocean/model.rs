//! What DigitalOcean keeps: droplets, actions, tags; and what the passing of time does to them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::random::Random;

use super::catalog;
use super::limits::Limits;

/// Everything of the one account.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct State {
    pub(crate) droplets: BTreeMap<u64, Droplet>,
    pub(super) actions: BTreeMap<u64, Action>,
    pub(super) tags: BTreeSet<String>,
    /// Actions under way, by the time at which they are done.
    due: BTreeSet<(Millis, u64)>,
    /// Droplets being deleted, by the time at which they are gone.
    doomed: BTreeSet<(Millis, u64)>,
    last_droplet: u64,
    last_action: u64,
    addresses: u32,
    /// Not kept in the state file: a restart forgets the calls of the last hour.
    #[serde(skip)]
    pub(super) limits: Limits,
}

/// A machine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Droplet {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) size: String,
    /// The disk in GB: it grows with a resize only when that is asked for, and never shrinks.
    pub(super) disk: u64,
    pub(super) image: String,
    pub(crate) tags: Vec<String>,
    pub(super) status: Status,
    pub(crate) created_at: Millis,
    /// The number of its addresses; they show once `addressed`.
    address: u32,
    addressed: bool,
    pub(super) features: Vec<String>,
    pub(super) snapshot_ids: Vec<u64>,
    pub(super) vpc_uuid: String,
    pub(crate) user_data: Option<String>,
    /// The action under way, which locks the droplet.
    pub(super) pending: Option<u64>,
    pub(super) doomed: bool,
}

/// What a new droplet is made of.
pub(super) struct Blueprint {
    pub(super) name: String,
    pub(super) region: &'static catalog::Region,
    pub(super) size: &'static catalog::Size,
    pub(super) image: &'static catalog::Image,
    pub(super) tags: Vec<String>,
    pub(super) features: Vec<String>,
    pub(super) vpc_uuid: String,
    pub(super) user_data: Option<String>,
}

/// DigitalOcean's word for how a droplet is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    New,
    Active,
    Off,
}

/// Something that takes a while.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Action {
    pub(super) id: u64,
    pub(super) kind: String,
    pub(super) droplet: u64,
    pub(super) region: String,
    pub(super) started_at: Millis,
    pub(super) completed_at: Option<Millis>,
    /// The droplet went away before the action was done.
    pub(super) errored: bool,
    change: Change,
}

/// What a completed action has changed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) enum Change {
    Nothing,
    Created,
    Power(Status),
    Rename(String),
    Resize { size: String, disk: Option<u64> },
    Image(String),
    Feature { name: String, on: bool },
    Snapshot(u64),
}

impl State {
    /// Lets everything happen that was due until now.
    pub(crate) fn settle(&mut self, now: Millis) {
        while let Some(&(at, id)) = self.due.first().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            self.complete(id, at);
        }
        while let Some(&(_, id)) = self.doomed.first().filter(|(at, _)| *at <= now) {
            self.doomed.pop_first();
            self.droplets.remove(&id);
        }
    }

    pub(super) fn add_droplet(
        &mut self,
        blueprint: Blueprint,
        random: &mut Random,
        now: Millis,
        address_after_ms: u64,
    ) -> (u64, u64) {
        // Real ids rise with gaps, and are large: a client that keeps them in 32 bits or counts on neighbours
        // shall notice here.
        self.last_droplet = self.last_droplet.max(5_100_000_000) + 1 + random.below(9);
        let id = self.last_droplet;
        self.addresses += 1;
        self.tags.extend(blueprint.tags.iter().cloned());
        self.droplets.insert(
            id,
            Droplet {
                id,
                name: blueprint.name,
                region: blueprint.region.slug.into(),
                size: blueprint.size.slug.into(),
                disk: blueprint.size.disk,
                image: blueprint.image.slug.into(),
                tags: blueprint.tags,
                status: Status::New,
                created_at: now,
                address: self.addresses,
                addressed: false,
                features: blueprint.features,
                snapshot_ids: Vec::new(),
                vpc_uuid: blueprint.vpc_uuid,
                user_data: blueprint.user_data,
                pending: None,
                doomed: false,
            },
        );
        let action = self.start_action(id, "create", Change::Created, random, now, address_after_ms);
        (id, action)
    }

    /// Starts an action on a droplet and locks it; the number of the action.
    pub(super) fn start_action(
        &mut self,
        droplet: u64,
        kind: &str,
        change: Change,
        random: &mut Random,
        now: Millis,
        duration_ms: u64,
    ) -> u64 {
        self.last_action = self.last_action.max(2_300_000_000) + 1 + random.below(9);
        let id = self.last_action;
        let region = self.droplets.get(&droplet).map(|droplet| droplet.region.clone()).unwrap_or_default();
        self.actions.insert(
            id,
            Action {
                id,
                kind: kind.into(),
                droplet,
                region,
                started_at: now,
                completed_at: None,
                errored: false,
                change,
            },
        );
        if let Some(droplet) = self.droplets.get_mut(&droplet) {
            droplet.pending = Some(id);
        }
        self.due.insert((now.saturating_add(duration_ms), id));
        id
    }

    /// Deletes a droplet, at once or after a while in which it is still shown.
    pub(super) fn doom(&mut self, id: u64, now: Millis, delete_after_ms: u64) {
        if delete_after_ms == 0 {
            self.droplets.remove(&id);
        } else if let Some(droplet) = self.droplets.get_mut(&id) {
            droplet.doomed = true;
            self.doomed.insert((now.saturating_add(delete_after_ms), id));
        }
    }

    /// The droplets whose deletion was not accepted yet.
    pub(crate) fn existing(&self) -> impl Iterator<Item = &Droplet> {
        self.droplets.values().filter(|droplet| !droplet.doomed)
    }

    /// Takes a droplet away at once, as if it had never been there.
    pub(crate) fn vanish(&mut self, id: u64) -> bool {
        self.droplets.remove(&id).is_some()
    }

    pub(crate) fn unused_tags(&self) -> usize {
        let used: BTreeSet<&String> = self.droplets.values().flat_map(|droplet| &droplet.tags).collect();
        self.tags.iter().filter(|tag| !used.contains(tag)).count()
    }

    fn complete(&mut self, id: u64, at: Millis) {
        let Some(action) = self.actions.get_mut(&id) else { return };
        action.completed_at = Some(at);
        let Some(droplet) = self.droplets.get_mut(&action.droplet) else {
            action.errored = true;
            return;
        };
        droplet.pending = None;
        droplet.suffer(&action.change);
    }
}

impl Droplet {
    pub(super) fn is_locked(&self) -> bool {
        self.pending.is_some() || self.doomed
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    pub(crate) fn is_off(&self) -> bool {
        self.status == Status::Off
    }

    /// Memory in MB and disk in GB.
    pub(crate) fn capacity(&self) -> (u64, u64) {
        (catalog::size(&self.size).map_or(0, |size| size.memory), self.disk)
    }

    /// The public address, once there is one.
    ///
    /// 198.18.0.0/15 is set aside for tests of networks and has 131,072 addresses; without those that end in 0, 1
    /// (the gateway) or 255 there are 512 × 253 = 129,536, ten times as many servers as we design for.
    pub(crate) fn public_address(&self) -> Option<Ipv4Addr> {
        self.addressed.then(|| {
            let (network, host) = self.place();
            Ipv4Addr::new(198, if network < 256 { 18 } else { 19 }, octet(network), host)
        })
    }

    pub(super) fn private_address(&self) -> Option<Ipv4Addr> {
        self.addressed.then(|| {
            let (network, host) = self.place();
            Ipv4Addr::new(10, if network < 256 { 132 } else { 133 }, octet(network), host)
        })
    }

    /// The number of a /24 network among 512, and a host in it.
    fn place(&self) -> (u32, u8) {
        let number = (self.address - 1) % (512 * 253);
        (number / 253, octet(number % 253 + 2))
    }

    fn suffer(&mut self, change: &Change) {
        match change {
            Change::Nothing => {}
            Change::Created => {
                self.status = Status::Active;
                self.addressed = true;
            }
            Change::Power(status) => self.status = *status,
            Change::Rename(name) => self.name.clone_from(name),
            Change::Resize { size, disk } => {
                self.size.clone_from(size);
                self.disk = disk.unwrap_or(self.disk);
            }
            Change::Image(image) => self.image.clone_from(image),
            Change::Feature { name, on: true } if !self.features.contains(name) => {
                self.features.push(name.clone())
            }
            Change::Feature { on: true, .. } => {}
            Change::Feature { name, on: false } => self.features.retain(|feature| feature != name),
            Change::Snapshot(id) => self.snapshot_ids.push(*id),
        }
    }
}

/// The lowest eight bits.
fn octet(number: u32) -> u8 {
    number.to_be_bytes()[3]
}
