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

#[cfg(test)]
mod tests {
    use noc_shared::{money::Usd, servers::ServerStatus};

    use super::*;

    fn server() -> Server {
        serde_json::from_value(serde_json::json!({
            "id": "srv_0123456789abcdef01234567", "name": "alpha", "status": ServerStatus::Active,
            "droplet_id": "7", "ip": "203.0.113.7", "region": "nyc1", "size": "s-2vcpu-4gb", "price_monthly": 24,
            "domains": [], "proxied": true, "application": "blank", "branch": "master",
            "environment": "production", "projects": [], "services": {}, "created_at": "2026-11-20T10:00:00Z",
            "active_since": null, "deployment_id": "dep_0123456789abcdef01234567",
        }))
        .unwrap()
    }

    fn machine(change: impl FnOnce(&mut Machine)) -> Machine {
        let mut machine = Machine {
            id: "7".to_owned(),
            name: "alpha".to_owned(),
            ip: None,
            size: "s-2vcpu-4gb".to_owned(),
            region: "nyc1".to_owned(),
            tags: vec!["noc".to_owned(), "noc-server:srv_0123456789abcdef01234567".to_owned()],
            power: Power::On,
            price_monthly: Usd::from_cents(2_400),
            created_at: None,
        };
        change(&mut machine);
        machine
    }

    /// Kind, desired and observed.
    type Told = (DriftKind, Option<&'static str>, Option<&'static str>);

    #[test]
    fn each_field_that_differs_is_told_and_nothing_else() {
        let cases: [(Option<Machine>, &[Told]); 8] = [
            (Some(machine(|_| {})), &[]),
            (None, &[(DriftKind::DropletMissing, Some("7"), None)]),
            (
                Some(machine(|machine| machine.size = "c-2".to_owned())),
                &[(DriftKind::Size, Some("s-2vcpu-4gb"), Some("c-2"))],
            ),
            (
                Some(machine(|machine| machine.region = "fra1".to_owned())),
                &[(DriftKind::Region, Some("nyc1"), Some("fra1"))],
            ),
            (
                Some(machine(|machine| machine.tags.truncate(1))),
                &[(DriftKind::Tags, Some("noc-server:srv_0123456789abcdef01234567"), None)],
            ),
            (
                Some(machine(|machine| machine.tags = vec!["web".to_owned()])),
                &[
                    (DriftKind::Tags, Some("noc"), None),
                    (DriftKind::Tags, Some("noc-server:srv_0123456789abcdef01234567"), None),
                ],
            ),
            (
                Some(machine(|machine| machine.power = Power::Off)),
                &[(DriftKind::Power, Some("on"), Some("off"))],
            ),
            // Something is being done with it: what it will be, the next look says.
            (Some(machine(|machine| machine.power = Power::Changing)), &[]),
        ];
        for (machine, expected) in cases {
            let found = compare(&server(), machine.as_ref());
            let told: Vec<_> = found
                .iter()
                .map(|found| (found.kind, found.desired.as_deref(), found.observed.as_deref()))
                .collect();
            assert_eq!(told, expected, "{machine:?}");
        }
    }
}
