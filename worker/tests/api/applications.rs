//! Applications of an organization's own, and what machines get of each.

use std::{env, fs, process::Command};

use serde_json::{Value, json};

use crate::support::{TestApp, deploy_body, not_tested};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";

pub(crate) const TEMPLATE: &str = "#cloud-config
hostname: '{{hostname}}'
ssh_authorized_keys: '{{ssh_authorized_keys}}'
write_files:
  - path: /etc/noc/agent.env
    permissions: '0600'
    content: '{{agent_env}}'
  - path: /etc/noc/application.env
    content: '{{application_env}}'
  - path: /usr/local/lib/noc/agent.sh
    permissions: '0755'
    content: '{{agent_script}}'
runcmd:
  - [sh, /usr/local/lib/noc/agent.sh]
";

pub(crate) fn own(template: &str) -> Value {
    json!({
        "description": "Something of our own",
        "services": ["web"],
        "domain_suffixes": [""],
        "secrets": ["REDIS_PASSWORD"],
        "image": "debian-12-x64",
        "default_size": "s-1vcpu-1gb",
        "ready_within_seconds": 600,
        "template": template,
    })
}

#[tokio::test]
async fn an_organization_deploys_an_application_of_its_own() {
    let noc = TestApp::new();
    noc.put("/api/applications/own", &own(TEMPLATE)).await.assert_status(200);
    noc.put("/api/ssh-keys/ada", &json!({ "public_key": format!("{KEY} ada@home") }))
        .await
        .assert_status(200);
    let list = noc.get("/api/applications").await.assert_status(200);
    let names: Vec<&Value> =
        list["applications"].as_array().unwrap().iter().map(|application| &application["name"]).collect();
    assert_eq!(names, ["blank", "flaggerlink", "own"]);
    let shown = noc.get("/api/applications/own").await.assert_status(200);
    assert_eq!((&shown["template"], &shown["built_in"]), (&json!(TEMPLATE), &json!(false)));
    assert!(noc.get("/api/catalog").await.text().contains("\"own\""));

    let mut body = deploy_body("alpha");
    body["application"] = json!("own");
    noc.post("/api/deploy", &body).await.assert_status(200);
    // What was deployed goes on with the template that it began with.
    noc.delete("/api/applications/own", &json!({})).await.assert_status(204);
    let machine = noc.machine("alpha");
    assert_eq!(machine.document["ssh_authorized_keys"], json!([KEY]));
    let claimed = machine.claim(&noc).await.assert_status(200);
    assert_eq!(claimed["services"], json!(["web"]));
    assert!(claimed["secrets"]["REDIS_PASSWORD"].is_string());
    machine.report(&noc, 1).await.assert_status(200);
    noc.pass(1_000).await;
    assert_eq!(noc.get("/api/servers/alpha/status").await.json()["status"], "active");
    noc.get("/api/applications/own").await.assert_refused(404, "not_found", None);
    noc.post("/api/deploy", &{
        body["server_name"] = json!("beta");
        body
    })
    .await
    .assert_refused(422, "invalid_field", Some("application"));
}

#[tokio::test]
async fn a_template_that_cannot_be_is_refused_with_line_and_reason() {
    let noc = TestApp::new();
    for (from, to, expected) in [
        ("runcmd:", "runcmds:", "line 13: cloud-init knows no key runcmds"),
        ("'{{hostname}}'", "'{{secrets_env}}'", "line 2: the cloud-init template asks for {{secrets_env}}"),
        ("hostname: ", "hostname: [", "line "),
        (
            "#cloud-config",
            &format!("#{}\nfinal_message: {}", "x", "y".repeat(70_000)),
            "line 1: the cloud-init",
        ),
    ] {
        let template = TEMPLATE.replacen(from, to, 1);
        let answer = noc.put("/api/applications/own", &own(&template)).await;
        let refused = answer.assert_refused(422, "invalid_field", Some("template"));
        assert!(refused["error"]["message"].as_str().unwrap().starts_with(expected), "{refused:#}");
    }
    for (field, value) in [
        ("description", json!("")),
        ("services", json!(["a b"])),
        ("services", json!(["a", "a"])),
        ("domain_suffixes", json!([])),
        ("domain_suffixes", json!([".example"])),
        ("secrets", json!(["A-B"])),
        ("repository", json!("file:///etc/passwd")),
        ("image", json!("")),
        ("ready_within_seconds", json!(1)),
    ] {
        let mut body = own(TEMPLATE);
        body[field] = value;
        noc.put("/api/applications/own", &body).await.assert_refused(422, "invalid_field", Some(field));
    }
    noc.put("/api/applications/Own", &own(TEMPLATE)).await.assert_refused(422, "invalid_field", Some("name"));
    noc.put("/api/applications/blank", &own(TEMPLATE)).await.assert_refused(409, "built_in", None);
    noc.delete("/api/applications/blank", &json!({})).await.assert_refused(409, "built_in", None);
    noc.delete("/api/applications/own", &json!({})).await.assert_refused(404, "not_found", None);
}

#[tokio::test]
async fn what_would_take_all_the_memory_is_refused_before_it_does() {
    let noc = TestApp::new();
    let many = |line: &str, times: usize| {
        TEMPLATE.replacen("runcmd:", &format!("bootcmd:\n{}runcmd:", line.repeat(times)), 1)
    };
    for (template, expected) in [
        // 30 kilobytes each, if they were put in.
        (many("  - '{{agent_script}}'\n", 4_000), "bytes; the provider takes 65536"),
        (TEMPLATE.replacen("runcmd:", &format!("{}: 1\nruncmd:", "k".repeat(300)), 1), "at most 200 bytes"),
        (
            TEMPLATE.replacen("runcmd:", &format!("lxd: {}\nruncmd:", "[".repeat(40_000)), 1),
            "recursion limit",
        ),
    ] {
        let answer = noc.put("/api/applications/own", &own(&template)).await;
        let refused = answer.assert_refused(422, "invalid_field", Some("template"));
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
    for number in 0..100 {
        noc.put(&format!("/api/applications/a{number}"), &own(TEMPLATE)).await.assert_status(200);
    }
    noc.put("/api/applications/more", &own(TEMPLATE)).await.assert_refused(409, "too_many", None);
    noc.put("/api/applications/a7", &own(TEMPLATE)).await.assert_status(200);
}

#[tokio::test]
async fn an_operator_sees_what_a_machine_would_get_and_no_secret() {
    let noc = TestApp::new();
    let mut body = own(&TEMPLATE.replace(
        "runcmd:",
        "  - path: /etc/noc/secrets.env\n    permissions: '0600'\n    content: '{{secrets_env}}'\nruncmd:",
    ));
    body["delivery"] = json!("embedded");
    noc.put("/api/applications/embedded", &body).await.assert_status(200);
    let stored = noc.simulator.settings().secrets;
    let password =
        stored.iter().find(|secret| secret.environment == "prod" && secret.key == "REDIS_PASSWORD");
    let password = password.unwrap().value.clone();
    for name in ["blank", "flaggerlink", "embedded"] {
        let asked = json!({ "server_name": "alpha", "branch": "it's/$(reboot)-{{hostname}}" });
        let shown = noc.post(&format!("/api/applications/{name}/render"), &asked).await.assert_status(200);
        let document = shown["document"].as_str().unwrap();
        assert_eq!(shown["bytes"], document.len());
        assert!(document.contains("NOC_CLAIM_TOKEN='*****") && !document.contains(&password), "{document}");
    }
    noc.post("/api/applications/nothing/render", &json!({ "server_name": "a", "branch": "b" }))
        .await
        .assert_refused(404, "not_found", None);

    // The machine itself gets them with its document, and none with its claim.
    let mut deploy = deploy_body("alpha");
    deploy["application"] = json!("embedded");
    noc.post("/api/deploy", &deploy).await.assert_status(200);
    let machine = noc.machine("alpha");
    let files = machine.document["write_files"].as_array().unwrap();
    let secrets = files.iter().find(|file| file["path"] == "/etc/noc/secrets.env").unwrap();
    assert_eq!(secrets["content"], format!("REDIS_PASSWORD='{}'\n", password.replace('\'', r"'\''")));
    assert_eq!(machine.claim(&noc).await.assert_status(200)["secrets"], json!({}));
    assert!(!noc.log.all().contains(&password));
}

#[tokio::test]
async fn ssh_keys_are_kept_by_name_and_bounded() {
    let noc = TestApp::new();
    for (name, key, status) in [("ada", KEY, 200), ("ada", "ssh-ed25519 nonsense", 422), ("A B", KEY, 422)] {
        let path = format!("/api/ssh-keys/{}", name.replace(' ', "%20"));
        assert_eq!(noc.put(&path, &json!({ "public_key": key })).await.status, status, "{name} {key}");
    }
    for number in 0..49 {
        noc.put(&format!("/api/ssh-keys/k{number}"), &json!({ "public_key": KEY })).await.assert_status(200);
    }
    noc.put("/api/ssh-keys/more", &json!({ "public_key": KEY })).await.assert_refused(409, "too_many", None);
    noc.delete("/api/ssh-keys/ada", &json!({})).await.assert_status(204);
    noc.delete("/api/ssh-keys/ada", &json!({})).await.assert_refused(404, "not_found", None);
    assert_eq!(noc.get("/api/ssh-keys").await.json()["ssh_keys"].as_array().unwrap().len(), 49);
}

/// cloud-init itself says whether it would take what machines get, whatever is put in.
#[tokio::test]
async fn what_is_rendered_passes_the_schema_of_cloud_init() {
    if !Command::new("cloud-init").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return not_tested("cloud-init is not installed here");
    }
    let noc = TestApp::new();
    noc.put("/api/applications/own", &own(TEMPLATE)).await.assert_status(200);
    let folder = env::temp_dir().join(format!("noc-cloud-init-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (number, branch) in ["main", "it's", "a\"b", "{{hostname}}", "$(reboot)", "-#1", "x: y", "é/&*!|>%@`"]
        .into_iter()
        .enumerate()
    {
        if number == 4 {
            noc.put("/api/ssh-keys/ada", &json!({ "public_key": KEY })).await.assert_status(200);
        }
        for name in ["blank", "flaggerlink", "own"] {
            let asked = json!({ "server_name": "alpha", "branch": branch });
            let answer = noc.post(&format!("/api/applications/{name}/render"), &asked).await;
            // What git takes for no branch is refused before it gets anywhere.
            if answer.status == 422 {
                continue;
            }
            let document = answer.assert_status(200)["document"].as_str().unwrap().to_owned();
            assert!(document.len() <= 64 * 1024);
            let file = folder.join(format!("{name}-{number}.yaml"));
            fs::write(&file, &document).unwrap();
            let checked =
                Command::new("cloud-init").args(["schema", "--config-file"]).arg(&file).output().unwrap();
            let told = String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
            assert!(checked.status.success() && told.contains("Valid"), "{name}, {branch}: {told}");
            // As a shell reads it on the machine, the branch is what was asked for.
            let tree: Value = serde_json::from_str(document.split_once('\n').unwrap().1).unwrap();
            let files = tree["write_files"].as_array().unwrap();
            let env = files.iter().find(|file| file["path"] == "/etc/noc/application.env").unwrap();
            let script = format!("{}\nprintf %s \"$NOC_BRANCH\"", env["content"].as_str().unwrap());
            let read = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&read.stdout), branch);
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// What is put into a template that is good, and whether cloud-init takes it.
const GOOD_AND_BAD: &[(&str, &str, bool)] = &[
    ("apt", r#"{"sources": {"docker": {"source": "deb x y z", "keyid": "AB"}}}"#, true),
    ("apt", r#"{"sources": {"docker": {"sauce": "deb x y z"}}}"#, false),
    ("apt", r#"{"sources": {"docker": {}}}"#, false),
    ("apt", r#"{"primary": [{"arches": ["default"], "uri": "http://x"}]}"#, true),
    ("apt", r#"{"primary": [{"uri": "http://x"}]}"#, false),
    ("apt", "{}", false),
    ("bootcmd", r#"["echo a", ["echo", "a"]]"#, true),
    ("bootcmd", "[]", false),
    ("bootcmd", r#"[{"a": 1}]"#, false),
    ("ca_certs", r#"{"trusted": ["x"]}"#, true),
    ("ca_certs", r#"{"trusted": []}"#, false),
    ("chpasswd", r#"{"expire": false, "users": [{"name": "a", "password": "b", "type": "text"}]}"#, true),
    ("chpasswd", r#"{"users": [{"name": "a"}]}"#, false),
    ("chpasswd", r#"{"list": ["a:b"]}"#, true),
    ("chpasswd", r#"{"list": ["ab"]}"#, false),
    ("disable_root", "true", true),
    ("disable_root", r#""true""#, false),
    ("disk_setup", r#"{"/dev/x": {"table_type": "gpt", "layout": [[33, 82], 66]}}"#, true),
    ("disk_setup", r#"{"/dev/x": {"layout": [[33, 82, 1]]}}"#, false),
    ("fs_setup", r#"[{"label": "a", "filesystem": "ext4", "device": "/dev/x", "partition": "auto"}]"#, true),
    ("fs_setup", r#"[{"label": "a", "filesystem": 5}]"#, false),
    ("groups", r#"["a", {"b": ["c"]}]"#, true),
    ("groups", "5", false),
    ("growpart", r#"{"mode": "auto", "devices": ["/"]}"#, true),
    ("growpart", r#"{"mode": "sometimes"}"#, false),
    ("hostname", "5", false),
    ("keyboard", r#"{"layout": "de"}"#, true),
    ("keyboard", r#"{"variant": "x"}"#, false),
    ("landscape", r#"{"client": {"tags": "a,b"}}"#, true),
    ("landscape", r#"{"client": {"tags": "a, b"}}"#, false),
    ("locale", r#""de_DE.UTF-8""#, true),
    ("locale", "5", false),
    ("lxd", r#"{"init": {"storage_backend": "zfs"}}"#, true),
    ("lxd", r#"{"init": {"storage_backend": "floppy"}}"#, false),
    ("manage_etc_hosts", r#""localhost""#, true),
    ("manage_etc_hosts", "5", false),
    ("mounts", r#"[["a", "/b", "auto", "defaults", "0", "2"]]"#, true),
    ("mounts", r#"[["a", "/b", "auto", "defaults", "0", "2", "x"]]"#, false),
    ("ntp", r#"{"servers": ["a"], "enabled": true}"#, true),
    ("ntp", r#"{"servers": ["a", "a"]}"#, false),
    ("ntp", r#"{"servers": "a"}"#, false),
    ("package_update", r#""always""#, false),
    ("packages", r#"["a", ["b", "1.0"]]"#, true),
    ("packages", r#"["a", ["b", "1.0", "x"]]"#, false),
    ("packages", "[5]", false),
    ("packages", "[]", false),
    ("phone_home", r#"{"url": "http://x", "post": ["hostname"]}"#, true),
    ("phone_home", r#"{"post": "all"}"#, false),
    ("power_state", r#"{"mode": "reboot", "delay": "+5", "condition": true}"#, true),
    ("power_state", r#"{"mode": "reboot", "delay": "soon"}"#, false),
    ("power_state", r#"{"delay": 5}"#, false),
    ("resize_rootfs", r#""noblock""#, true),
    ("resize_rootfs", r#""perhaps""#, false),
    ("resolv_conf", r#"{"nameservers": ["1.1.1.1"]}"#, true),
    ("resolv_conf", r#"{"nameservers": "1.1.1.1"}"#, false),
    ("rsyslog", r#"{"configs": ["*.* @x", {"content": "y", "filename": "z"}]}"#, true),
    ("rsyslog", r#"{"configs": [{"filename": "z"}]}"#, false),
    ("runcmd", r#"[["a", 5]]"#, false),
    ("runcmd", r#"["a", ["b", "c"]]"#, true),
    ("snap", r#"{"commands": ["snap install x", ["snap", "install", "y"]]}"#, true),
    ("snap", r#"{"commands": 5}"#, false),
    ("ssh", r#"{"emit_keys_to_console": false}"#, true),
    ("ssh", r#"{"emit_keys": false}"#, false),
    ("ssh_authorized_keys", "[]", false),
    ("ssh_deletekeys", "1", false),
    ("ssh_genkeytypes", r#"["ed25519"]"#, true),
    ("ssh_genkeytypes", r#"["morse"]"#, false),
    ("ssh_keys", r#"{"ed25519_private": "x"}"#, true),
    ("ssh_keys", r#"{"ed448_private": "x"}"#, false),
    ("ssh_pwauth", "false", true),
    ("ssh_pwauth", "[]", false),
    ("swap", r#"{"filename": "/swap", "size": "2.5G", "maxsize": 1000}"#, true),
    ("swap", r#"{"size": "2.G"}"#, false),
    ("swap", r#"{"sighs": 5}"#, false),
    ("timezone", "5", false),
    ("user", r#"{"name": "a", "sudo": false, "uid": 5, "groups": ["b"]}"#, true),
    ("user", r#"{"name": "a", "sudo": 5}"#, false),
    ("user", r#"{"name": "a", "nonsense": 5}"#, false),
    ("users", r#"["default", {"name": "a", "lock_passwd": true, "ssh_authorized_keys": ["x"]}]"#, true),
    ("users", r#"[{"gecos": "a"}]"#, false),
    ("users", r#"[{"name": "a", "ssh_authorized_keys": "x"}]"#, false),
    ("users", "[]", false),
    ("write_files", r#"[{"path": "/a", "content": "b", "encoding": "b64", "defer": true}]"#, true),
    ("write_files", r#"[{"path": "/a", "encoding": "rot13"}]"#, false),
    ("write_files", r#"[{"path": "/a", "mode": "0600"}]"#, false),
    ("write_files", r#"[{"path": "/a", "permissions": 384}]"#, false),
    ("write_files", r#"[{"content": "a"}]"#, false),
    ("yum_repos", r#"{"x": {"baseurl": "http://x", "enabled": true}}"#, true),
    ("yum_repos", r#"{"x": {"enabled": true}}"#, false),
    ("zypper", r#"{"repos": [{"id": "a", "baseurl": "http://x"}]}"#, true),
    ("zypper", r#"{"repos": [{"id": "a"}]}"#, false),
];

#[tokio::test]
async fn a_template_is_taken_if_cloud_init_would_take_it_and_refused_with_its_place_if_not() {
    let noc = TestApp::new();
    let has_cloud_init =
        Command::new("cloud-init").arg("--version").output().is_ok_and(|output| output.status.success());
    if !has_cloud_init {
        not_tested("cloud-init, which would be the other half, is not installed here");
    }
    let folder = env::temp_dir().join(format!("noc-cloud-init-table-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let own_files = json!([
        { "path": "/etc/noc/agent.env", "permissions": "0600", "content": "{{agent_env}}" },
        { "path": "/usr/local/lib/noc/agent.sh", "permissions": "0755", "content": "{{agent_script}}" },
    ]);
    let mut files = Vec::new();
    for (number, (key, value, is_good)) in GOOD_AND_BAD.iter().enumerate() {
        let mut tree = json!({ "write_files": own_files });
        match (*key, serde_json::from_str(value).unwrap()) {
            ("write_files", Value::Array(more)) => tree["write_files"].as_array_mut().unwrap().extend(more),
            (key, value) => tree[key] = value,
        }
        let template = format!("#cloud-config\n{tree:#}\n");
        let answer = noc.put("/api/applications/own", &own(&template)).await;
        if *is_good {
            answer.assert_status(200);
        } else {
            let refused = answer.assert_refused(422, "invalid_field", Some("template"));
            let told = refused["error"]["message"].as_str().unwrap();
            let line: usize = told["line ".len()..].split(':').next().unwrap().parse().unwrap();
            assert!(line > 1 && line <= template.lines().count() && told.len() > 15, "{key} {value}: {told}");
        }
        let file = folder.join(format!("{number}.yaml"));
        fs::write(&file, &template).unwrap();
        files.push((file, *key, *value, *is_good));
    }
    for (file, key, value, is_good) in files.into_iter().filter(|_| has_cloud_init) {
        let checked =
            Command::new("cloud-init").args(["schema", "--config-file"]).arg(&file).output().unwrap();
        let told = String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
        assert_eq!(checked.status.success(), is_good, "{key} {value}: {told}");
    }
    fs::remove_dir_all(&folder).unwrap();
}
