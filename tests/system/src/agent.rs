//! The agent that machines run, run for real: under `sh`, in a folder of its own, with what the user data of its droplet
//! puts there, and with stand-ins for what a machine has and this one may lack.

use std::{
    env, fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde_json::Value;

use crate::Noc;

/// An agent. What it wrote is in `agent.log`. It ends when this is dropped.
pub struct RealAgent {
    root: PathBuf,
    environment: Vec<(String, String)>,
    /// What is put in front of `sh agent.sh`.
    wrapper: Vec<String>,
    /// What runs `agent.sh`.
    shell: Vec<String>,
    child: Option<Child>,
}

impl RealAgent {
    /// The agent of a server that is being deployed, ready to be started. `origin` is where it finds NOC, if that is not
    /// where its user data says.
    pub fn of(noc: &Noc, server: &str, origin: Option<&str>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = env::temp_dir().join(format!("noc-agent-{}-{number}", std::process::id()));
        let agent = Self {
            root,
            environment: Vec::new(),
            wrapper: Vec::new(),
            shell: vec!["sh".to_owned()],
            child: None,
        };
        let document = user_data(noc, server);
        for path in ["/etc/noc/agent.env", "/etc/noc/application.env", "/usr/local/lib/noc/agent.sh"] {
            let text = file_of(&document, path);
            let text = match origin {
                Some(origin) => text.replace(noc.origin(), origin),
                None => text,
            };
            agent.write(path, &text);
        }
        agent.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        agent.write(
            "/etc/ssh/ssh_host_ed25519_key.pub",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD root@machine\n",
        );
        agent.program("docker", DOCKER);
        agent.program("systemctl", "exit 1");
        agent.program("apt-get", "echo 'Inst libc6 [1] (2 Ubuntu:24.04/noble-security [amd64])'");
        agent
    }

    /// Writes a file of the machine.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .expect("the machine can be written to");
    }

    /// Has a program of the machine be this script instead.
    pub fn program(&self, name: &str, script: &str) {
        let path = format!("/bin/{name}");
        self.write(&path, &format!("#!/bin/sh\n{script}\n"));
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(&path), executable).expect("a script can be made a program");
    }

    /// What a file of the machine has; nothing if there is none.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    /// Where a file of the machine is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// What the agent wrote.
    pub fn log(&self) -> String {
        self.read("agent.log")
    }

    /// Sets a variable of the agent and of the stand-ins.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Has the agent be run under this shell.
    pub fn shell(&mut self, shell: &str) {
        self.shell = shell.split(' ').map(str::to_owned).collect();
    }

    /// Has the agent be run by this program.
    pub fn run_by(&mut self, wrapper: &[&str]) {
        self.wrapper = wrapper.iter().map(|part| (*part).to_owned()).collect();
    }

    /// Starts it.
    pub fn start(&mut self) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("agent.log"));
        let log = log.expect("the agent's log can be written");
        let script = self.path("/usr/local/lib/noc/agent.sh");
        let mut parts: Vec<String> = self.wrapper.clone();
        parts.extend(self.shell.iter().cloned());
        parts.push(script.display().to_string());
        let (program, arguments) = parts.split_first().expect("there is a program");
        let path = format!("{}:{}", self.path("/bin").display(), env::var("PATH").unwrap_or_default());
        let child = Command::new(program)
            .args(arguments)
            .env("NOC_ROOT", &self.root)
            .env("PATH", path)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be opened twice"))
            .stderr(log)
            .process_group(0)
            .spawn();
        self.child = Some(child.expect("sh can be started"));
    }

    /// Kills it and whatever it has started (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = i32::try_from(child.id()).unwrap_or(i32::MAX);
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
            let _ = child.wait();
        }
    }

    /// Whether it has ended by itself, and said that all is well.
    pub fn has_ended(&mut self) -> bool {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        ended.is_some_and(|status| status.success())
    }

    /// How many reports wait to be sent.
    pub fn waiting(&self) -> usize {
        files(&self.path("/var/lib/noc/spool")).iter().filter(|name| name.ends_with(".json")).count()
    }
}

impl Drop for RealAgent {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("What the agent wrote:\n{}", self.log());
        }
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The one-time token that a server's machine got with its user data.
#[track_caller]
pub fn claim_token(noc: &Noc, server: &str) -> String {
    let settings = file_of(&user_data(noc, server), "/etc/noc/agent.env");
    let token = settings.lines().find_map(|line| line.strip_prefix("NOC_CLAIM_TOKEN="));
    token.expect("there is a claim token").trim_matches(['\'', '"']).to_owned()
}

fn user_data(noc: &Noc, server: &str) -> Value {
    let text = noc.providers.user_data_of(server).expect("the server has a droplet");
    let (first, rest) = text.split_once('\n').unwrap_or_default();
    assert_eq!(first, "#cloud-config");
    serde_json::from_str(rest).expect("what follows is JSON")
}

fn file_of(document: &Value, path: &str) -> String {
    let files = document["write_files"].as_array().expect("there are files");
    let file = files.iter().find(|file| file["path"] == path);
    let text = file.and_then(|file| file["content"].as_str());
    text.unwrap_or_else(|| panic!("there is no {path}")).to_owned()
}

/// Every container is there and well. Each has written one line with everything in it that could be taken for something
/// else, and one that is no text. A restart is noted in a file.
const DOCKER: &str = r#"case "$*" in
"container inspect --format . "*) ;;
"container inspect --format {{.RestartCount}}"*) echo '2 running healthy' ;;
"container inspect --format {{.Config.Image}}"*) echo 'image:1.2' ;;
"version "*) echo 27.0 ;;
"container logs "*)
	printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%S.000000001Z)" 'ERROR "quoted" \back\slash $HOME {{x}} #1'
	printf '%s \377\001 é\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	echo 'no such container' ;;
"container restart "*) echo "$3" >>"$NOC_ROOT/restarted"; echo "$3" ;;
"ps --all") echo CONTAINERS ;;
*) exit 1 ;;
esac"#;
