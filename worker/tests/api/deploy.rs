//! `POST /api/deploy`: what it makes, what it answers, and what it refuses.

use noc_simulator::{Effect, Provider};
use serde_json::{Value, json};

use crate::support::{TestApp, deploy_body, json_request};

#[tokio::test]
async fn a_deploy_answers_when_droplet_address_and_records_are_there() {
    let noc = TestApp::new();
    let answer = noc.deploy("alpha").await;
    let body = answer.assert_status(200);
    noc.assert_one_server();
    let droplet = noc.simulator.ledger().droplets.remove(0);
    assert_eq!(body["success"], true);
    assert!(body["deployment_id"].as_str().unwrap().starts_with("dep_"));
    assert_eq!(body["droplet_id"], droplet.id.to_string());
    assert_eq!(body["droplet_ip"], droplet.ip.unwrap().to_string());
    let zone = noc.simulator.settings().zone_name;
    let domains = ["alpha", "alpha-api", "alpha-text-api"].map(|name| format!("{name}.{zone}"));
    assert_eq!(body["domains"], json!(domains));
    let location = format!("/api/deployments/{}", body["deployment_id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));

    let deployment_id = body["deployment_id"].as_str().unwrap();
    assert!(droplet.tags.contains(&format!("noc-deployment:{deployment_id}")), "{droplet:?}");
    let ledger = noc.simulator.ledger();
    for domain in &domains {
        let record = ledger.dns_records.iter().find(|record| record.name == *domain).unwrap();
        assert!(record.proxied && record.comment.as_ref().unwrap().contains(deployment_id), "{record:?}");
        assert_eq!(record.content, droplet.ip.unwrap().to_string());
    }
    let batches = noc.simulator.calls().into_iter().filter(|call| call.target.contains("dns_records/batch"));
    assert_eq!(batches.count(), 1);
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "provisioning");
}

#[tokio::test]
async fn a_server_is_active_when_its_machine_has_said_so() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let servers = noc.get("/api/servers").await.assert_status(200);
    assert_eq!(servers["servers"][0]["status"], "active");
    let status = noc.get("/api/servers/alpha/status").await.assert_status(200);
    assert_eq!(status["uptime"], 86_400);
    assert_eq!(
        status["services"],
        json!({ "api": "healthy", "texting": "healthy", "redis": "healthy", "rabbitmq": "starting" })
    );
}

#[tokio::test]
async fn a_machine_that_never_reports_is_taken_away_when_its_time_is_over() {
    let noc = TestApp::new();
    let id = noc.deploy("alpha").await.json()["deployment_id"].as_str().unwrap().to_owned();
    noc.pass(20 * 60_000 + 60_000).await;
    let deployment = noc.get(&format!("/api/deployments/{id}")).await.assert_status(200);
    assert_eq!(deployment["status"], "unwound");
    assert_eq!(deployment["failure"]["code"], "deadline_exceeded");
    noc.assert_clean();
    assert_eq!(noc.get("/api/servers").await.json()["servers"], json!([]));
    noc.deploy("alpha").await.assert_status(200);
}

#[tokio::test]
async fn wrong_fields_are_named_and_nothing_is_made() {
    let noc = TestApp::new();
    let with = |field: &str, value: Value| {
        let mut body = deploy_body("alpha");
        body[field] = value;
        body
    };
    let without = |field: &str| {
        let mut body = deploy_body("alpha");
        body.as_object_mut().unwrap().remove(field);
        body
    };
    let cases = [
        (with("server_name", json!("Alpha")), "server_name"),
        (with("server_name", json!("")), "server_name"),
        (with("server_name", json!("a".repeat(55))), "server_name"),
        (with("server_name", json!(7)), "server_name"),
        (with("droplet_size", json!("s-9000vcpu")), "droplet_size"),
        (with("droplet_region", json!("mars1")), "droplet_region"),
        (with("branch", json!("no spaces")), "branch"),
        (with("branch", json!("-x")), "branch"),
        (with("enable_cloudflare_proxy", json!("yes")), "enable_cloudflare_proxy"),
        (with("application", json!("nonsense")), "application"),
        (with("project", json!("nonsense")), "project"),
        (with("environment", json!("nonsense")), "environment"),
        (with("surprise", json!(1)), "surprise"),
        (without("server_name"), "server_name"),
        (without("droplet_size"), "droplet_size"),
        (without("droplet_region"), "droplet_region"),
        (without("branch"), "branch"),
        (without("enable_cloudflare_proxy"), "enable_cloudflare_proxy"),
    ];
    for (body, field) in cases {
        noc.post("/api/deploy", &body).await.assert_refused(422, "invalid_field", Some(field));
    }
    noc.assert_clean();
    assert_eq!(noc.get("/api/deployments").await.json()["deployments"], json!([]));
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_long_is_refused() {
    let noc = TestApp::new();
    let post = || json_request(http::Method::POST, "/api/deploy");
    noc.send(post(), "{").await.assert_refused(400, "malformed_body", None);
    noc.send(post(), "[]").await.assert_refused(400, "malformed_body", None);
    noc.send(post(), "").await.assert_refused(422, "invalid_field", Some("server_name"));
    noc.send(post(), " ".repeat(64 * 1024 + 1)).await.assert_refused(413, "body_too_large", None);
    let plain = http::Request::post("/api/deploy").header("content-type", "text/plain");
    noc.send(plain, deploy_body("alpha").to_string()).await.assert_refused(415, "not_json", None);
    let untyped = http::Request::post("/api/deploy");
    noc.send(untyped, deploy_body("alpha").to_string()).await.assert_refused(415, "not_json", None);
    let echo = format!("{{\"{}\": 1}}", "x".repeat(60_000));
    assert!(noc.send(post(), echo).await.body.len() < 2_000);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_with_the_deployment_that_holds_it() {
    let noc = TestApp::new();
    let first = noc.deploy("alpha").await.json();
    let body = noc.deploy("alpha").await.assert_refused(409, "name_taken", Some("server_name"));
    assert_eq!(body["error"]["details"]["deployment_id"], first["deployment_id"]);
    noc.assert_one_server();
}

#[tokio::test]
async fn of_two_deploys_of_one_name_at_once_one_wins() {
    let noc = TestApp::new();
    let (one, other) = tokio::join!(noc.deploy("alpha"), noc.deploy("alpha"));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    noc.assert_one_server();
}

#[tokio::test]
async fn two_names_that_want_the_same_domain_do_not_both_get_it() {
    let noc = TestApp::new();
    let (one, other) = tokio::join!(noc.deploy("alpha"), noc.deploy("alpha-api"));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text(), other.text());
    noc.assert_one_server();
}

#[tokio::test]
async fn a_deploy_that_is_asked_to_respond_at_once_says_where_to_follow() {
    let noc = TestApp::new();
    let request = json_request(http::Method::POST, "/api/deploy").header("prefer", "respond-async, wait=5");
    let answer = noc.send(request, deploy_body("alpha").to_string()).await;
    let body = answer.assert_status(202);
    assert_eq!(body["droplet_ip"], Value::Null);
    assert_eq!(answer.header("preference-applied"), Some("respond-async"));
    let deployment = noc.get(answer.header("location").unwrap()).await.assert_status(200);
    assert_eq!(deployment["status"], "running");
    noc.pass(10_000).await;
    noc.assert_one_server();
}

#[tokio::test]
async fn a_deploy_that_waits_until_active_answers_when_the_machine_has_reported() {
    let noc = TestApp::new();
    let body = deploy_body("alpha");
    let waits = noc.post("/api/deploy?wait=active", &body);
    let machine = async {
        while noc.simulator.ledger().counts.droplets == 0 {
            noc.pass(100).await;
        }
        let machine = noc.machine("alpha");
        machine.claim(&noc).await.assert_status(200);
        machine.report(&noc, 1).await.assert_status(200);
    };
    let (answer, ()) = tokio::join!(waits, machine);
    let id = answer.assert_status(200)["deployment_id"].as_str().unwrap().to_owned();
    assert_eq!(noc.get(&format!("/api/deployments/{id}")).await.json()["status"], "succeeded");
    noc.post("/api/deploy?wait=forever", &deploy_body("b")).await.assert_refused(
        422,
        "invalid_field",
        Some("wait"),
    );
}

#[tokio::test]
async fn an_idempotency_key_repeats_the_first_answer() {
    let noc = TestApp::new();
    let send = |key: &str, body: Value| {
        let request = json_request(http::Method::POST, "/api/deploy").header("idempotency-key", key);
        noc.send(request, body.to_string())
    };
    let first = send("key-1", deploy_body("alpha")).await;
    let again = send("key-1", deploy_body("alpha")).await;
    assert_eq!(first.assert_status(200), again.assert_status(200));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    noc.assert_one_server();
    send("key-1", deploy_body("beta")).await.assert_refused(422, "idempotency_key_reused", None);
    send("k y", deploy_body("beta")).await.assert_refused(422, "invalid_field", Some("Idempotency-Key"));
    let refused = send("key-2", deploy_body("alpha")).await;
    let refused_again = send("key-2", deploy_body("alpha")).await;
    assert_eq!(refused.assert_status(409), refused_again.assert_status(409));
    noc.pass(2 * 60 * 60_000).await;
    noc.inject(Provider::DigitalOcean, "GET", "", u64::MAX, Effect::status(500));
    let away = send("key-1", deploy_body("alpha")).await;
    assert_eq!(
        first.assert_status(200),
        away.assert_status(200),
        "whoever is away, the first answer is known"
    );
}

#[tokio::test]
async fn two_requests_with_one_idempotency_key_at_once_make_one_server() {
    let noc = TestApp::new();
    let send = || {
        let request = json_request(http::Method::POST, "/api/deploy").header("idempotency-key", "key");
        noc.send(request, deploy_body("alpha").to_string())
    };
    let (one, other) = tokio::join!(send(), send());
    assert_eq!(one.assert_status(200), other.assert_status(200));
    noc.assert_one_server();
}

#[tokio::test]
async fn what_goes_to_the_machine_has_no_secret_and_keeps_every_character() {
    let noc = TestApp::new();
    let mut body = deploy_body("alpha");
    body["branch"] = json!("feature/it's-$(HOME)-\"{{x}}\"-#1");
    noc.post("/api/deploy", &body).await.assert_status(200);
    let machine = noc.machine("alpha");
    let text = machine.document.to_string();
    for secret in noc.simulator.settings().secrets.iter().filter(|secret| secret.key.ends_with("PASSWORD")) {
        assert!(!text.contains(&secret.value), "the user data has {}", secret.key);
    }
    let files = machine.document["write_files"].as_array().unwrap();
    let env = files.iter().find(|file| file["path"] == "/etc/noc/application.env").unwrap();
    let expected = "NOC_BRANCH='feature/it'\\''s-$(HOME)-\"{{x}}\"-#1'";
    assert!(env["content"].as_str().unwrap().lines().any(|line| line == expected), "{env:#}");
}
