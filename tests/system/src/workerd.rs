//! One run of the Worker in workerd, as a process group of its own.

use std::{
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde_json::Value;

use crate::{
    console::Console,
    processes::group_is_running,
    wait::{PATIENCE, wait_until},
};

/// How long workerd may take to close its databases before it is killed.
const TO_END: Duration = Duration::from_secs(5);

/// A run of workerd. It ends when this is dropped, and also when this program ends in any other way: it reads from a
/// pipe that this program holds, and ends with it.
pub(crate) struct Workerd {
    child: Child,
    /// Taken when it shall end.
    stdin: Option<ChildStdin>,
    port: u16,
}

impl Workerd {
    /// Starts it, and comes back when it answers. The error is what it wrote instead.
    pub(crate) fn start(root: &Path, configuration: &Value, console: &Console) -> Result<Self, String> {
        let mut child = Command::new("node")
            .arg(root.join("tests/system/workerd.mjs"))
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("`node` cannot be started: {error}; install Node.js"));
        let mut stdin = child.stdin.take();
        let sent = stdin.as_mut().map(|stdin| writeln!(stdin, "{configuration}"));
        let (sender, ready) = channel();
        let written = console.lines().len();
        if let Some(stdout) = child.stdout.take() {
            console.follow(stdout, move |line| {
                let port = port_of(line);
                port.is_some_and(|port| sender.send(port).is_ok())
            });
        }
        if let Some(stderr) = child.stderr.take() {
            console.follow(stderr, |_| false);
        }
        // From here on it is ended by being dropped.
        let mut workerd = Self { child, stdin, port: 0 };
        assert!(matches!(sent, Some(Ok(()))), "workerd.mjs has not taken its configuration: {sent:?}");
        match ready.recv_timeout(PATIENCE) {
            Ok(port) => {
                workerd.port = port;
                Ok(workerd)
            }
            // Its output has ended before it was ready, and so has it.
            Err(RecvTimeoutError::Disconnected) => Err(console.lines().split_off(written).join("\n")),
            Err(RecvTimeoutError::Timeout) => panic!("workerd was not ready after {PATIENCE:?}"),
        }
    }

    /// Where it answers.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Kills node and workerd in the middle of whatever they do, and comes back when they are dead.
    pub(crate) fn kill(mut self) {
        self.kill_group();
    }

    fn kill_group(&mut self) {
        let group = i32::try_from(self.child.id()).unwrap_or(i32::MAX);
        // It fails when all of them have ended, which is as well.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        let _ = self.child.wait();
        wait_until("workerd to be dead", || !group_is_running(group));
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < TO_END {
            thread::sleep(Duration::from_millis(10));
        }
        self.kill_group();
    }
}

/// The port in the one line that says that the Worker answers.
fn port_of(line: &str) -> Option<u16> {
    let said: Value = serde_json::from_str(line).ok()?;
    let said = said.as_object().filter(|said| said.len() == 1)?;
    said.get("port")?.as_u64()?.try_into().ok()
}
