//! Droplets and actions as the API shows them.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::time::rfc3339_seconds;

use super::catalog::{self, Image, Region, Size};
use super::model::{Action, Droplet, Status};

/// The whole droplet object.
#[derive(Serialize)]
pub(super) struct DropletView<'a> {
    id: u64,
    name: &'a str,
    memory: u64,
    vcpus: u64,
    disk: u64,
    disk_info: [Disk; 1],
    locked: bool,
    status: Status,
    kernel: Option<()>,
    created_at: String,
    features: &'a [String],
    backup_ids: [u64; 0],
    next_backup_window: Option<()>,
    snapshot_ids: &'a [u64],
    image: Option<&'static Image>,
    volume_ids: [&'static str; 0],
    size: Option<&'static Size>,
    size_slug: &'a str,
    networks: Networks,
    region: Option<&'static Region>,
    tags: &'a [String],
    vpc_uuid: &'a str,
}

#[derive(Serialize)]
struct Disk {
    #[serde(rename = "type")]
    kind: &'static str,
    size: DiskSize,
}

#[derive(Serialize)]
struct DiskSize {
    amount: u64,
    unit: &'static str,
}

#[derive(Serialize)]
struct Networks {
    v4: Vec<NetworkV4>,
    v6: Vec<NetworkV6>,
}

#[derive(Serialize)]
struct NetworkV4 {
    ip_address: Ipv4Addr,
    netmask: &'static str,
    gateway: Ipv4Addr,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Unlike that of a v4 network, the mask is a number.
#[derive(Serialize)]
struct NetworkV6 {
    ip_address: String,
    netmask: u8,
    gateway: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'a> From<&'a Droplet> for DropletView<'a> {
    fn from(droplet: &'a Droplet) -> Self {
        let size = catalog::size(&droplet.size);
        Self {
            id: droplet.id,
            name: &droplet.name,
            memory: size.map_or(0, |size| size.memory),
            vcpus: size.map_or(0, |size| size.vcpus),
            disk: droplet.disk,
            disk_info: [Disk { kind: "local", size: DiskSize { amount: droplet.disk, unit: "gib" } }],
            locked: droplet.is_locked(),
            status: droplet.status,
            kernel: None,
            created_at: rfc3339_seconds(droplet.created_at),
            features: &droplet.features,
            backup_ids: [],
            next_backup_window: None,
            snapshot_ids: &droplet.snapshot_ids,
            image: catalog::image(&droplet.image),
            volume_ids: [],
            size,
            size_slug: &droplet.size,
            networks: networks(droplet),
            region: catalog::region(&droplet.region),
            tags: &droplet.tags,
            vpc_uuid: &droplet.vpc_uuid,
        }
    }
}

/// The private network comes first, as it often does: the first address of the list is not the public one.
fn networks(droplet: &Droplet) -> Networks {
    let private = droplet.private_address().map(|ip_address| NetworkV4 {
        ip_address,
        netmask: "255.255.0.0",
        gateway: gateway(ip_address),
        kind: "private",
    });
    let public = droplet.public_address().map(|ip_address| NetworkV4 {
        ip_address,
        netmask: "255.255.240.0",
        gateway: gateway(ip_address),
        kind: "public",
    });
    let v6 = droplet
        .public_address()
        .filter(|_| droplet.features.iter().any(|feature| feature == "ipv6"))
        .map(|address| NetworkV6 {
            ip_address: format!("2001:db8::{:x}", u32::from(address)),
            netmask: 64,
            gateway: "2001:db8::1",
            kind: "public",
        });
    Networks { v4: private.into_iter().chain(public).collect(), v6: v6.into_iter().collect() }
}

fn gateway(address: Ipv4Addr) -> Ipv4Addr {
    let [first, second, third, _] = address.octets();
    Ipv4Addr::new(first, second, third, 1)
}

/// The action object.
#[derive(Serialize)]
pub(super) struct ActionView<'a> {
    id: u64,
    status: &'static str,
    #[serde(rename = "type")]
    kind: &'a str,
    started_at: String,
    completed_at: Option<String>,
    resource_id: u64,
    resource_type: &'static str,
    region: Option<&'static Region>,
    region_slug: &'a str,
}

impl<'a> From<&'a Action> for ActionView<'a> {
    fn from(action: &'a Action) -> Self {
        Self {
            id: action.id,
            status: match action.completed_at {
                None => "in-progress",
                Some(_) if action.errored => "errored",
                Some(_) => "completed",
            },
            kind: &action.kind,
            started_at: rfc3339_seconds(action.started_at),
            completed_at: action.completed_at.map(rfc3339_seconds),
            resource_id: action.droplet,
            resource_type: "droplet",
            region: catalog::region(&action.region),
            region_slug: &action.region,
        }
    }
}

/// An action as another thing points to it.
#[derive(Serialize)]
pub(super) struct ActionLink {
    pub(super) id: u64,
    pub(super) rel: &'static str,
    pub(super) href: String,
}
