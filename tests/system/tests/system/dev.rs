//! `cargo xtask dev`, as somebody uses it who has just read the README.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{self, Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use noc_system_tests::{Console, descendants, is_running, root, wait_for, wait_until, wait_within};
use serde_json::{Value, json};

/// It builds the Worker and the simulator, which takes minutes on a machine that never did.
const TO_START: Duration = Duration::from_secs(15 * 60);

/// A run of `cargo xtask dev`.
struct Dev {
    child: Child,
    console: Console,
}

impl Dev {
    /// Starts it, and comes back when it says that it runs.
    fn start(port: u16, simulator_port: u16, state: &Path) -> Self {
        let mut child = Command::new("cargo")
            .args(["xtask", "dev", "--port", &port.to_string(), "--sim-port", &simulator_port.to_string()])
            .arg("--state")
            .arg(state)
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let console = Console::default();
        console.follow(child.stdout.take().unwrap(), |_| false);
        console.follow(child.stderr.take().unwrap(), |_| false);
        let mut dev = Self { child, console };
        wait_within(TO_START, "`cargo xtask dev` to say that it runs", || {
            assert_eq!(dev.child.try_wait().unwrap(), None, "it has ended: {}", dev.console.text());
            dev.console.lines().iter().any(|line| line.starts_with("Ctrl-C ends all of it")).then_some(())
        });
        dev
    }

    /// Runs the command that it prints behind a word, and gives the JSON that this answers.
    fn run(&self, word: &str) -> Value {
        let lines = self.console.lines();
        let command =
            lines.iter().find_map(|line| line.strip_prefix(word)?.strip_prefix(':')).unwrap().trim();
        let output = Command::new("sh").args(["-c", command]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command}: {error}: {text}"))
    }

    /// Presses Ctrl-C, and says that nothing is left of it.
    fn interrupt(&mut self) -> ExitStatus {
        let started = descendants(self.pid());
        for name in ["noc-simulator", "workerd"] {
            assert!(started.iter().any(|process| process.name == name), "no {name} among {started:?}");
        }
        // A terminal sends it to the whole group in front.
        killpg(Pid::from_raw(self.pid()), Signal::SIGINT).unwrap();
        let status = wait_for("Ctrl-C to end it", || self.child.try_wait().unwrap());
        wait_until("all that it started to end", || !started.iter().any(is_running));
        status
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        eprintln!("The last lines of `cargo xtask dev`:\n{}", self.console.tail());
        if let Ok(None) = self.child.try_wait() {
            let _ = killpg(Pid::from_raw(self.pid()), Signal::SIGTERM);
            let _ = self.child.wait();
        }
    }
}

#[test]
fn the_printed_commands_deploy_and_destroy_a_server_over_a_restart() {
    let state = Folder(env::temp_dir().join(format!("noc-dev-{}", process::id())));
    let (port, simulator_port) = (free_port(), free_port());
    let mut dev = Dev::start(port, simulator_port, &state.0);
    let deployed = dev.run("Deploy");
    assert_eq!(deployed["success"], true, "{deployed:#}");
    let active = |dev: &Dev| {
        wait_for("the server to be active", || {
            Some(dev.run("Status")).filter(|status| status["status"] == "active")
        })
    };
    let before = active(&dev);
    assert_eq!(before["droplet_id"], deployed["droplet_id"]);
    assert_eq!(dev.interrupt().code(), Some(130));

    let mut dev = Dev::start(port, simulator_port, &state.0);
    let after = active(&dev);
    for field in ["name", "droplet_id", "ip", "created_at", "deployment_id"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    // The machine is still there, and still reports.
    wait_until("a report after the restart", || {
        dev.run("Status")["last_report_at"] != after["last_report_at"]
    });
    // Whoever writes a program against it finds the document beside the dashboard.
    let mut document = ureq::get(format!("http://127.0.0.1:{port}/api/openapi.json")).call().unwrap();
    let document: Value = serde_json::from_str(&document.body_mut().read_to_string().unwrap()).unwrap();
    assert!(document["paths"]["/api/deploy"].is_object());
    let ledger = dev.run("Left over at the providers");
    assert_eq!(ledger["counts"], json!({ "droplets": 1, "dns_records": 3, "unused_tags": 0 }));
    let destroyed = dev.run("Destroy");
    assert_eq!(
        (&destroyed["deleted_droplet"], &destroyed["deleted_dns_records"]),
        (&deployed["droplet_id"], &json!(3))
    );
    assert_eq!(dev.run("Left over at the providers")["left_over"], 0);
    dev.interrupt();
}

/// A port that nobody listens on.
/// A port that is free, and that no other test is given by the system: it is bound only when all is built.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 20_000 + u16::try_from(process::id() % 10_000).unwrap();
    let mut ports = std::iter::repeat_with(|| base + NEXT.fetch_add(1, Ordering::Relaxed)).take(1_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("some port is free")
}

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
