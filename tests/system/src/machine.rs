//! A machine that boots with the real cloud-init, from the user data that its droplet was made with.

use std::{
    env, fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::{Pid, Uid},
};
use serde_json::{Value, json};

use crate::{Noc, Options, build::root, deploy_body};

/// How long a machine may take: its packages are there already.
const PATIENCE: Duration = Duration::from_secs(240);

/// Boots a machine of each of these applications, and sees that its server becomes active and does what it is told. With
/// the root of a Debian, systemd is booted from that; without, the machine is this one's file system with stand-ins.
///
/// # Errors
/// When one does not, with the end of what the machine wrote.
pub fn machine_test(applications: &[String], debian: Option<&Path>) -> Result<(), String> {
    if !Uid::effective().is_root() {
        return Err(
            "a machine is booted in namespaces of its own, which needs root: run it with sudo".to_owned()
        );
    }
    let needed = match debian {
        Some(_) => ["systemd-nspawn"].as_slice(),
        None => ["cloud-init", "unshare", "ssh-keygen"].as_slice(),
    };
    for program in needed {
        if Command::new(program).arg("--help").output().is_err() {
            return Err(format!(
                "{program} is missing: install it (Debian packages cloud-init, util-linux, openssh-client, \
                 systemd-container)"
            ));
        }
    }
    let noc = Noc::start(Options { machines: None, ..Options::default() });
    for application in applications {
        let begun = Instant::now();
        println!("{application}: deploying");
        let name = format!("machine-{application}");
        let mut body = deploy_body(&name);
        body["application"] = application.clone().into();
        let deployment = noc.post("/api/deploy", &body).assert_status(200)["deployment_id"].clone();
        let mut machine = Machine::boot(&noc, &name, debian)?;
        let told = machine.follow(&noc, &name, begun);
        let end = told.and_then(|status| check(&noc, &name, &deployment, &status));
        let end = end.and_then(|()| command(&noc, &name, debian.is_some()));
        if let Err(reason) = end {
            return Err(format!("{application}: {reason}\n{}", machine.told()));
        }
        noc.destroy(&name).assert_status(200);
        println!("{application}: active after {:.0} s", begun.elapsed().as_secs_f64());
    }
    Ok(())
}

fn check(noc: &Noc, name: &str, deployment: &Value, status: &Value) -> Result<(), String> {
    let shown = noc.get(&format!("/api/deployments/{}", deployment.as_str().unwrap_or_default()));
    if shown.assert_status(200)["status"] != "succeeded" {
        return Err(format!("the deployment has not succeeded: {}", shown.text));
    }
    if status["cloud_init"]["status"] != "done" {
        return Err(format!("cloud-init is not done: {:#}", status["cloud_init"]));
    }
    let log = noc.get(&format!("/api/servers/{name}/logs?limit=1000")).assert_status(200);
    let stages = log["lines"].as_array().into_iter().flatten();
    let stages: Vec<&str> = stages.filter_map(|line| line["message"].as_str()).collect();
    if !stages.iter().any(|message| message.starts_with("cloud-init is ")) {
        return Err(format!("its progress was not told: {stages:#?}"));
    }
    Ok(())
}

/// Tells the machine everything that it can be told.
fn command(noc: &Noc, name: &str, booted: bool) -> Result<(), String> {
    let path = format!("/api/servers/{name}/commands");
    noc.post(&path, &json!({ "command": "set_interval", "seconds": 2 })).assert_status(202);
    for command in ["collect_diagnostics", "rotate_key", "update_agent"] {
        let asked = noc.post(&path, &json!({ "command": command })).assert_status(202);
        let begun = Instant::now();
        let done = loop {
            let list = noc.get(&path).assert_status(200);
            let mut all = list["commands"].as_array().into_iter().flatten();
            match all.find(|one| one["id"] == asked["id"] && one["finished_at"].is_string()) {
                Some(done) => break done.clone(),
                None if begun.elapsed() > PATIENCE => {
                    return Err(format!("{command} has no result: {list:#}"));
                }
                None => std::thread::sleep(Duration::from_millis(200)),
            }
        };
        if done["status"] != "done" {
            return Err(format!("{command} failed: {done:#}"));
        }
        println!("          {command} is done");
        let output = done["output"].as_str().unwrap_or_default();
        // Whatever the machine was told to start, it has started.
        if booted && command == "collect_diagnostics" && !output.contains("\n0 loaded units listed") {
            let failed = output.split("== ").find(|part| part.starts_with("systemctl --failed"));
            return Err(format!("some of its units have failed: {}", failed.unwrap_or(output)));
        }
    }
    Ok(())
}

struct Machine {
    folder: PathBuf,
    child: Child,
}

impl Machine {
    fn boot(noc: &Noc, name: &str, debian: Option<&Path>) -> Result<Self, String> {
        let folder = env::temp_dir().join(format!("noc-{name}-{}", std::process::id()));
        let user_data = noc.providers.user_data_of(name).ok_or("the server has no droplet")?;
        let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(fault)?;
        fs::write(folder.join("user-data"), user_data).map_err(fault)?;
        let log = fs::File::create(folder.join("boot.log")).map_err(fault)?;
        let scripts = root().join("tests/system/machine");
        let mut command = Command::new(if debian.is_some() { "sh" } else { "unshare" });
        match debian {
            Some(debian) => command.args([&scripts.join("boot-systemd.sh"), &folder]).arg(debian),
            None => command
                .args(["--mount", "--uts", "--pid", "--fork", "--kill-child", "sh"])
                .args([&scripts.join("boot.sh"), &folder]),
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(fault)?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("the machine cannot be started: {error}"))?;
        Ok(Self { folder, child })
    }

    /// Waits until the server is active, and says what it hears meanwhile.
    fn follow(&mut self, noc: &Noc, name: &str, begun: Instant) -> Result<Value, String> {
        let mut last = 0;
        loop {
            let log = noc.get(&format!("/api/servers/{name}/logs?limit=1000")).assert_status(200);
            for line in log["lines"].as_array().into_iter().flatten() {
                if line["id"].as_u64() > Some(last) {
                    last = line["id"].as_u64().unwrap_or(last);
                    let seconds = begun.elapsed().as_secs_f64();
                    println!("{seconds:>6.1} s  {}", line["message"].as_str().unwrap_or_default());
                }
            }
            let status = noc.get(&format!("/api/servers/{name}/status")).assert_status(200);
            let services = status["services"].as_object();
            let healthy = services.is_some_and(|all| all.values().all(|health| health == "healthy"));
            let ended = status["cloud_init"]["status"] != "running";
            if status["status"] == "active" && healthy && ended {
                return Ok(status);
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("it is not active after {PATIENCE:?}: {status:#}"));
            }
            if let Ok(Some(end)) = self.child.try_wait() {
                return Err(format!("the machine has ended: {end}"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The end of what the machine wrote.
    fn told(&self) -> String {
        let end = |name: &str| {
            let text = fs::read_to_string(self.folder.join(Path::new(name))).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            format!("--- {name}\n{}\n", lines[lines.len().saturating_sub(40)..].join("\n"))
        };
        let logs = ["boot.log", "cloud-init.log", "agent.log", "result.json"].map(end).concat();
        let journal = Command::new("journalctl")
            .args(["--no-pager", "--lines", "60", "--unit", "noc-agent.service", "--directory"])
            .arg(self.folder.join("log/journal"))
            .output();
        let journal = journal.map(|journal| String::from_utf8_lossy(&journal.stdout).into_owned());
        format!("{logs}{}--- journal\n{}", end("log/cloud-init.log"), journal.unwrap_or_default())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).unwrap_or(i32::MAX);
        // Its namespaces, and with them what is mounted there, go with it.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
