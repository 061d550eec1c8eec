//! The machines, against a small NOC that verifies what they send.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hmac::{Hmac, Mac};
use noc_simulator::http::{Background, wall_clock};
use noc_simulator::{Request, Settings, Simulator, agent};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{at, number};

const KEY: &str = "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";

/// A call that NOC got.
#[derive(Clone, Debug)]
struct Received {
    path: String,
    headers: BTreeMap<String, String>,
    body: Value,
    /// Whether the signature, computed here from the raw bytes, is the one that was sent.
    signed: bool,
}

/// A NOC that answers each call with the next of its answers, and with the last one for ever.
struct Noc {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Noc {
    fn start(answers: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|cause| panic!("no port: {cause}"));
        let url = listener.local_addr().map(|address| format!("http://{address}")).unwrap_or_default();
        let received = Arc::new(Mutex::new(Vec::new()));
        let calls = received.clone();
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(call) = receive(&stream) else { continue };
                let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
                let answer = answers.get(calls.len()).or(answers.last());
                calls.push(call);
                if let Some((status, body)) = answer {
                    respond(&stream, *status, &body.to_string());
                }
            }
        });
        Self { url, received }
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `count` calls have come; the deadline is only there so that a test which is broken ends.
    fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..6_000 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("only {} of {count} calls came", self.received().len());
    }
}

fn receive(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => drop(headers.insert(name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let text = format!(
        "POST\n/api/agents/report\n{}\n{}\n{}",
        header("x-noc-timestamp"),
        header("x-noc-counter"),
        hex::encode(Sha256::digest(&body))
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(KEY).ok()?).ok()?;
    mac.update(text.as_bytes());
    let signed = hex::encode(mac.finalize().into_bytes()) == header("x-noc-signature");
    Some(Received { path, body: serde_json::from_slice(&body).ok()?, signed, headers })
}

fn respond(mut stream: &TcpStream, status: u16, body: &str) {
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn claimed() -> (u16, Value) {
    let answer = json!({
        "agent_key": KEY, "secrets": {"REDIS_PASSWORD": "not to be kept"},
        "services": ["api", "texting", "redis", "rabbitmq"], "interval_seconds": 60,
    });
    (200, answer)
}

fn accepted() -> (u16, Value) {
    (200, json!({"interval_seconds": 60}))
}

/// A simulator whose machines do everything at once.
struct Datacentre {
    simulator: Simulator,
    _machines: agent::Machines,
    _server: Background,
}

impl Datacentre {
    fn open(simulator: Simulator) -> Self {
        let server =
            Background::start(simulator.clone(), 0).unwrap_or_else(|cause| panic!("no server: {cause}"));
        let settings = agent::Settings {
            boot_after: Duration::ZERO,
            interval_limit: Some(Duration::ZERO),
            retry_after: Duration::from_millis(5),
            look_every: Duration::from_millis(5),
        };
        let runtime = server.runtime().unwrap_or_else(|| panic!("the server is running"));
        let guard = runtime.enter();
        let machines = agent::start(simulator.clone(), settings);
        drop(guard);
        Self { simulator, _machines: machines, _server: server }
    }

    fn call(&self, method: &str, target: &str, body: Value) -> Value {
        let request = Request::new(method, target).bearer("sim-digitalocean-token").json(&body);
        let reply = self.simulator.handle(wall_clock(), &request).reply;
        reply.map(|reply| reply.value()).unwrap_or_default()
    }

    fn create(&self, noc: &Noc) -> u64 {
        let env = format!(
            "NOC_URL='{}'\nNOC_SERVER_ID='srv_1'\nNOC_DEPLOYMENT_ID='dep_1'\nNOC_CLAIM_TOKEN='claim'\\''token'\n",
            noc.url
        );
        let document =
            json!({"write_files": [{"path": "/etc/noc/agent.env", "permissions": "0600", "content": env}]});
        let body = json!({
            "name": "alpha", "size": "s-2vcpu-4gb", "image": "ubuntu-24-04-x64", "region": "nyc3",
            "user_data": format!("#cloud-config\n{document}\n"),
        });
        number(&self.call("POST", "/digitalocean/v2/droplets", body), "/droplet/id")
    }

    /// Waits until what is said of a machine is so.
    fn wait_until(&self, droplet: u64, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..6_000 {
            let agents = self.call("GET", "/_simulator/agents", json!({}));
            let machine = at(&agents, &format!("/agents/{droplet}"));
            if holds(&machine) {
                return machine;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the machine is never {what}");
    }
}

fn simulator() -> Simulator {
    Simulator::new(Settings { address_after_ms: 0, ..Settings::default() })
}

#[test]
fn a_machine_claims_its_key_and_then_reports_signed() {
    let noc = Noc::start(vec![claimed(), accepted()]);
    let datacentre = Datacentre::open(simulator());
    let droplet = datacentre.create(&noc);
    let calls = noc.wait_for(5);

    let claim = &calls[0];
    assert_eq!(claim.path, "/api/agents/claim");
    assert_eq!(claim.headers.get("authorization").map(String::as_str), Some("Bearer claim'token"));
    assert_eq!(
        (at(&claim.body, "/server_id"), at(&claim.body, "/deployment_id")),
        (json!("srv_1"), json!("dep_1"))
    );
    let [nonce, machine_id] = ["/nonce", "/machine_id"].map(|pointer| at(&claim.body, pointer).to_string());
    assert_eq!(nonce.len(), 64 + 2);
    assert!(!nonce.contains(machine_id.trim_matches('"')), "the nonce says nothing of the machine");
    let host_key = at(&claim.body, "/host_keys/0");
    assert!(
        host_key.as_str().is_some_and(|key| key.starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI")),
        "{host_key}"
    );

    let mut last_counter = 0;
    for (index, report) in calls[1..].iter().enumerate() {
        assert_eq!(report.path, "/api/agents/report");
        assert!(report.signed, "report {index}");
        assert_eq!(report.headers.get("x-noc-server").map(String::as_str), Some("srv_1"));
        let counter =
            report.headers.get("x-noc-counter").and_then(|counter| counter.parse().ok()).unwrap_or(0_u64);
        assert!(counter > last_counter, "the counter only rises");
        last_counter = counter;
        let services = at(&report.body, "/services");
        let expected = if index == 0 { "starting" } else { "healthy" };
        assert_eq!(at(&services, "/api"), expected, "report {index}");
        assert_eq!(at(&report.body, "/memory/total_bytes"), 4_294_967_296_u64);
        assert!(at(&report.body, "/lines/0/line").is_string(), "report {index}");
    }
    let machine = datacentre.wait_until(droplet, "seen", |machine| machine.is_object());
    assert_eq!(at(&machine, "/secrets"), json!(["REDIS_PASSWORD"]), "values are not kept");
    assert!(
        !serde_json::to_string(&datacentre.simulator.world()).unwrap_or_default().contains("not to be kept")
    );
}

#[test]
fn a_machine_tries_again_with_the_same_nonce() {
    let refused = |status| (status, json!({}));
    let noc = Noc::start(vec![
        refused(503),
        refused(429),
        (200, json!({"no": "key"})),
        claimed(),
        refused(401),
        accepted(),
    ]);
    let datacentre = Datacentre::open(simulator());
    let droplet = datacentre.create(&noc);
    let calls = noc.wait_for(6);
    let nonces: Vec<Value> = calls[..4].iter().map(|call| at(&call.body, "/nonce")).collect();
    assert!(nonces.iter().all(|nonce| *nonce == nonces[0]), "{nonces:?}");
    assert!(calls[..4].iter().all(|call| call.path == "/api/agents/claim"));
    datacentre.wait_until(droplet, "accepted", |machine| at(machine, "/reports").as_u64() > Some(0));
}

#[test]
fn a_machine_whose_claim_noc_does_not_know_stops_and_one_that_has_its_key_goes_on() {
    let noc = Noc::start(vec![(404, json!({}))]);
    let datacentre = Datacentre::open(simulator());
    let droplet = datacentre.create(&noc);
    let machine = datacentre.wait_until(droplet, "stopped", |machine| at(machine, "/stopped") == true);
    assert_eq!(at(&machine, "/last_status"), 404);
    assert_eq!(noc.received().len(), 1);

    let noc = Noc::start(vec![claimed(), accepted(), (404, json!({})), accepted()]);
    let droplet = datacentre.create(&noc);
    datacentre.wait_until(droplet, "heard again", |machine| at(machine, "/reports").as_u64() > Some(1));
}

#[test]
fn a_machine_ends_with_its_droplet() {
    let noc = Noc::start(vec![claimed(), accepted()]);
    let datacentre = Datacentre::open(simulator());
    let droplet = datacentre.create(&noc);
    noc.wait_for(2);
    datacentre.call("DELETE", &format!("/digitalocean/v2/droplets/{droplet}"), json!({}));
    datacentre.wait_until(droplet, "forgotten", Value::is_null);
    // One report may have been under way; a second one would be of a machine that lives on.
    let before = noc.received().len();
    std::thread::sleep(Duration::from_millis(400));
    assert!(noc.received().len() <= before + 1);
}

#[test]
fn a_machine_goes_on_after_a_restart_with_its_key() {
    let noc = Noc::start(vec![claimed(), accepted()]);
    let first = Datacentre::open(simulator());
    let droplet = first.create(&noc);
    first.wait_until(droplet, "accepted", |machine| at(machine, "/reports").as_u64() > Some(0));
    let world = first.simulator.world();
    drop(first);
    let before = noc.received().len();
    let _second = Datacentre::open(Simulator::with_world(Settings::default(), world));
    let calls = noc.wait_for(before + 2);
    assert!(calls[before..].iter().all(|call| call.path == "/api/agents/report" && call.signed));
}

#[test]
fn after_a_reset_a_droplet_of_the_same_number_is_another_machine() {
    let noc = Noc::start(vec![claimed(), accepted()]);
    let datacentre = Datacentre::open(simulator());
    let droplet = datacentre.create(&noc);
    noc.wait_for(2);
    let other = Noc::start(vec![claimed(), accepted()]);
    datacentre.call("POST", "/_simulator/reset", json!({}));
    assert_eq!(datacentre.create(&other), droplet);
    let calls = other.wait_for(2);
    assert_eq!(calls[0].path, "/api/agents/claim");
    assert!(
        noc.received().iter().skip(1).all(|call| call.path == "/api/agents/report"),
        "it claims at its own NOC"
    );
}

#[test]
fn a_silent_machine_says_nothing_until_it_may() {
    let noc = Noc::start(vec![claimed(), accepted()]);
    let datacentre = Datacentre::open(simulator());
    datacentre.call("POST", "/_simulator/agents", json!({"boot": false}));
    let droplet = datacentre.create(&noc);
    std::thread::sleep(Duration::from_millis(50));
    assert!(noc.received().is_empty());
    datacentre.call("POST", "/_simulator/agents", json!({"boot": false, "droplet_id": droplet}));
    datacentre.call("POST", "/_simulator/agents", json!({"boot": true}));
    std::thread::sleep(Duration::from_millis(50));
    assert!(noc.received().is_empty(), "this one is silent on its own");
    datacentre.call("POST", "/_simulator/agents", json!({"boot": true, "droplet_id": droplet}));
    noc.wait_for(2);
}
