//! What somebody may try who has taken over a machine, or has its one-time token: what they say is about that machine
//! alone, and uses up nothing that others need.

use noc_worker::ports::Statement;
use serde_json::{Value, json};

use crate::support::{Answer, HOST_KEY, Machine, Signed, TestApp, derived_key, report_body};

const OTHER_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";

async fn report(noc: &TestApp, machine: &Machine, counter: u64, change: impl FnOnce(&mut Value)) -> Answer {
    let mut body = report_body();
    body["lines"] = json!([]);
    change(&mut body);
    let key = derived_key(noc, machine.server_id());
    let timestamp = noc.app.clock.now().seconds();
    Signed { counter, timestamp, key, body }.send(noc, machine.server_id()).await
}

async fn rows_written(noc: &TestApp) -> u64 {
    let rows = noc.app.database.query(Statement::new("SELECT total_changes() AS rows", [])).await.unwrap();
    rows[0]["rows"].as_u64().unwrap()
}

async fn told(noc: &TestApp, part: &str) -> usize {
    let page = noc.get("/api/servers/alpha/logs?limit=1000").await.assert_status(200);
    let lines = page["lines"].as_array().unwrap();
    lines.iter().filter(|line| line["message"].as_str().unwrap().contains(part)).count()
}

async fn samples(noc: &TestApp) -> usize {
    noc.get("/api/servers/alpha/metrics").await.assert_status(200)["samples"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_counter_that_is_far_ahead_is_refused_and_the_highest_one_is_told() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let now = u64::try_from(noc.app.clock.now().seconds()).unwrap();
    report(&noc, &machine, u64::MAX, |_| {}).await.assert_refused(401, "unauthorized", None);
    for counter in [1 << 53, now + 367 * 86_400] {
        let refused = report(&noc, &machine, counter, |_| {}).await;
        let body = refused.assert_refused(409, "counter_does_not_rise", None);
        assert_eq!(body["error"]["details"]["counter"], 1);
    }
    // The furthest that may be: whoever owns the machine again goes on from what a refusal tells.
    let furthest = now + 366 * 86_400;
    report(&noc, &machine, furthest, |_| {}).await.assert_status(200);
    let body = report(&noc, &machine, now, |_| {}).await.assert_refused(409, "counter_does_not_rise", None);
    assert_eq!(body["error"]["details"]["counter"], furthest);
    noc.pass(2_000).await;
    report(&noc, &machine, furthest + 1, |_| {}).await.assert_status(200);
}

#[tokio::test]
async fn a_report_with_a_high_number_does_not_hide_those_that_follow() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    report(&noc, &machine, 2, |body| body["number"] = json!(1_u64 << 53)).await.assert_status(200);
    noc.pass(60_000).await;
    report(&noc, &machine, 3, |body| {
        body["number"] = json!(3);
        body["uptime"] = json!(12_345);
    })
    .await
    .assert_status(200);
    assert_eq!(noc.get("/api/servers/alpha/status").await.json()["uptime"], 12_345);
}

#[tokio::test]
async fn a_flood_of_reports_is_held_back_and_a_machine_that_comes_back_is_not() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let before = samples(&noc).await;
    let mut refused = 0;
    for counter in 2..=400 {
        noc.pass(1).await;
        let answer = report(&noc, &machine, counter, |body| {
            body["dropped"] = json!({ "reports": 1, "lines": 1 });
            body["cloud_init"] = json!({ "stages": format!(r#"{{"v1":{{"stage":"s{counter}"}}}}"#) });
        });
        match answer.await.status.as_u16() {
            200 => assert!(counter <= 301, "the report {counter} was taken"),
            429 => refused += 1,
            status => panic!("the report {counter} was answered with {status}"),
        }
    }
    assert_eq!(refused, 99);
    assert!(samples(&noc).await - before <= 301);
    // What it has NOC write down for good is bounded, too.
    assert_eq!(told(&noc, "were given up").await + told(&noc, "cloud-init is in").await, 50);
    noc.pass(60_000).await;
    for counter in 500..600 {
        report(&noc, &machine, counter, |_| {}).await.assert_status(200);
    }
}

#[tokio::test]
async fn a_flood_of_lines_is_held_back_and_counted() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let mut counter = 1;
    let mut flood = async |reports: u64| {
        for _ in 0..reports {
            counter += 1;
            let line = |number: u64| json!({ "service": "api", "at": "2027-01-15T08:00:00Z", "line": format!("line {counter}.{number}.") });
            let lines: Vec<Value> = (0..200).map(line).collect();
            report(&noc, &machine, counter, |body| body["lines"] = json!(lines)).await.assert_status(200);
        }
    };
    let dropped =
        async || noc.get("/api/servers/alpha/status").await.json()["dropped"]["lines"].as_u64().unwrap();
    // As many as are kept; the deploy has told one.
    flood(25).await;
    let before = dropped().await;
    assert!(before <= 1, "{before}");
    flood(2).await;
    assert_eq!(dropped().await - before, 400);
    // A machine that reports each minute tells all it has, and of more the newest are kept.
    noc.pass(60_000).await;
    flood(1).await;
    assert_eq!(dropped().await - before, 400);
    noc.pass(30_000).await;
    flood(1).await;
    assert_eq!(dropped().await - before, 500);
    let newest = noc.get("/api/servers/alpha/logs?limit=1000&text=line%2030.").await.assert_status(200);
    let lines = newest["lines"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[99]["message"]), (100, &json!("line 30.199.")));
}

#[tokio::test]
async fn a_service_that_comes_and_goes_does_not_use_up_the_database() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let flap = async |counter: u64| {
        noc.pass(10_000).await;
        let health = if counter.is_multiple_of(2) { "unhealthy" } else { "healthy" };
        report(&noc, &machine, counter, |body| body["services"]["api"] = json!(health))
            .await
            .assert_status(200);
    };
    let before = rows_written(&noc).await;
    flap(2).await;
    // One row for the change, and one now and then for how the machine is.
    assert!(rows_written(&noc).await - before <= 2);
    for counter in 3..=360 {
        flap(counter).await;
    }
    // An hour: twelve at once, twelve later, the three of every hour, and what the alarm sends that looks for silence.
    let written = rows_written(&noc).await - before;
    assert!(written <= 50, "{written} rows for 359 changes");
    // Whoever asks for the server itself is told how it is now, and the lists follow.
    assert_eq!(noc.get("/api/servers/alpha/status").await.json()["services"]["api"], "unhealthy");
    noc.pass(310_000).await;
    report(&noc, &machine, 400, |body| body["services"]["api"] = json!("starting")).await.assert_status(200);
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["services"]["api"], "starting");
}

#[tokio::test]
async fn a_token_that_got_about_does_not_fill_the_audit() {
    let noc = TestApp::new();
    noc.deploy("alpha").await.assert_status(200);
    let machine = noc.machine("alpha");
    machine.claim(&noc).await.assert_status(200);
    for number in 0..60 {
        let thief = Machine { nonce: format!("{number:064x}"), ..noc.machine("alpha") };
        thief.claim(&noc).await.assert_refused(409, "claimed_already", None);
    }
    let audited = noc.get("/api/audit?action=agents.second_claim").await.assert_status(200);
    assert_eq!(audited["events"].as_array().unwrap().len(), 3);
    assert_eq!(told(&noc, "Refused: the machine").await, 50);
    // Nor is the secret store asked without an end for the claim that was granted.
    let again = async || machine.claim(&noc).await.status.as_u16();
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(again().await);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 20);
    assert_eq!(statuses.last(), Some(&429));
    noc.pass(31_000).await;
    assert_eq!(again().await, 200);
    // However often it was repeated, it was one claim.
    let audited = noc.get("/api/audit?action=agents.claim").await.assert_status(200);
    assert_eq!(
        (audited["events"].as_array().unwrap().len(), told(&noc, "has claimed the key").await),
        (1, 1)
    );
}

#[tokio::test]
async fn host_keys_that_change_are_known_and_said_to_have_changed() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let keys = async || noc.get("/api/servers/alpha/status").await.json()["host_keys"].clone();
    assert_eq!(keys().await, json!([HOST_KEY]));
    let tell = async |counter: u64, told: Value| {
        report(&noc, &machine, counter, |body| body["host_keys"] = told).await.assert_status(200);
    };
    tell(2, json!([HOST_KEY])).await;
    // Nothing that could be a second line of somebody's list of known hosts, and not nothing at all.
    tell(3, json!([format!("{HOST_KEY}\n* {OTHER_KEY}")])).await;
    tell(4, json!([])).await;
    assert_eq!((keys().await, told(&noc, "other SSH host keys").await), (json!([HOST_KEY]), 0));
    tell(5, json!([OTHER_KEY])).await;
    assert_eq!((keys().await, told(&noc, "other SSH host keys").await), (json!([OTHER_KEY]), 1));
}

#[tokio::test]
async fn a_server_says_nothing_about_another_one() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    noc.deploy_active("beta").await;
    let restart = json!({ "command": "restart_service", "service": "api" });
    noc.post("/api/servers/beta/commands", &restart).await.assert_status(202);
    let result = json!([{ "id": 1, "ok": true, "output": "nothing of the kind" }]);
    let answer = report(&noc, &machine, 2, |body| {
        body["results"] = result;
        body["services"]["\",server=\"beta"] = json!("unhealthy");
    })
    .await
    .assert_status(200);
    assert_eq!(answer["commands"], json!([]));
    let commands = noc.get("/api/servers/beta/commands").await.json();
    assert_eq!(commands["commands"][0]["status"], "waiting");
    // What it calls a service is none of the application's, and gets into no label.
    let metrics = noc.get("/metrics").await;
    assert!(!metrics.text().contains("server=\\\"beta"), "{}", metrics.text());
    // With the key of the one as the other.
    let (key, timestamp) = (derived_key(&noc, machine.server_id()), noc.app.clock.now().seconds());
    let forged = Signed { counter: 9, timestamp, key, body: report_body() };
    forged.send(&noc, noc.machine("beta").server_id()).await.assert_refused(401, "unauthorized", None);
}
