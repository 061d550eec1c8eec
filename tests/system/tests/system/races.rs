//! Things that happen at once.

use std::thread;

use noc_system_tests::{Noc, Options};

use crate::shared::shared;

#[test]
fn of_two_deploys_of_one_name_at_once_exactly_one_wins() {
    let noc = shared();
    let (one, other) = thread::scope(|scope| {
        let deploy = || scope.spawn(|| noc.deploy("wanted"));
        let (one, other) = (deploy(), deploy());
        (one.join().unwrap(), other.join().unwrap())
    });
    let (winner, loser) = if one.status == 200 { (one, other) } else { (other, one) };
    let won = winner.assert_status(200);
    let lost = loser.assert_refused(409, "name_taken", Some("server_name"));
    assert_eq!(lost["error"]["details"]["deployment_id"], won["deployment_id"]);
    assert_eq!(noc.made("wanted"), (1, 3));
    noc.destroy("wanted").assert_status(200);
}

#[test]
fn twenty_servers_are_deployed_and_destroyed_at_once() {
    let noc = Noc::start(Options::default());
    let names: Vec<String> = (1..=20).map(|number| format!("fleet-{number:02}")).collect();
    let at_once = |work: &(dyn Fn(&str) + Sync)| {
        thread::scope(|scope| names.iter().for_each(|name| drop(scope.spawn(move || work(name)))));
    };
    at_once(&|name| drop(noc.deploy(name).assert_status(200)));
    let ledger = noc.providers.ledger();
    assert_eq!((ledger.counts.droplets, ledger.counts.dns_records), (20, 60), "{ledger:#?}");
    at_once(&|name| drop(noc.wait_until_active(name)));
    let listed = noc.get("/api/servers?status=active").assert_status(200);
    assert_eq!(listed["servers"].as_array().unwrap().len(), 20);
    at_once(&|name| assert_eq!(noc.destroy(name).assert_status(200)["deleted_dns_records"], 3));
    noc.assert_nothing_left();
    noc.assert_no_secret_in(&noc.console.text());
}

#[test]
fn a_destroy_in_the_middle_of_a_deploy_leaves_nothing() {
    let noc = shared();
    let deploy = noc.deploy_at_once("regretted");
    noc.wait_until_made("regretted", (1, 0));
    noc.destroy("regretted").assert_status(200);
    assert_eq!(noc.wait_until_ended(&deploy)["status"], "superseded");
    assert_eq!(noc.made("regretted"), (0, 0));
    noc.deploy("regretted").assert_status(200);
    noc.destroy("regretted").assert_status(200);
}
