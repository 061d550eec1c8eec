//! What is said after the last restart: what NOC believes is what there is.

use std::{collections::BTreeSet, thread, time::Duration};

use noc_shared::{deployments::DeploymentStatus, servers::ServerStatus};
use noc_simulator::Origin;

use super::{Torture, known, users::Wish};
use crate::{
    client::Client,
    wait::{wait_until_within, wait_within},
};

/// How long the runs may take to their end. A call that was cut off may be worked on for 35 seconds, and is then made
/// again; so is one that the kill has cut off right after that; and a provider that was away is asked again after a
/// minute at most.
const ENDS_WITHIN: Duration = Duration::from_secs(180);

impl Torture {
    /// Waits until every deployment has ended. What is stuck is taken up by an operator, or is destroyed.
    pub(super) fn wait_until_ended(&mut self) {
        let client = Client::clone(&self.noc);
        wait_until_within(ENDS_WITHIN, "every deployment to end", || {
            let open = known::open_deployments(&client);
            let servers = known::servers(&client);
            for stuck in servers.iter().filter(|server| server.status == ServerStatus::Stuck) {
                let retry = Wish::Retry { id: stuck.deployment_id.to_string() };
                let is_taken_up = self.random.one_in(2) && self.users.ask(&client, &retry).is_some();
                if !is_taken_up {
                    self.users.ask(&client, &Wish::Destroy { name: stuck.name.clone() });
                }
            }
            let is_final = |status| matches!(status, ServerStatus::Active | ServerStatus::Destroyed);
            open.is_empty() && servers.iter().all(|server| is_final(server.status))
        });
    }

    /// Says that every deployment that anybody was told of is known, and that lists and objects tell the same of each.
    pub(super) fn assert_all_known(&self) {
        let listed = known::deployments(&self.noc);
        let ids: BTreeSet<String> = listed.iter().map(|deployment| deployment.id.to_string()).collect();
        for id in self.users.deployments() {
            assert!(ids.contains(&id), "{id} was answered, and is not known any more");
        }
        for summary in &listed {
            let shown = known::deployment(&self.noc, summary.id.as_str());
            assert_eq!(&shown.summary, summary, "the list and the object do not tell the same");
            assert!(summary.status.is_final(), "{shown:#?}");
            assert!(summary.status == DeploymentStatus::Stuck || shown.leftovers.is_empty(), "{shown:#?}");
        }
    }

    /// Says that each server has exactly its droplet and its records, and that there is nothing else.
    pub(super) fn assert_ledger_is_believed(&self) {
        let servers = known::servers(&self.noc);
        let ledger = self.noc.providers.ledger();
        let believed: BTreeSet<(String, String)> = servers
            .iter()
            .map(|server| (server.name.clone(), server.droplet_id.clone().unwrap_or_default()))
            .collect();
        let there: BTreeSet<(String, String)> =
            ledger.droplets.iter().map(|droplet| (droplet.name.clone(), droplet.id.to_string())).collect();
        assert_eq!(believed, there, "droplets: NOC's belief, and what there is: {servers:#?} {ledger:#?}");
        let believed: BTreeSet<(String, String)> = servers
            .iter()
            .flat_map(|server| {
                let ip = server.ip.clone().unwrap_or_default();
                server.domains.iter().map(move |domain| (domain.clone(), ip.clone()))
            })
            .collect();
        let made = ledger.dns_records.iter().filter(|record| record.origin == Origin::Api);
        let there: BTreeSet<(String, String)> =
            made.map(|record| (record.name.clone(), record.content.clone())).collect();
        assert_eq!(believed, there, "records: NOC's belief, and what there is: {servers:#?} {ledger:#?}");
        assert_eq!(
            (ledger.counts.droplets, ledger.counts.dns_records),
            (servers.len(), 3 * servers.len()),
            "{servers:#?} {ledger:#?}"
        );
        self.assert_nothing_doubled();
    }

    /// Says that nothing is there twice.
    pub(super) fn assert_nothing_doubled(&self) {
        let ledger = self.noc.providers.ledger();
        let doubled = &ledger.doubled;
        let nothing = doubled.droplets.is_empty() && doubled.dns_records.is_empty();
        assert!(nothing, "there is more than one of {doubled:?}: {ledger:#?}");
    }

    /// Destroys every server, and says that nothing is left: not at the providers, and no name that stays taken.
    pub(super) fn assert_all_can_go(&self) {
        self.destroy_all();
        self.noc.assert_nothing_left();
        let names: BTreeSet<String> = known::deployments(&self.noc)
            .into_iter()
            .map(|deployment| deployment.server_name)
            // This one and `torn` stand in each other's way, as they should.
            .filter(|name| name != "torn-api" && !name.starts_with("fresh"))
            .collect();
        let again: Vec<String> = names.iter().map(|name| self.noc.deploy_at_once(name)).collect();
        for id in &again {
            let shown = wait_within(ENDS_WITHIN, "a name to be free again", || {
                let shown = known::deployment(&self.noc, id);
                shown.summary.finished_at.is_some().then_some(shown)
            });
            assert_eq!(shown.summary.status, DeploymentStatus::Succeeded, "{shown:#?}");
        }
        self.assert_ledger_is_believed();
        self.destroy_all();
        self.noc.assert_nothing_left();
        self.noc.assert_no_secret_in(&self.noc.console.text());
    }

    fn destroy_all(&self) {
        let servers = known::servers(&self.noc);
        thread::scope(|scope| {
            for server in &servers {
                scope.spawn(|| self.noc.destroy(&server.name).assert_status(200));
            }
        });
    }
}
