//! What machines get, kept for reading: a change of a template, or of the agent, shows in the change that makes it.

use std::{env, fs, path::Path, process::Command};

use serde_json::json;

use crate::support::{TestApp, deploy_body, not_tested};

#[tokio::test]
async fn each_application_renders_as_its_golden_file_says() {
    for application in ["blank", "flaggerlink"] {
        let noc = TestApp::new();
        let mut body = deploy_body("alpha");
        body["application"] = json!(application);
        body["branch"] = json!("it's/$HOME-\"{{branch}}\"-#1");
        noc.post("/api/deploy", &body).await.assert_status(200);
        let machine = noc.machine("alpha");
        // The document is a new one in each run of NOC: what identifies it is named instead.
        let mut rendered = format!("{:#}\n", machine.document);
        for name in ["NOC_CLAIM_TOKEN", "NOC_DEPLOYMENT_ID", "NOC_SERVER_ID"] {
            let value = &machine.env[name];
            assert!(value.len() > 20 && rendered.contains(value), "{name}");
            rendered = rendered.replace(value, &format!("({name})"));
        }
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../cloud-init/{application}/golden.json"));
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&path, &rendered).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap();
        assert!(
            golden == rendered,
            "{application} renders otherwise: see the change with `cargo xtask snapshots`"
        );
    }
}

#[tokio::test]
async fn an_application_with_one_domain_and_no_secrets_is_deployed_and_destroyed() {
    let noc = TestApp::new();
    let mut body = deploy_body("alpha");
    body["application"] = json!("blank");
    let answer = noc.post("/api/deploy", &body).await.assert_status(200);
    assert_eq!(answer["domains"], json!([format!("alpha.{}", noc.simulator.settings().zone_name)]));
    let machine = noc.machine("alpha");
    assert_eq!(machine.claim(&noc).await.assert_status(200)["secrets"], json!({}));
    machine.report(&noc, 1).await.assert_status(200);
    noc.pass(1_000).await;
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "active");
    assert_eq!(noc.destroy("alpha").await.assert_status(200)["deleted_dns_records"], 1);
    noc.assert_clean();
}

/// Every script that a machine gets is clean by shellcheck, and read by the shells that machines have.
#[tokio::test]
async fn the_scripts_of_machines_are_clean() {
    let noc = TestApp::new();
    let folder = env::temp_dir().join(format!("noc-scripts-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for application in ["blank", "flaggerlink"] {
        let mut body = deploy_body(application);
        body["application"] = json!(application);
        noc.post("/api/deploy", &body).await.assert_status(200);
        let machine = noc.machine(application);
        let files = machine.document["write_files"].as_array().unwrap().clone();
        let scripts = files.iter().filter_map(|file| file["content"].as_str());
        let scripts: Vec<&str> = scripts.filter(|text| text.starts_with("#!/bin/sh")).collect();
        assert!(!scripts.is_empty());
        for text in scripts {
            let script = folder.join("script.sh");
            fs::write(&script, text).unwrap();
            // What a script reads at run time is not there to be followed.
            let checks: [&[&str]; 3] = [
                &["shellcheck", "--shell=sh", "--exclude=SC1091"],
                &["dash", "-n"],
                &["busybox", "sh", "-n"],
            ];
            for check in checks {
                let (program, arguments) = check.split_first().unwrap();
                let Ok(checked) = Command::new(program).args(arguments).arg(&script).output() else {
                    not_tested(&format!("{program} is not installed here"));
                    continue;
                };
                let told =
                    String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
                assert!(checked.status.success(), "{application}, {program}: {told}");
            }
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// What counts here of the entrypoint of the redis images, which is run twice: by Docker with the command, and by the
/// command with redis. What is not redis goes on as root, and what it writes is root's alone; redis goes on as its own
/// user. The entrypoints of 7.0, 7.2 and 7.4 drop root's rights by `gosu`, `su-exec` or `setpriv`, and are the same else.
const REDIS_ENTRYPOINT: &str = r#"#!/bin/sh
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
	set -- redis-server "$@"
fi
if [ "$1" = 'redis-server' ] && [ "${USER_NOW:-root}" = root ]; then
	USER_NOW=redis
	export USER_NOW
	exec "$0" "$@"
fi
umask 0077
exec "$@"
"#;

/// Says what redis would have read, and as which process; it may read what everybody may.
const REDIS_SERVER: &str = r#"#!/bin/sh
[ "$USER_NOW" = redis ] || exit 2
echo "process $$"
case $1 in
-) cat ;;
*) [ -n "$(find "$1" -perm -o=r)" ] && cat "$1" ;;
esac
"#;

/// Without Docker here, the command of the compose file runs by what its image's entrypoint does.
#[tokio::test]
async fn redis_reads_its_password_behind_the_entrypoint_of_its_image() {
    let noc = TestApp::new();
    noc.deploy("alpha").await.assert_status(200);
    let machine = noc.machine("alpha");
    let files = machine.document["write_files"].as_array().unwrap();
    let compose = files.iter().find(|file| file["path"] == "/opt/flaggerlink/compose.yaml").unwrap();
    // Docker writes a dollar as two, so that it does not take it for one of its own variables.
    let text = compose["content"].as_str().unwrap().replace("$$", "$");
    let (_, of_redis) = text.split_once("container_name: redis\n").unwrap();
    let (_, command) = of_redis.split_once("- sh\n      - -ec\n      - |\n").unwrap();
    let indented = command.lines().map_while(|line| line.strip_prefix("        "));
    let command: String = indented.map(|line| format!("{line}\n")).collect();
    assert!(command.contains("redis-server"), "{text}");

    let folder = env::temp_dir().join(format!("noc-redis-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in [("docker-entrypoint.sh", REDIS_ENTRYPOINT), ("redis-server", REDIS_SERVER)] {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.display(), env::var("PATH").unwrap());
    for password in ["simple", "it's \"$HOME\" `x` #1 \\n é"] {
        let started = Command::new("docker-entrypoint.sh")
            .args(["sh", "-ec", &command])
            .env("PATH", &path)
            .env("REDIS_PASSWORD", password)
            .current_dir(&folder)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The server is the process that Docker started, and so the one that it tells to end.
        let process = started.id();
        let ended = started.wait_with_output().unwrap();
        let hash = noc_worker::keys::sha256_hex(password.as_bytes());
        let expected = format!("process {process}\nuser default on #{hash} ~* &* +@all\nappendonly yes\n");
        assert_eq!(String::from_utf8_lossy(&ended.stdout), expected);
        assert!(ended.status.success());
    }
    // Nothing is left behind that would have to be read, or kept secret.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    fs::remove_dir_all(&folder).unwrap();
}
