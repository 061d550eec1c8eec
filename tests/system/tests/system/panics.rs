//! A panic hurts what panicked, and nobody else.

use std::thread;

use noc_system_tests::{Event, Noc, Options, deploy_body, wait_until};
use serde_json::{Value, json};

const PANIC: &str = "a test has asked for this panic";

fn is_finished(event: &Event) -> bool {
    event.data["kind"] == "finished"
}

fn step<'a>(deployment: &'a Value, name: &str) -> &'a Value {
    deployment["steps"].as_array().unwrap().iter().find(|step| step["name"] == name).unwrap()
}

#[test]
fn a_panic_in_a_handler_is_one_500_and_whoever_is_in_flight_lives_on() {
    let noc = Noc::start(Options::default());
    // Whoever waits for a machine is in flight for as long as the machines are silent.
    noc.let_machines_run(false);
    let followed = noc.deploy_at_once("followed");
    let mut stream = noc.events(&format!("/api/deployments/{followed}/events"), None);
    let first = stream.next().unwrap();
    thread::scope(|scope| {
        let slow = scope.spawn(|| noc.post("/api/deploy?wait=active", &deploy_body("slow")));
        noc.wait_until_made("slow", (1, 3));
        let body = noc.post("/api/faults/panic", &json!({})).assert_refused(500, "internal", None);
        assert!(!body.to_string().contains(PANIC), "the answer says what only the log may say: {body:#}");
        noc.get("/api/servers").assert_status(200);
        assert!(!slow.is_finished());
        noc.let_machines_run(true);
        slow.join().unwrap().assert_status(200);
    });
    let rest = stream.read_until("the end of the deployment", is_finished);
    assert_eq!(rest.last().unwrap().data["message"], "Done.");
    assert!(first.id < rest[0].id);
    assert!(noc.console.lines().iter().any(|line| line.contains(PANIC)));
    // The objects live on as well: none was made anew.
    for name in ["followed", "slow"] {
        assert_eq!(noc.console.about(name, "a target's object was constructed").len(), 1, "{name}");
        noc.destroy(name).assert_status(200);
    }
    noc.assert_nothing_left();
}

#[test]
fn a_panic_in_an_alarm_is_retried_once_and_the_deployment_ends() {
    let noc = Noc::start(Options::default());
    noc.let_machines_run(false);
    let struck = noc.deploy("struck").assert_status(200)["deployment_id"].as_str().unwrap().to_owned();
    let other = noc.deploy_at_once("other");
    let mut stream = noc.events(&format!("/api/deployments/{other}/events"), None);
    let before = noc.wait_until_at(&struck, "wait_for_agent");
    noc.post("/api/faults/panic-in-alarm/struck", &json!({})).assert_status(200);
    let failed = || noc.console.about("struck", "the alarm failed");
    wait_until("the alarm to fail", || !failed().is_empty());
    noc.let_machines_run(true);

    let ended = noc.wait_until_ended(&struck);
    assert_eq!(ended["status"], "succeeded");
    assert_eq!(failed().len(), 1, "{:#?}", failed());
    // What was done before the panic was not done again.
    assert_eq!(step(&ended, "write_dns_records"), step(&before, "write_dns_records"));
    assert_eq!(
        stream.read_until("the end of the other deployment", is_finished).last().unwrap().data["message"],
        "Done."
    );
    assert!(noc.console.about("other", "the alarm failed").is_empty());
    for name in ["struck", "other"] {
        assert_eq!(noc.made(name), (1, 3), "{name}");
        noc.destroy(name).assert_status(200);
    }
    noc.assert_nothing_left();
}
