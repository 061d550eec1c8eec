//! An object that the platform took out of memory in the middle of a deployment.

use std::time::Duration;

use noc_system_tests::{Noc, Options, wait_until};

const CONSTRUCTED: &str = "a target's object was constructed";

#[test]
fn an_object_that_hibernated_in_the_middle_of_a_deployment_goes_on_with_it() {
    let noc = Noc::start(Options::default());
    noc.let_machines_run(false);
    let id = noc.deploy("sleeper").assert_status(200)["deployment_id"].as_str().unwrap().to_owned();
    assert_eq!(noc.console.about("sleeper", CONSTRUCTED).len(), 1);
    // The platform takes an object out of memory after ten idle seconds. Nothing asks this one until its machine claims.
    std::thread::sleep(Duration::from_secs(15));
    noc.let_machines_run(true);
    wait_until("the object to be constructed again", || noc.console.about("sleeper", CONSTRUCTED).len() == 2);
    let deployment = noc.wait_until_ended(&id);
    assert_eq!(deployment["status"], "succeeded");
    let steps = deployment["steps"].as_array().unwrap();
    let created = steps.iter().find(|step| step["name"] == "create_droplet").unwrap();
    assert_eq!(created["attempts"], 1);
    assert_eq!(noc.made("sleeper"), (1, 3));
    noc.wait_until_active("sleeper");
    noc.destroy("sleeper").assert_status(200);
    noc.assert_nothing_left();
}
