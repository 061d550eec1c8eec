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
use serde_json::Value;

use crate::{Noc, Options, build::root, deploy_body};

/// How long a machine may take: its packages are there already.
const PATIENCE: Duration = Duration::from_secs(240);

/// Boots a machine of each of these applications, and sees that its server becomes active.
///
/// # Errors
/// When one does not, with the end of what the machine wrote.
pub fn machine_test(applications: &[String]) -> Result<(), String> {
    if !Uid::effective().is_root() {
        return Err(
            "a machine is booted in namespaces of its own, which needs root: run it with sudo".to_owned()
        );
    }
    for program in ["cloud-init", "unshare", "ssh-keygen"] {
        if Command::new(program).arg("--help").output().is_err() {
            return Err(format!(
                "{program} is missing: install it (Debian packages cloud-init, util-linux, openssh-client)"
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
        let mut machine = Machine::boot(&noc, &name)?;
        let told = machine.follow(&noc, &name, begun);
        let end = told.and_then(|status| check(&noc, &name, &deployment, &status));
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

struct Machine {
    folder: PathBuf,
    child: Child,
}

impl Machine {
    fn boot(noc: &Noc, name: &str) -> Result<Self, String> {
        let folder = env::temp_dir().join(format!("noc-{name}-{}", std::process::id()));
        let user_data = noc.providers.user_data_of(name).ok_or("the server has no droplet")?;
        let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(fault)?;
        fs::write(folder.join("user-data"), user_data).map_err(fault)?;
        let log = fs::File::create(folder.join("boot.log")).map_err(fault)?;
        let script = root().join("tests/system/machine/boot.sh");
        let child = Command::new("unshare")
            .args(["--mount", "--uts", "--pid", "--fork", "--kill-child", "sh"])
            .args([&script, &folder])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(fault)?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("unshare: {error}"))?;
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
        ["boot.log", "cloud-init.log", "agent.log", "result.json"].map(end).concat()
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
