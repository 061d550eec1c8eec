//! Machines against what NOC made: a function from data to data.

use noc_shared::{drift::DriftKind, servers::Server};

use crate::{
    drift::Found,
    providers::{Machine, Power},
    servers::{SERVER_TAG, TAG},
};

/// The kinds of drift that a look at machines finds.
pub(super) const KINDS: [DriftKind; 5] =
    [DriftKind::DropletMissing, DriftKind::Size, DriftKind::Region, DriftKind::Tags, DriftKind::Power];

/// Where the machine of a settled server is not what NOC made.
pub(super) fn compare(server: &Server, machine: Option<&Machine>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut differs = |kind, field: &str, desired: Option<&str>, observed: Option<&str>| {
        let (desired, observed) = (desired.map(str::to_owned), observed.map(str::to_owned));
        found.push(Found { kind, field: field.to_owned(), desired, observed });
    };
    let Some(machine) = machine else {
        differs(DriftKind::DropletMissing, "droplet", server.droplet_id.as_deref(), None);
        return found;
    };
    if machine.size != server.size {
        differs(DriftKind::Size, "droplet size", Some(&server.size), Some(&machine.size));
    }
    if machine.region != server.region {
        differs(DriftKind::Region, "droplet region", Some(&server.region), Some(&machine.region));
    }
    for tag in [TAG.to_owned(), format!("{SERVER_TAG}{}", server.id)] {
        if !machine.tags.contains(&tag) {
            differs(DriftKind::Tags, &format!("droplet tag {tag}"), Some(&tag), None);
        }
    }
    if machine.power == Power::Off {
        differs(DriftKind::Power, "droplet power", Some("on"), Some("off"));
    }
    found
}
