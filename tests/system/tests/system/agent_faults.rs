//! What an agent must live through, and what nobody may do in its place.

use std::{
    fs,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use noc_system_tests::{Proxy, RealAgent, not_tested, wait_until};
use serde_json::json;

use crate::agent::{command, deployed, finished, messages, wait_until_it_is, without_machines};

#[test]
fn what_a_machine_has_measured_while_noc_was_away_is_told_afterwards() {
    let mut noc = without_machines();
    deployed(&noc, "patient");
    let mut agent = RealAgent::of(&noc, "patient", None);
    agent.start();
    wait_until_it_is(&noc, "patient", "active");
    noc.kill();
    wait_until("four reports to wait", || agent.waiting() >= 4);
    // What waits survives the agent, too.
    agent.kill();
    let waiting = agent.waiting();
    noc.start_again();
    wait_until_it_is(&noc, "patient", "unreachable");
    agent.start();
    wait_until("nothing to wait", || agent.waiting() == 0);
    let status = wait_until_it_is(&noc, "patient", "active");
    assert_eq!(status["dropped"], json!({ "reports": 0, "lines": 0 }));
    let samples = noc.get("/api/servers/patient/metrics").assert_status(200);
    let times: Vec<&str> =
        samples["samples"].as_array().unwrap().iter().map(|sample| sample["at"].as_str().unwrap()).collect();
    assert!(times.len() > waiting, "{times:?}");
    assert!(times.is_sorted(), "{times:?}");
    let told = messages(&noc, "patient", "");
    assert!(told.iter().any(|message| message.starts_with("Unreachable:")), "{told:?}");
    assert!(told.iter().any(|message| message.starts_with("Reachable again,")), "{told:?}");
}

#[test]
fn what_does_not_fit_is_given_up_oldest_first_and_counted() {
    let mut noc = without_machines();
    deployed(&noc, "narrow");
    let mut agent = RealAgent::of(&noc, "narrow", None);
    let script = agent.read("/usr/local/lib/noc/agent.sh");
    let narrow = script.replace("MOST_REPORTS=1440", "MOST_REPORTS=2");
    assert_ne!(script, narrow);
    agent.write("/usr/local/lib/noc/agent.sh", &narrow);
    agent.start();
    wait_until_it_is(&noc, "narrow", "active");
    noc.kill();
    wait_until("reports to be given up", || {
        agent.read("/var/lib/noc/spool/../dropped").is_empty() && agent.waiting() >= 2
    });
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert!(agent.waiting() <= 2);
    noc.start_again();
    wait_until("the loss to be told", || {
        messages(&noc, "narrow", "level=warning").iter().any(|message| message.contains("were given up"))
    });
    let status = noc.get("/api/servers/narrow/status").assert_status(200);
    assert!(status["dropped"]["reports"].as_u64().unwrap() >= 1, "{status:#}");
    assert!(status["dropped"]["lines"].as_u64().unwrap() >= 1, "{status:#}");
}

#[test]
fn a_clock_that_is_wrong_is_set_right_by_what_noc_says() {
    let noc = without_machines();
    deployed(&noc, "skewed");
    let mut agent = RealAgent::of(&noc, "skewed", None);
    // Two hours ahead, in every form in which the agent asks for the time now.
    agent.program(
        "date",
        r#"case "$*" in
*-d*) exec /bin/date "$@" ;;
"+%s") echo $(($(/bin/date +%s) + 7200)) ;;
*) exec /bin/date -d "+2 hours" "$@" ;;
esac"#,
    );
    agent.start();
    wait_until_it_is(&noc, "skewed", "active");
    assert!(agent.log().contains("this machine's clock is off by -7"), "{}", agent.log());
    let samples = noc.get("/api/servers/skewed/metrics").assert_status(200);
    assert!(!samples["samples"].as_array().unwrap().is_empty());
}

#[test]
fn a_disk_that_is_full_does_not_silence_a_machine() {
    let mount = ["--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/mnt"];
    let mounted = Command::new("unshare").args(mount).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return not_tested("nobody may mount anything here");
    }
    let noc = without_machines();
    deployed(&noc, "full");
    let mut agent = RealAgent::of(&noc, "full", None);
    // The state is on a disk of its own, which is filled up as soon as the secrets are claimed.
    fs::create_dir_all(agent.path("/var/lib/noc")).unwrap();
    agent.program(
        "with-a-small-disk",
        r#"mount -t tmpfs -o size=64k none "$NOC_ROOT/var/lib/noc" || exit 1
(
	until [ -s "$NOC_ROOT/var/lib/noc/agent.key" ]; do sleep 0.1; done
	dd if=/dev/zero of="$NOC_ROOT/var/lib/noc/rest" bs=4k 2>/dev/null
	: >"$NOC_ROOT/filled"
	exec sleep 600
) &
exec "$@""#,
    );
    let wrapper = agent.path("/bin/with-a-small-disk").display().to_string();
    agent.run_by(&["unshare", "--mount", "--map-root-user", &wrapper]);
    agent.start();
    wait_until_it_is(&noc, "full", "active");
    wait_until("the disk to be full", || agent.path("/filled").exists());
    wait_until("the agent to say so", || agent.log().contains("the counter cannot be kept"));
    // It goes on to report, and to do what it is told, once.
    let id = command(&noc, "full", &json!({ "command": "restart_service", "service": "api" }));
    assert_eq!(finished(&noc, "full", id)["status"], "done");
    let before = noc.get("/api/servers/full/metrics").assert_status(200)["samples"].as_array().unwrap().len();
    wait_until("more reports", || {
        let samples = noc.get("/api/servers/full/metrics").assert_status(200);
        samples["samples"].as_array().unwrap().len() > before + 1
    });
    assert_eq!(agent.read("/restarted"), "api\n");
}

#[test]
fn what_was_changed_or_sent_again_on_the_way_is_not_believed() {
    let noc = without_machines();
    deployed(&noc, "tampered");
    let proxy = Proxy::of(noc.origin());
    let mut agent = RealAgent::of(&noc, "tampered", Some(proxy.origin()));
    let tampers = Arc::new(AtomicBool::new(true));
    let is_on = Arc::clone(&tampers);
    proxy.change_requests(move |request| {
        let text = String::from_utf8_lossy(request).replace("\"healthy\"", "\"unknown\"");
        if is_on.load(Ordering::Relaxed) {
            *request = text.into_bytes();
        }
    });
    agent.start();
    wait_until("two changed reports to be refused", || {
        proxy.seen().iter().filter(|seen| seen.answer.starts_with(b"HTTP/1.1 401")).count() >= 2
    });
    let status = noc.get("/api/servers/tampered/status").assert_status(200);
    assert_eq!((&status["status"], &status["last_report_at"]), (&json!("provisioning"), &json!(null)));
    tampers.store(false, Ordering::Relaxed);
    wait_until_it_is(&noc, "tampered", "active");

    // A report that is sent once more, as it was, is refused.
    let taken = proxy.seen().into_iter().rev().find(|seen| {
        seen.answer.starts_with(b"HTTP/1.1 200") && seen.request.starts_with(b"POST /api/agents/report")
    });
    let answer = send_raw(noc.origin(), &taken.unwrap().request);
    assert!(answer.starts_with("HTTP/1.1 409"), "{answer}");

    // A command that somebody has put into an answer is not carried out.
    proxy.change_answers(|answer| {
        let text = String::from_utf8_lossy(answer).into_owned();
        if let Some((head, body)) =
            text.split_once("\r\n\r\n").filter(|(_, body)| body.starts_with("interval"))
        {
            let body = format!("{body}command 99 restart redis\n");
            let head: Vec<&str> =
                head.lines().filter(|line| !line.to_lowercase().starts_with("content-length")).collect();
            *answer =
                format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len()).into_bytes();
        }
    });
    wait_until("the agent to notice", || agent.log().contains("an answer to a report is not signed by NOC"));
    assert_eq!(agent.read("/restarted"), "");
    // Nor is an answer believed that was one to another request.
    assert!(!agent.log().contains("command 99"));
}

#[test]
fn a_machine_cannot_speak_for_another_one() {
    let noc = without_machines();
    deployed(&noc, "mallory");
    deployed(&noc, "victim");
    let mut mallory = RealAgent::of(&noc, "mallory", None);
    mallory.start();
    wait_until_it_is(&noc, "mallory", "active");
    mallory.kill();
    // With its own key, and the name of the other.
    let victim = RealAgent::of(&noc, "victim", None);
    mallory.write("/etc/noc/agent.env", &victim.read("/etc/noc/agent.env"));
    mallory.start();
    wait_until("it to be refused", || mallory.log().contains("a report was not taken (status 401)"));
    let status = noc.get("/api/servers/victim/status").assert_status(200);
    assert_eq!((&status["status"], &status["last_report_at"]), (&json!("provisioning"), &json!(null)));

    // Nor can a second machine claim what the first one has claimed.
    let mut thief = RealAgent::of(&noc, "mallory", None);
    thief.start();
    wait_until("the claim to be refused", || thief.log().contains("the claim was not taken (status 409)"));
    assert_eq!(thief.read("/etc/noc/secrets.env"), "");
    let told = messages(&noc, "mallory", "level=error");
    assert!(
        told.iter().any(|message| message.starts_with("Refused: the machine 0123456789abcdef")),
        "{told:?}"
    );
}

/// Sends bytes as they are, and gives the answer.
fn send_raw(origin: &str, request: &[u8]) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(origin.trim_start_matches("http://")).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
