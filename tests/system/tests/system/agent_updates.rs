//! A new agent that is no good, and what a machine may forget.

use noc_system_tests::{RealAgent, not_tested, wait_until};
use serde_json::json;

use crate::agent::{command, deployed, finished, messages, wait_until_it_is, without_machines};

/// What the agent that is told to update itself gets to try, in the place of the one that NOC has sent.
const NO_GOOD: [(&str, &str); 4] = [
    ("it ends at once, and says that all is well", "exit 0"),
    ("it hangs", "while :; do sleep 1; done"),
    ("it fails", "no-such-program; exit 3"),
    // It counts and gets an answer, which NOC has not signed.
    (
        "it makes up its proof",
        "echo 99999999999 >$NOC_ROOT/var/lib/noc/counter; echo x >$NOC_ROOT/run/noc/answer; : >$NOC_ROOT/run/noc/headers",
    ),
];

#[test]
fn a_new_agent_that_does_not_report_does_not_take_the_place_of_the_old_one() {
    let noc = without_machines();
    for (number, (what, script)) in NO_GOOD.into_iter().enumerate() {
        let name = format!("update-{number}");
        deployed(&noc, &name);
        let mut agent = RealAgent::of(&noc, &name, None);
        let own = agent.read("/usr/local/lib/noc/agent.sh");
        let check = "chmod 755 \"$SELF.new\" || return 1";
        let tries = own
            .replace("TRY_SECONDS=60", "TRY_SECONDS=3")
            .replace(check, &format!("printf '%s\\n' '{script}' >\"$SELF.new\"; {check}"));
        assert!(tries.contains(script), "{what}");
        agent.write("/usr/local/lib/noc/agent.sh", &tries);
        agent.start();
        wait_until_it_is(&noc, &name, "active");
        let id = command(&noc, &name, &json!({ "command": "update_agent" }));
        let told = finished(&noc, &name, id);
        assert_eq!(told["status"], "failed", "{what}: {told:#}");
        let output = told["output"].as_str().unwrap();
        assert!(output.contains("try 3 of the new agent ended with"), "{what}: {output}");
        assert!(
            output.ends_with("the new agent has not reported; going on as the old one"),
            "{what}: {output}"
        );
        assert_eq!(agent.read("/usr/local/lib/noc/agent.sh"), tries, "{what}");
        assert!(!agent.path("/usr/local/lib/noc/agent.sh.new").exists(), "{what}");
        // It goes on, and does what it is told.
        let restart = command(&noc, &name, &json!({ "command": "restart_service", "service": "api" }));
        assert_eq!(finished(&noc, &name, restart)["status"], "done", "{what}");
        assert!(messages(&noc, &name, "").iter().any(|line| line.starts_with("To update the agent failed")));
    }
}

#[test]
fn a_new_agent_that_noc_does_not_understand_does_not_take_the_place_of_the_old_one() {
    let noc = without_machines();
    deployed(&noc, "update");
    let mut agent = RealAgent::of(&noc, "update", None);
    let own = agent.read("/usr/local/lib/noc/agent.sh");
    // The one that NOC sends runs whole, but what it makes of the machine's memory is no number.
    let old = own.replace("TRY_SECONDS=60", "TRY_SECONDS=20");
    agent.write("/usr/local/lib/noc/agent.sh", &old);
    agent.program(
        "awk",
        r#"case "${NOC_TRIAL:-}$*" in 1*MemTotal*) echo nonsense ;; *) exec /usr/bin/awk "$@" ;; esac"#,
    );
    agent.start();
    wait_until_it_is(&noc, "update", "active");
    let id = command(&noc, "update", &json!({ "command": "update_agent" }));
    let told = finished(&noc, "update", id);
    assert_eq!(told["status"], "failed", "{told:#}");
    assert!(told["output"].as_str().unwrap().contains("a report was refused (status 4"), "{told:#}");
    assert_eq!(agent.read("/usr/local/lib/noc/agent.sh"), old);
}

#[test]
fn a_counter_that_was_lost_or_is_far_ahead_is_set_right_by_what_noc_says() {
    let noc = without_machines();
    deployed(&noc, "counted");
    let mut agent = RealAgent::of(&noc, "counted", None);
    agent.start();
    wait_until_it_is(&noc, "counted", "active");
    for (counter, is_told) in [("4000000000\n", true), ("nonsense\n", false)] {
        agent.kill();
        agent.write("/var/lib/noc/counter", counter);
        let before = noc.get("/api/servers/counted/status").assert_status(200)["last_report_at"].clone();
        agent.start();
        wait_until("it to be heard again", || {
            let status = noc.get("/api/servers/counted/status").assert_status(200);
            status["status"] == "active" && status["last_report_at"] != before
        });
        // A report that was on its way when it was killed is heard, too.
        wait_until("it to be told", || !is_told || agent.log().contains("the counter goes on behind "));
    }
    assert!(agent.read("/var/lib/noc/counter").trim().parse::<u64>().unwrap() < 3_000_000_000);
}

#[test]
fn a_machine_without_its_own_keys_tells_new_ones_and_says_nothing_without_tls() {
    let noc = without_machines();
    deployed(&noc, "keys");
    let mut agent = RealAgent::of(&noc, "keys", None);
    agent.start();
    wait_until_it_is(&noc, "keys", "active");
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";
    agent.write("/etc/ssh/ssh_host_ed25519_key.pub", &format!("{key} made anew\n"));
    wait_until("the new key to be known", || {
        noc.get("/api/servers/keys/status").assert_status(200)["host_keys"] == json!([key])
    });
    let told = messages(&noc, "keys", "level=error");
    assert!(told.iter().any(|line| line.contains("other SSH host keys")), "{told:?}");
    agent.kill();
    let env = agent.read("/etc/noc/agent.env").replace("http://127.0.0.1:", "http://127.0.0.1.example.com:");
    agent.write("/etc/noc/agent.env", &env);
    agent.start();
    wait_until("the agent to end", || agent.log().contains("is not reached over TLS"));
}

#[test]
fn the_agent_runs_under_every_shell_that_machines_have() {
    let noc = without_machines();
    for shell in ["dash", "busybox sh"] {
        let name = shell.split(' ').next().unwrap_or(shell);
        if std::process::Command::new(name).stdin(std::process::Stdio::null()).output().is_err() {
            not_tested(&format!("there is no {shell} here"));
            continue;
        }
        deployed(&noc, name);
        let mut agent = RealAgent::of(&noc, name, None);
        agent.shell(shell);
        agent.start();
        wait_until_it_is(&noc, name, "active");
        let id = command(&noc, name, &json!({ "command": "rotate_key" }));
        assert_eq!(finished(&noc, name, id)["status"], "done", "{shell}");
        let line = r#"ERROR "quoted" \back\slash $HOME {{x}} #1"#;
        assert!(messages(&noc, name, "service=redis&level=error").contains(&line.to_owned()), "{shell}");
    }
}
