//! The real agent against the real Worker.

use noc_system_tests::{Noc, Options, RealAgent, deploy_body, wait_for, wait_until};
use serde_json::{Value, json};

/// A NOC on whose droplets nothing boots by itself.
pub(crate) fn without_machines() -> Noc {
    Noc::start(Options { machines: None, ..Options::default() })
}

/// A server that has a droplet, and reports every two seconds once its agent runs.
pub(crate) fn deployed(noc: &Noc, name: &str) {
    noc.post("/api/deploy", &deploy_body(name)).assert_status(200);
    command(noc, name, &json!({ "command": "set_interval", "seconds": 2 }));
}

/// Asks for a command, and gives its number.
pub(crate) fn command(noc: &Noc, name: &str, command: &Value) -> u64 {
    let asked = noc.post(&format!("/api/servers/{name}/commands"), command).assert_status(202);
    asked["id"].as_u64().unwrap()
}

/// A command, as soon as its result has come.
pub(crate) fn finished(noc: &Noc, name: &str, id: u64) -> Value {
    wait_for("the command to be finished", || {
        let list = noc.get(&format!("/api/servers/{name}/commands")).assert_status(200);
        let found = list["commands"].as_array().unwrap().iter().find(|command| command["id"] == id).cloned();
        found.filter(|command| command["finished_at"].is_string())
    })
}

/// How a server stands, as soon as it is so.
pub(crate) fn wait_until_it_is(noc: &Noc, name: &str, status: &str) -> Value {
    wait_for(&format!("{name} to be {status}"), || {
        let shown = noc.get(&format!("/api/servers/{name}/status")).assert_status(200);
        (shown["status"] == status).then_some(shown)
    })
}

/// The messages of a server's log that have a text in them.
pub(crate) fn messages(noc: &Noc, name: &str, query: &str) -> Vec<String> {
    let page = noc.get(&format!("/api/servers/{name}/logs?limit=1000&{query}")).assert_status(200);
    let lines = page["lines"].as_array().unwrap();
    lines.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_agent_claims_reports_and_carries_out_what_it_is_told() {
    let noc = without_machines();
    deployed(&noc, "real");
    let mut agent = RealAgent::of(&noc, "real", None);
    let script = agent.read("/usr/local/lib/noc/agent.sh");
    agent.write("/usr/local/lib/noc/agent.sh", &format!("{script}# An older agent.\n"));
    agent.start();
    let status = wait_until_it_is(&noc, "real", "active");
    assert_eq!(status["services"]["api"], "healthy");
    assert_eq!(status["restarts"]["api"], 2);
    assert_eq!(status["versions"]["api"], "image:1.2");
    assert_eq!(status["security_updates"], 1);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";
    assert_eq!(status["host_keys"], json!([key]));
    assert!(status["memory"]["total_bytes"].as_u64().unwrap() > 0);
    let cpu = status["cpu"].as_f64().unwrap();
    assert!(cpu > 0.0 && cpu <= 1.0, "{cpu}");

    // The secrets are as a shell reads them, for nobody but their owner.
    let secrets = agent.read("/etc/noc/secrets.env");
    let stored = noc.providers.settings().secrets;
    for name in ["REDIS_PASSWORD", "RABBITMQ_USER", "RABBITMQ_PASSWORD"] {
        let value =
            &stored.iter().find(|secret| secret.environment == "prod" && secret.key == name).unwrap().value;
        assert!(secrets.contains(&format!("{name}='{}'\n", value.replace('\'', "'\\''"))), "{name}");
    }
    for file in ["/etc/noc/secrets.env", "/var/lib/noc/agent.key"] {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(agent.path(file)).unwrap());
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }

    // What the services wrote is there as it was written, and found by what it is.
    let line = r#"ERROR "quoted" \back\slash $HOME {{x}} #1"#;
    assert!(messages(&noc, "real", "service=redis&level=error").contains(&line.to_owned()));
    assert!(messages(&noc, "real", "service=redis&level=info&text=%C3%89").contains(&" é".to_owned()));
    assert_eq!(messages(&noc, "real", "service=stranger"), Vec::<String>::new());

    let restart = command(&noc, "real", &json!({ "command": "restart_service", "service": "texting" }));
    assert_eq!(finished(&noc, "real", restart)["status"], "done");
    assert_eq!(agent.read("/restarted"), "texting\n");
    let refused = json!({ "command": "restart_service", "service": "sshd" });
    noc.post("/api/servers/real/commands", &refused).assert_refused(409, "not_now", None);

    let rotate = command(&noc, "real", &json!({ "command": "rotate_key" }));
    let before = agent.read("/var/lib/noc/agent.key");
    assert_eq!(finished(&noc, "real", rotate)["status"], "done");
    let after = agent.read("/var/lib/noc/agent.key");
    assert!(before.starts_with("1 ") && after.starts_with("2 "), "the key was not rotated");
    assert!(!agent.log().contains(after.trim_start_matches("2 ").trim()));

    let diagnose = command(&noc, "real", &json!({ "command": "collect_diagnostics" }));
    let told = finished(&noc, "real", diagnose);
    assert!(told["output"].as_str().unwrap().contains("== docker ps --all\nCONTAINERS\n"), "{told:#}");

    // The agent on the machine is replaced by the one that this Worker brings, and goes on as that one. What it was stays
    // beside it.
    let update = command(&noc, "real", &json!({ "command": "update_agent" }));
    assert_eq!(finished(&noc, "real", update)["status"], "done");
    assert!(agent.log().contains("going on as the new agent"), "{}", agent.log());
    assert_eq!(agent.read("/usr/local/lib/noc/agent.sh"), script);
    assert!(agent.read("/usr/local/lib/noc/agent.sh.before").ends_with("# An older agent.\n"));
    assert!(!agent.path("/usr/local/lib/noc/agent.sh.new").exists());

    let samples = noc.get("/api/servers/real/metrics").assert_status(200);
    assert!(samples["samples"].as_array().unwrap().len() >= 3, "{samples:#}");
    let hours = noc.get("/api/servers/real/metrics?resolution=hour").assert_status(200);
    assert!(!hours["samples"].as_array().unwrap().is_empty(), "{hours:#}");
    let fleet = noc.get("/metrics");
    assert!(fleet.text.contains("noc_server_up{server=\"real\","), "{}", fleet.text);
    assert!(fleet.text.contains("noc_server_security_updates{server=\"real\","), "{}", fleet.text);

    noc.destroy("real").assert_status(200);
    // Its droplet is gone with it; where it is not, the agent goes on and is told so.
    wait_until("the agent to be told", || agent.log().contains("NOC does not know this server now"));
    assert!(!agent.has_ended());
    noc.assert_no_secret_in(&agent.log());
}

#[test]
fn a_server_is_active_when_its_first_start_is_over_and_its_progress_is_told() {
    let noc = without_machines();
    deployed(&noc, "booting");
    let mut agent = RealAgent::of(&noc, "booting", None);
    let stages = |stage: &str| json!({ "v1": { "init": { "errors": [] }, "stage": stage } }).to_string();
    agent.write("/run/cloud-init/status.json", &stages("modules-config"));
    agent.write("/var/log/cloud-init-output.log", "Unpacking docker.io\n");
    agent.start();
    let status = wait_for("the progress to be told", || {
        let status = noc.get("/api/servers/booting/status").assert_status(200);
        status["cloud_init"].is_object().then_some(status)
    });
    assert_eq!(status["status"], "provisioning");
    assert_eq!(status["cloud_init"]["stage"], "modules-config");
    assert_eq!(status["cloud_init"]["output"], json!(["Unpacking docker.io"]));
    let result = json!({ "v1": { "datasource": "DataSourceNone", "errors": [] } });
    agent.write("/run/cloud-init/status.json", &json!({ "v1": { "stage": null } }).to_string());
    agent.write("/run/cloud-init/result.json", &result.to_string());
    let status = wait_until_it_is(&noc, "booting", "active");
    assert_eq!(
        (&status["cloud_init"]["status"], &status["cloud_init"]["errors"]),
        (&json!("done"), &json!([]))
    );
}

#[test]
fn a_deploy_fails_with_what_its_machine_says_of_a_first_start_that_failed() {
    let noc = without_machines();
    deployed(&noc, "broken");
    let mut agent = RealAgent::of(&noc, "broken", None);
    let failed = json!({ "v1": { "modules-final": { "errors": ["runcmd failed"] }, "stage": null } });
    agent.write("/run/cloud-init/status.json", &failed.to_string());
    agent.write("/run/cloud-init/result.json", &json!({ "v1": { "errors": ["runcmd failed"] } }).to_string());
    agent.start();
    let deployment = wait_for("the deploy to be undone", || {
        let list = noc.get("/api/deployments").assert_status(200);
        Some(list["deployments"][0].clone()).filter(|deployment| deployment["status"] == "unwound")
    });
    let expected = "cloud-init has ended with errors on the machine: runcmd failed";
    assert_eq!(
        (&deployment["failure"]["code"], &deployment["failure"]["message"]),
        (&json!("machine_failed"), &json!(expected))
    );
}
