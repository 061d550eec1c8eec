//! workerd is killed and started again on the same state.

use http::Request;
use noc_simulator::{Effect, Provider, http::wall_clock};
use noc_system_tests::{Noc, Options};

/// How long a deployment may rest after a restart.
const RESUMED_WITHIN_MS: u64 = 5_000;

/// Kills workerd and starts it again.
fn restart(noc: &mut Noc) -> Restart {
    noc.kill();
    let killed_at = wall_clock();
    noc.start_again();
    Restart { killed_at, started_at: wall_clock() }
}

struct Restart {
    killed_at: u64,
    started_at: u64,
}

impl Restart {
    /// Says that the deployment went on soon after it, by the times of its events.
    #[track_caller]
    fn assert_resumed(&self, noc: &Noc, deployment: &str) {
        let path = format!("/api/deployments/{deployment}/events");
        let request = Request::get(path).header("accept", "application/json");
        let body = noc.send(request, ()).assert_status(200);
        let times = body["events"].as_array().unwrap().iter().map(|event| {
            let at = event["at"].as_str().unwrap();
            noc_shared::time::Timestamp::parse(at).unwrap().millis().unsigned_abs()
        });
        let resumed_at = times.filter(|at| *at >= self.killed_at).min().unwrap();
        // It may go on before the start is known to be over.
        let rested = resumed_at.saturating_sub(self.started_at);
        println!("{deployment} went on {rested} ms after the restart");
        assert!(rested <= RESUMED_WITHIN_MS, "{deployment} went on {rested} ms after the restart: {body:#}");
    }
}

#[test]
fn a_deployment_goes_on_after_workerd_was_killed() {
    let mut noc = Noc::start(Options::default());
    let id = noc.deploy_at_once("survivor");
    noc.wait_until_made("survivor", (1, 0));
    let restart = restart(&mut noc);
    assert_eq!(noc.wait_until_ended(&id)["status"], "succeeded");
    restart.assert_resumed(&noc, &id);
    let ledger = noc.providers.ledger();
    assert_eq!((ledger.counts.droplets, ledger.counts.dns_records), (1, 3), "{ledger:#?}");
    noc.wait_until_active("survivor");
    noc.destroy("survivor").assert_status(200);
    noc.assert_nothing_left();
}

#[test]
fn a_droplet_whose_creation_was_never_recorded_is_adopted() {
    let mut noc = Noc::start(Options::default());
    // The droplet is made at once, and the answer is on its way when workerd is killed.
    let effect = Effect::Delay { delay_ms: 20_000 };
    let fault = noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, effect);
    let id = noc.deploy_at_once("adopted");
    noc.wait_until_made("adopted", (1, 0));
    let restart = restart(&mut noc);
    assert_eq!(noc.wait_until_ended(&id)["status"], "succeeded");
    assert_eq!(noc.providers.fired(fault), 1);
    restart.assert_resumed(&noc, &id);
    let ledger = noc.providers.ledger();
    assert_eq!((ledger.counts.droplets, ledger.counts.dns_records), (1, 3), "{ledger:#?}");
    noc.destroy("adopted").assert_status(200);
    noc.assert_nothing_left();
}
