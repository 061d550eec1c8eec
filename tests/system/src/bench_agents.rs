//! Many agents report at once, as fast as they are answered.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hmac::{Hmac, Mac as _};
use http::Method;
use noc_shared::agents::signed_text;
use noc_simulator::{Settings, http::wall_clock};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Client, Noc, Options, client::json_request, deploy_body, processes::descendants, wait_for};

/// As many requests are under way at a time.
const THREADS: usize = 16;

/// Ticks of the processor's clock in a second, as Linux counts them for programs.
const TICKS: f64 = 100.0;

struct Agent {
    server: String,
    key: Vec<u8>,
    counter: u64,
}

/// Deploys servers, has all their agents report for a while, and says what that took.
pub fn bench_agents(agents: u64, seconds: u64) {
    let usual = Options::default();
    let providers =
        Settings { rate_limits: false, droplet_limit: 100_000, address_after_ms: 0, ..usual.providers };
    let noc = Noc::start(Options { providers, machines: None, ..usual });
    println!("deploying {agents} servers");
    let begun = Instant::now();
    let names: Vec<String> = (0..agents).map(|number| format!("bench-{number}")).collect();
    let ready = Mutex::new(Vec::new());
    each(&names, |name| {
        let client = noc.another();
        let agent = claimed(&noc, &client, name);
        ready.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(agent);
    });
    let mut ready = ready.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    println!("{} agents have claimed after {:.0} s", ready.len(), begun.elapsed().as_secs_f64());

    // The first report makes each server active, which is written to D1; what is measured is every day.
    let all: Vec<Mutex<Agent>> = ready.drain(..).map(Mutex::new).collect();
    for _ in 0..2 {
        each(&all, |agent| {
            report(&noc.another(), &mut agent.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        });
        thread::sleep(Duration::from_secs(2));
    }
    let written = Written::of(noc.state());
    let cpu = processor_seconds();
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    let mut times: Vec<Duration> = thread::scope(|scope| {
        let share = all.len().div_ceil(THREADS).max(1);
        let threads: Vec<_> = all
            .chunks(share)
            .map(|agents| {
                scope.spawn(|| {
                    let client = noc.another();
                    let mut times = Vec::new();
                    for agent in agents.iter().cycle() {
                        if Instant::now() >= until {
                            break;
                        }
                        let mut agent = agent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        times.push(report(&client, &mut agent));
                    }
                    times
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread ends")).collect()
    });
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), processor_seconds() - cpu);
    let written = Written::of(noc.state()).since(&written);
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    let reports = times.len() as f64;
    println!("reports             {:>10}", times.len());
    println!("a second            {:>10.0}", reports / wall);
    println!("a second and core   {:>10.0}   ({cpu:.1} s of workerd's processor time)", reports / cpu);
    println!("p50, p99, slowest   {:>10.1} ms, {:.1} ms, {:.1} ms", at(0.5), at(0.99), at(1.0));
    println!(
        "rows in D1          {:>10}   ({:.4} a report: {} pictures, {} samples)",
        written.pictures + written.samples,
        (written.pictures + written.samples) as f64 / reports,
        written.pictures,
        written.samples
    );
    println!("{agents} agents send {:.1} reports a second, with one a minute each", agents as f64 / 60.0);
}

/// Does something with each, many at a time.
fn each<T: Sync>(things: &[T], act: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    act(thing);
                }
            });
        }
    });
}

/// A server whose agent has claimed.
fn claimed(noc: &Noc, client: &Client, name: &str) -> Agent {
    let mut body = deploy_body(name);
    body["application"] = json!("blank");
    // On a busy machine it may not be there yet.
    let answer = client.post("/api/deploy", &body);
    assert!(answer.status.is_success(), "{}", answer.text);
    let user_data = wait_for("a droplet", || noc.providers.user_data_of(name));
    let value = |key: &str| {
        let rest = user_data.split_once(&format!("{key}='")).map(|(_, rest)| rest).unwrap_or_default();
        rest.split('\'').next().unwrap_or_default().to_owned()
    };
    let (server, token) = (value("NOC_SERVER_ID"), value("NOC_CLAIM_TOKEN"));
    let claim = json!({
        "server_id": server,
        "deployment_id": value("NOC_DEPLOYMENT_ID"),
        "nonce": "ab".repeat(32),
        "machine_id": "bench",
        "host_keys": [],
    });
    let request =
        json_request(Method::POST, "/api/agents/claim").header("authorization", format!("Bearer {token}"));
    let answer = client.send(request, claim.to_string()).assert_status(200);
    let key = answer["agent_key"].as_str().and_then(|key| hex::decode(key).ok()).expect("there is a key");
    Agent { server, key, counter: 0 }
}

/// Reports, and says how long that took.
fn report(client: &Client, agent: &mut Agent) -> Duration {
    agent.counter += 1;
    let timestamp = i64::try_from(wall_clock() / 1_000).unwrap_or_default();
    let body = body(agent.counter).to_string();
    let text = signed_text(
        "POST",
        "/api/agents/report",
        timestamp,
        agent.counter,
        &hex::encode(Sha256::digest(&body)),
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(&agent.key).expect("any key will do");
    mac.update(text.as_bytes());
    let request = json_request(Method::POST, "/api/agents/report")
        .header("x-noc-server", &agent.server)
        .header("x-noc-timestamp", timestamp.to_string())
        .header("x-noc-counter", agent.counter.to_string())
        .header("x-noc-signature", hex::encode(mac.finalize().into_bytes()));
    let begun = Instant::now();
    client.send(request, body).assert_status(200);
    begun.elapsed()
}

/// What a machine says that has little to say: four services, and eight lines of a hundred characters.
fn body(number: u64) -> Value {
    let line = json!({ "service": "api", "at": "2026-11-20T10:00:00Z", "line": "x".repeat(100) });
    let capacity = json!({ "total_bytes": 4_000_000_000_u64, "available_bytes": 3_000_000_000_u64 });
    json!({
        "number": number,
        "uptime": 60 * number,
        "load": [0.5, 0.25, 0.125],
        "memory": capacity,
        "disk": capacity,
        "services": { "api": "healthy", "texting": "healthy", "redis": "healthy", "rabbitmq": "healthy" },
        "lines": vec![line; 8],
    })
}

/// The processor time that workerd has used.
fn processor_seconds() -> f64 {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let workerd = descendants(own).into_iter().filter(|process| process.name.starts_with("workerd"));
    let ticks = workerd.filter_map(|process| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", process.id)).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    });
    ticks.sum::<f64>() / TICKS
}

/// How often rows were written to the shared database: each picture of a server has a number that rises by one, and each
/// sample a time.
struct Written {
    pictures: i64,
    samples: i64,
    times: i64,
}

impl Written {
    fn of(state: &Path) -> Self {
        let found = databases(&state.join("d1")).into_iter().find_map(|path| {
            let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
            let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).ok();
            Some(Self {
                pictures: number("SELECT COALESCE(SUM(revision), 0) FROM servers")?,
                samples: number("SELECT COUNT(*) FROM server_samples")?,
                times: number("SELECT COALESCE(MAX(at), 0) FROM server_samples")?,
            })
        });
        found.expect("the shared database is somewhere in the state")
    }

    /// A sample that was there and has another time since counts as one, too.
    fn since(&self, before: &Self) -> Self {
        let again = i64::from(self.times > before.times && self.samples == before.samples);
        Self {
            pictures: self.pictures - before.pictures,
            samples: self.samples - before.samples + again,
            times: self.times,
        }
    }
}

fn databases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() { databases(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|kind| kind == "sqlite"))
        .collect()
}
