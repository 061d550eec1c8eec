//! The program: it says when it is ready, ends when it is told to, and remembers.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::http::{exchange, get, post};

const PROGRAM: &str = env!("CARGO_BIN_EXE_noc-simulator");
const CREATE: &str = r#"{"name":"alpha","size":"s-1vcpu-1gb","image":"debian-12-x64","region":"nyc3"}"#;

struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|cause| panic!("it does not start: {cause}"));
        let mut line = String::new();
        if let Some(stdout) = &mut child.stdout {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let address = line
            .trim_end()
            .strip_prefix("simulator listening on http://")
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            panic!("it said: {line}");
        };
        Self { child, address }
    }

    /// Sends a signal and waits; whether it ended as a program does that was told to.
    fn end(&mut self, signal: &str) -> bool {
        let _ = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn state_file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder.join("state.json")
}

#[test]
fn a_restart_finds_its_droplets() {
    let file = state_file("restart");
    let path = file.to_string_lossy().into_owned();
    let mut ids = Vec::new();
    for signal in ["-INT", "-TERM"] {
        let mut running = Running::start(&["--state", &path]);
        let made = exchange(running.address, &post("/digitalocean/v2/droplets", CREATE));
        assert!(made.starts_with("HTTP/1.1 202"), "{made}");
        let list = exchange(running.address, &get("/digitalocean/v2/droplets"));
        ids.push(list.matches("\"name\":\"alpha\"").count());
        assert!(running.end(signal), "it ends by itself with {signal}");
    }
    assert_eq!(ids, [1, 2], "the second run has the droplet of the first");
    let _ = std::fs::remove_dir_all(file.parent().unwrap_or(&file));
}

#[test]
fn changes_are_written_while_it_runs() {
    let file = state_file("debounced");
    let path = file.to_string_lossy().into_owned();
    let running = Running::start(&["--state", &path, "--zone", "other.test"]);
    exchange(running.address, &post("/digitalocean/v2/droplets", CREATE));
    let written = (0..6_000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        std::fs::read_to_string(&file)
            .is_ok_and(|text| text.contains("\"alpha\"") && text.contains("other.test"))
    });
    assert!(written, "so that even a kill loses little");
    drop(running);
    let _ = std::fs::remove_dir_all(file.parent().unwrap_or(&file));
}

#[test]
fn what_it_cannot_do_is_one_clear_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").ok();
    let port = taken
        .as_ref()
        .and_then(|listener| listener.local_addr().ok())
        .map_or(0, |address| address.port())
        .to_string();
    let file = state_file("foreign");
    let folder = file.parent().unwrap_or(&file);
    let _ = std::fs::create_dir_all(folder);
    let _ = std::fs::write(&file, "{}");
    let path = file.to_string_lossy().into_owned();
    for (arguments, expected) in [
        (vec!["--prot", "1"], "--prot is no option"),
        (vec!["--port", &port], "--port chooses another port"),
        (vec!["--port", "0", "--state", &path], "delete it to start afresh"),
    ] {
        let mut child = Command::new(PROGRAM)
            .args(&arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|cause| panic!("it does not start: {cause}"));
        let failed = child.wait().is_ok_and(|status| !status.success());
        let mut text = String::new();
        if let Some(stderr) = &mut child.stderr {
            let _ = stderr.read_to_string(&mut text);
        }
        assert!(failed && text.contains(expected) && text.lines().count() == 1, "{arguments:?}: {text}");
    }
    let _ = std::fs::remove_dir_all(folder);
}
