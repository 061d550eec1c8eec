//! The agent's script, part by part, in the shells that machines have. `tests/system` has it report to a real NOC.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use crate::support::not_tested;

/// The longest report that NOC reads.
const LONGEST_REPORT: usize = 256 * 1024;

/// The agent on a machine of its own: a folder that goes when this is dropped.
struct Agent {
    root: PathBuf,
    shell: &'static str,
}

impl Agent {
    /// One in each shell that is there.
    fn in_each_shell() -> Vec<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let is_there = |shell: &&str| {
            let program = shell.split(' ').next().unwrap();
            let is_there = Command::new(program).args(["-c", ":"]).output().is_ok();
            if !is_there {
                not_tested(&format!("{program} is not installed here"));
            }
            is_there
        };
        let shells = ["sh", "dash", "busybox sh"].into_iter().filter(is_there);
        shells
            .map(|shell| {
                let number = COUNT.fetch_add(1, Ordering::Relaxed);
                let root = env::temp_dir().join(format!("noc-script-{}-{number}", std::process::id()));
                let agent = Self { root, shell };
                agent.program("docker", "exit 1");
                agent.program("systemctl", "exit 1");
                agent.program("apt-get", "exit 1");
                agent.write("/var/lib/noc/services", "api\n");
                agent.write("/var/lib/noc/results/.keep", "");
                agent.write("/var/lib/noc/spool/.keep", "");
                agent.write("/run/noc/.keep", "");
                agent
            })
            .collect()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }

    fn program(&self, name: &str, script: &str) {
        let path = format!("/bin/{name}");
        self.write(&path, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(self.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a part of it, and gives what that wrote.
    fn run(&self, part: &str) -> String {
        let script = include_str!("../../../cloud-init/agent/agent.sh");
        let functions = script.strip_suffix("main\n").expect("the script ends with its beginning");
        self.write("/agent.sh", &format!("{functions}\ngeneration=1 key=00\n{part}\n"));
        let mut words = self.shell.split(' ');
        let ran = Command::new(words.next().unwrap())
            .args(words)
            .arg(self.path("/agent.sh"))
            .env("NOC_ROOT", &self.root)
            .env("PATH", format!("{}:{}", self.path("/bin").display(), env::var("PATH").unwrap()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{}: {told}", self.shell);
        String::from_utf8(ran.stdout).unwrap()
    }

    /// The reports that wait for NOC, oldest first: their paths and what they say.
    fn waiting(&self) -> Vec<(PathBuf, usize, Value)> {
        let files = fs::read_dir(self.path("/var/lib/noc/spool")).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some()).collect();
        files.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).unwrap();
            let report = serde_json::from_str(&text);
            let report = report.unwrap_or_else(|error| panic!("{}: {error}: {text}", self.shell));
            (path, text.len(), report)
        };
        files.into_iter().map(read).collect()
    }

    /// Has it make a report, gives that, and has NOC take it.
    fn reports(&self) -> (usize, Value) {
        self.run("collect");
        let (path, length, report) = self.waiting().pop().unwrap();
        self.run(&format!("forget_results '{}'; rm '{}'", path.display(), path.display()));
        (length, report)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn ids(report: &Value) -> Vec<u64> {
    let results = report["results"].as_array().unwrap();
    results.iter().map(|result| result["id"].as_u64().unwrap()).collect()
}

#[test]
fn the_longest_report_that_there_can_be_is_taken_and_no_result_is_lost_with_it() {
    for agent in Agent::in_each_shell() {
        // Everything is as long as it may be, and twice as long in JSON.
        agent.program(
            "docker",
            r#"case "$*" in
"container inspect --format . "*) ;;
"container logs "*) yes "2027-01-15T08:00:00.123456789Z $(head -c 3000 /dev/zero | tr '\0' '"')" | head -n 300 ;;
*) exit 1 ;;
esac"#,
        );
        let quotes = "\"".repeat(40_000);
        agent.write("/run/cloud-init/status.json", &quotes);
        agent.write("/run/cloud-init/result.json", &quotes);
        agent.write("/var/log/cloud-init-output.log", &quotes);
        agent.write("/output", &quotes);
        agent.run(r#"for id in 1 2 3; do keep_result "$id" true <"$NOC_ROOT/output"; done"#);
        let mut told = Vec::new();
        while told.len() < 3 {
            let (length, report) = agent.reports();
            assert!(length <= LONGEST_REPORT, "{}: {length} bytes", agent.shell);
            let of_report = ids(&report);
            assert!(!of_report.is_empty(), "{}: only {told:?} are told", agent.shell);
            assert_eq!(report["results"][0]["output"].as_str().unwrap().len(), 32_000);
            told.extend(of_report);
        }
        told.sort_unstable();
        assert_eq!(told, [1, 2, 3], "{}", agent.shell);
        assert_eq!(agent.reports().1["results"], json!([]));
    }
}

#[test]
fn a_service_that_is_not_there_is_not_well_once_the_first_start_is_over() {
    let container = r#"case "$*" in
"version "*) echo 27.0 ;;
"container inspect --format . "*) ;;
"container inspect --format {{.RestartCount}}"*) echo '0 running ' ;;
*) exit 1 ;;
esac"#;
    let nothing = r#"[ "$1" = version ] && echo 27.0"#;
    for agent in Agent::in_each_shell() {
        for (docker, is_starting, expected) in [
            (nothing, true, "unknown"),
            (nothing, false, "unhealthy"),
            // It has no health check.
            (container, false, "unknown"),
            // Docker does not answer, as while it is updated: the containers may run.
            ("exit 1", false, "unknown"),
        ] {
            agent.program("docker", docker);
            let stages = if is_starting { "{}" } else { "" };
            agent.write("/run/cloud-init/status.json", stages);
            let told = agent.run(r#"look_at api; echo "$is""#);
            assert_eq!(told.trim(), expected, "{}: {docker}", agent.shell);
        }
        // Without any Docker there is nothing that could answer later.
        fs::remove_file(agent.path("/bin/docker")).unwrap();
        if Command::new("docker").output().is_err() {
            assert_eq!(agent.run(r#"look_at api; echo "$is""#).trim(), "unhealthy", "{}", agent.shell);
        }
    }
}

#[test]
fn a_result_is_told_until_noc_has_taken_it() {
    for agent in Agent::in_each_shell() {
        agent.run("echo done | keep_result 7 true");
        agent.run("collect");
        // It is in one report that waits, and not in each.
        agent.run("collect");
        let told: Vec<Vec<u64>> = agent.waiting().iter().map(|(_, _, report)| ids(report)).collect();
        assert_eq!(told, [vec![7], vec![]], "{}", agent.shell);
        // That report is given up, and the machine restarts.
        agent.run(r#"for file in "$STATE"/spool/*.json; do give_up "$file"; done"#);
        fs::remove_dir_all(agent.path("/run/noc")).unwrap();
        agent.write("/run/noc/.keep", "");
        let expected = json!([{ "id": 7, "ok": true, "output": "done" }]);
        assert_eq!(agent.reports().1["results"], expected, "{}", agent.shell);
        assert_eq!(agent.reports().1["results"], json!([]), "{}", agent.shell);
        // The disk is full, or an agent of before has kept it in memory.
        agent.write(
            "/run/noc/results",
            "{\"id\":8,\"ok\":true,\"output\":\"a\"}\n{\"id\":80,\"ok\":true,\"output\":\"b\"}\n",
        );
        assert_eq!(ids(&agent.reports().1), [8, 80], "{}", agent.shell);
        assert_eq!(agent.reports().1["results"], json!([]), "{}", agent.shell);
    }
}

#[test]
fn a_command_that_was_begun_and_has_no_result_is_told_to_be_lost() {
    for agent in Agent::in_each_shell() {
        agent.write("/var/lib/noc/command", "5\n");
        agent.run("echo well | keep_result 4 true");
        // NOC asks again for two, of which one was lost, and for a new one.
        let told = agent.run(
            r#"due=99; for id in 4 5 5 6; do take_command "$id" restart stranger ''; done 2>/dev/null
[ "$due" = 0 ] || exit; results || true"#,
        );
        let results: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = [
            json!({ "id": 4, "ok": true, "output": "well" }),
            json!({ "id": 5, "ok": false, "output": "what came of it was lost" }),
            json!({ "id": 6, "ok": false, "output": "stranger is no service of the application" }),
        ];
        assert_eq!(results, expected, "{}", agent.shell);
    }
}

#[test]
fn what_was_half_written_when_the_power_failed_is_given_up_and_counted() {
    for agent in Agent::in_each_shell() {
        agent.write("/var/lib/noc/spool/100.json", "");
        agent.write("/var/lib/noc/spool/101.json.new", "{\"number\":1");
        agent.write("/var/lib/noc/spool/102.new", "");
        let whole =
            r#"{"number":103,"dropped":{"reports":2,"lines":30},"results":[],"lines":[{"service":"api"}]}"#;
        agent.write("/var/lib/noc/spool/103.json", whole);
        let counted = agent.run(r#"give_up_halves 2>/dev/null; echo "$dropped_reports $dropped_lines""#);
        assert_eq!(counted, "3 0\n", "{}", agent.shell);
        assert_eq!(agent.waiting().len(), 1, "{}", agent.shell);
        let given_up =
            r#"give_up "$STATE/spool/103.json"; : >"$STATE/spool/104.json"; give_up "$STATE/spool/104.json""#;
        agent.run(&format!("read -r dropped_reports dropped_lines <\"$STATE/dropped\"; {given_up}"));
        assert_eq!(
            fs::read_to_string(agent.path("/var/lib/noc/dropped")).unwrap(),
            "7 31\n",
            "{}",
            agent.shell
        );
    }
}

#[test]
fn what_is_kept_is_on_the_disk_with_its_name_before_anything_follows_from_it() {
    for agent in Agent::in_each_shell() {
        agent.program("sync", r#"echo "sync $*" >>"$NOC_ROOT/disk""#);
        agent.program("mv", r#"echo "mv $*" >>"$NOC_ROOT/disk"; exec /bin/mv "$@""#);
        agent.run(&format!(
            r#"sync() {{ "$NOC_ROOT/bin/sync" "$@"; }}
mv() {{ "$NOC_ROOT/bin/mv" "$@"; }}
counter=5000000000
collect
rotate_key 2 {}"#,
            "ab".repeat(32)
        ));
        let disk = fs::read_to_string(agent.path("/disk")).unwrap();
        let state = agent.path("/var/lib/noc").display().to_string();
        for (folder, name) in [("/spool", "/spool/5000000001.json"), ("", "/agent.key"), ("", "/counter")] {
            let file = format!("{state}{name}");
            let expected = format!("sync {file}.new\nmv {file}.new {file}\nsync {state}{folder}\n");
            assert!(disk.contains(&expected), "{}, {name}: {disk}", agent.shell);
        }
    }
}
