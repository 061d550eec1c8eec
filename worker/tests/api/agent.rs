//! What becomes of an agent's reports: samples, silence, and what the shared database is told.

use noc_shared::time::Timestamp;
use noc_worker::{keys, ports::Statement};
use serde_json::{Value, json};

use crate::support::{Answer, Machine, Signed, TestApp, json_request, report_body};

/// A report, changed.
pub(crate) async fn report(
    noc: &TestApp,
    machine: &Machine,
    counter: u64,
    change: impl FnOnce(&mut Value),
) -> Answer {
    report_with(noc, machine, counter, 1, change).await
}

/// A report, changed, and signed with the key of a generation.
pub(crate) async fn report_with(
    noc: &TestApp,
    machine: &Machine,
    counter: u64,
    generation: u32,
    change: impl FnOnce(&mut Value),
) -> Answer {
    let mut body = report_body();
    body["lines"] = json!([]);
    change(&mut body);
    let server = noc_shared::id::ServerId::parse(machine.server_id()).unwrap();
    let key = hex::encode(keys::agent_key(&noc.app.platform().unwrap().master_key, &server, generation));
    let timestamp = noc.app.clock.now().seconds();
    let signed = Signed { counter, timestamp, key, body };
    signed.send_as(noc, machine.server_id(), generation).await
}

async fn status(noc: &TestApp) -> Value {
    noc.get("/api/servers/alpha/status").await.assert_status(200)
}

async fn rows_written(noc: &TestApp) -> u64 {
    let rows = noc.app.database.query(Statement::new("SELECT total_changes() AS rows", [])).await.unwrap();
    rows[0]["rows"].as_u64().unwrap()
}

pub(crate) async fn messages(noc: &TestApp, query: &str) -> Vec<String> {
    let page = noc.get(&format!("/api/servers/alpha/logs?limit=1000&{query}")).await.assert_status(200);
    let lines = page["lines"].as_array().unwrap();
    lines.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_server_that_is_silent_for_three_intervals_is_unreachable_until_it_is_heard_again() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    for (counter, pause) in [(2, 100_000), (3, 170_000)] {
        noc.pass(pause).await;
        assert_eq!(status(&noc).await["status"], "active");
        report(&noc, &machine, counter, |_| {}).await.assert_status(200);
    }
    noc.pass(179_000).await;
    assert_eq!(status(&noc).await["status"], "active");
    noc.pass(2_000).await;
    let silent = status(&noc).await;
    assert_eq!(silent["status"], "unreachable");
    assert!(silent["unreachable_since"].is_string());
    let list = noc.get("/api/servers?status=unreachable").await.json();
    assert_eq!(list["servers"][0]["name"], "alpha");
    // Nothing more happens, however long it lasts, also when the object is lost out of memory.
    noc.forget_objects();
    noc.pass(3_600_000).await;
    assert_eq!(noc.alarms(), 0);
    report(&noc, &machine, 4, |_| {}).await.assert_status(200);
    assert_eq!(status(&noc).await["status"], "active");
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "active");
    let told = messages(&noc, "").await;
    let heard = |part: &str| told.iter().filter(|message| message.starts_with(part)).count();
    assert_eq!((heard("Unreachable:"), heard("Reachable again,")), (1, 1), "{told:?}");
    // The watch goes on.
    noc.pass(200_000).await;
    assert_eq!(status(&noc).await["status"], "unreachable");
    noc.destroy("alpha").await.assert_status(200);
}

#[tokio::test]
async fn an_interval_that_was_set_is_told_and_watched() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    for (seconds, allowed) in [(1, false), (2, true), (3_600, true), (3_601, false), (10, true)] {
        let body = json!({ "command": "set_interval", "seconds": seconds });
        let answer = noc.post("/api/servers/alpha/commands", &body).await;
        assert_eq!(answer.status, if allowed { 202 } else { 422 }, "{seconds}");
    }
    let answer = report(&noc, &machine, 2, |_| {}).await.assert_status(200);
    assert_eq!(answer["interval_seconds"], 10);
    noc.pass(31_000).await;
    assert_eq!(status(&noc).await["status"], "unreachable");
}

#[tokio::test]
async fn a_shorter_interval_counts_from_when_the_agent_was_told() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    report(&noc, &machine, 2, |_| {}).await.assert_status(200);
    noc.pass(45_000).await;
    let body = json!({ "command": "set_interval", "seconds": 10 });
    noc.post("/api/servers/alpha/commands", &body).await.assert_status(202);
    noc.pass(134_000).await;
    assert_eq!(status(&noc).await["status"], "active");
    assert!(messages(&noc, "level=error").await.is_empty());
    noc.pass(2_000).await;
    assert_eq!(status(&noc).await["status"], "unreachable");
    // Once it was told, it is watched by that.
    report(&noc, &machine, 3, |_| {}).await.assert_status(200);
    noc.pass(29_000).await;
    assert_eq!(status(&noc).await["status"], "active");
    noc.pass(2_000).await;
    assert_eq!(status(&noc).await["status"], "unreachable");
}

#[tokio::test]
async fn a_day_of_a_quiet_machine_writes_at_most_72_rows_and_keeps_every_sample() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let before = rows_written(&noc).await;
    for minute in 0..1_440_u64 {
        noc.pass(60_000).await;
        report(&noc, &machine, minute + 2, |body| body["uptime"] = json!(minute)).await.assert_status(200);
    }
    let written = rows_written(&noc).await - before;
    assert!((60..=72).contains(&written), "{written} rows");
    let full = noc.get("/api/servers/alpha/metrics").await.assert_status(200);
    assert!((1_439..=1_441).contains(&full["samples"].as_array().unwrap().len()));
    let hours = noc.get("/api/servers/alpha/metrics?resolution=hour").await.assert_status(200);
    let hours = hours["samples"].as_array().unwrap();
    assert!((24..=25).contains(&hours.len()), "{}", hours.len());
    assert_eq!((&hours[12]["reports"], &hours[12]["cpu"]), (&json!(60), &json!(0.25)));
    let metrics = noc.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = metrics.text();
    let labels = r#"server="alpha",application="flaggerlink",environment="production",region="nyc1""#;
    for line in [
        "noc_servers{status=\"active\"} 1".to_owned(),
        format!("noc_server_up{{{labels}}} 1"),
        format!("noc_server_cpu_ratio{{{labels}}} 0.25"),
        format!("noc_server_load1{{{labels}}} 0.5"),
        format!("noc_service_healthy{{{labels},service=\"api\"}} 1"),
        format!("noc_service_healthy{{{labels},service=\"rabbitmq\"}} 0"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
}

#[tokio::test]
async fn a_change_is_written_at_once() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let before = rows_written(&noc).await;
    report(&noc, &machine, 2, |_| {}).await.assert_status(200);
    assert_eq!(rows_written(&noc).await, before);
    report(&noc, &machine, 3, |body| body["services"]["api"] = json!("unhealthy")).await.assert_status(200);
    assert!(rows_written(&noc).await > before);
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["services"]["api"], "unhealthy");
}

#[tokio::test]
async fn a_report_that_waited_lies_where_it_was_made_and_one_that_comes_twice_counts_once() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    noc.pass(7_200_000).await;
    let made = noc.app.clock.now().plus(-5_400_000);
    let line = json!([{ "service": "api", "at": "2027-01-15T08:00:00Z", "line": "only once" }]);
    for counter in [2, 3] {
        report(&noc, &machine, counter, |body| {
            body["number"] = json!(2);
            body["at"] = json!(made);
            body["lines"] = line.clone();
            body["dropped"] = json!({ "reports": 2, "lines": 9 });
        })
        .await
        .assert_status(200);
    }
    // What cannot be is not believed: the future is taken for now, and what is too old is given up.
    for (counter, at) in [(4, noc.app.clock.now().plus(90_000_000)), (5, Timestamp::from_millis(0))] {
        report(&noc, &machine, counter, |body| body["at"] = json!(at)).await.assert_status(200);
    }
    let samples = noc.get("/api/servers/alpha/metrics").await.assert_status(200);
    let times: Vec<&Value> =
        samples["samples"].as_array().unwrap().iter().map(|sample| &sample["at"]).collect();
    assert_eq!(times.len(), 3, "{times:?}");
    assert_eq!(times[1], &json!(made));
    assert_eq!(messages(&noc, "text=ONLY").await, ["only once"]);
    // One of them is from long before the machine was made.
    assert_eq!(status(&noc).await["dropped"], json!({ "reports": 3, "lines": 9 }));
    let hours = noc.get("/api/servers/alpha/metrics?resolution=hour").await.assert_status(200);
    let reports: Vec<&Value> =
        hours["samples"].as_array().unwrap().iter().map(|hour| &hour["reports"]).collect();
    // The hour of the deploy, into which the report that waited falls, too, and the one that has not ended yet.
    assert_eq!(reports, [2, 1]);
}

#[tokio::test]
async fn what_waited_on_a_machine_is_history_and_does_not_say_how_it_is() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let outage = noc.app.clock.now();
    noc.pass(20 * 3_600_000).await;
    // The services were ill for a while, and an hour ago they recovered.
    let mut counter = 1;
    for hour in 1..=20 {
        counter += 1;
        report(&noc, &machine, counter, |body| {
            body["number"] = json!(counter);
            body["at"] = json!(outage.plus(hour * 3_600_000 - 600_000));
            body["uptime"] = json!(hour);
            if hour < 19 {
                body["services"]["api"] = json!("unhealthy");
            }
        })
        .await
        .assert_status(200);
        let shown = status(&noc).await;
        assert_eq!(
            (&shown["services"]["api"], &shown["uptime"]),
            (&json!("healthy"), &json!(86_400)),
            "{hour}"
        );
    }
    let metrics = noc.get("/metrics").await;
    let line = |line: &str| line.starts_with("noc_service_healthy") && line.contains("\"api\"} 1");
    assert!(metrics.text().lines().any(line), "{}", metrics.text());
    let samples = noc.get("/api/servers/alpha/metrics").await.assert_status(200);
    assert_eq!(samples["samples"].as_array().unwrap().len(), 21);
    report(&noc, &machine, counter + 1, |body| {
        body["number"] = json!(counter + 1);
        body["at"] = json!(noc.app.clock.now().plus(-60_000));
        body["services"]["api"] = json!("starting");
    })
    .await
    .assert_status(200);
    assert_eq!(status(&noc).await["services"]["api"], "starting");
}

#[tokio::test]
async fn metrics_are_asked_for_with_times_and_a_resolution_that_make_sense() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    for (query, field) in [
        ("resolution=day", "resolution"),
        ("from=yesterday", "from"),
        ("from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z", "from"),
        ("stranger=1", "stranger"),
    ] {
        let answer = noc.get(&format!("/api/servers/alpha/metrics?{query}")).await;
        answer.assert_refused(422, "invalid_field", Some(field));
    }
    let none = noc.get("/api/servers/alpha/metrics?to=2027-01-15T00:00:00%2B01:00").await.assert_status(200);
    assert_eq!(none["samples"], json!([]));
    noc.get("/api/servers/nobody/metrics").await.assert_refused(404, "not_found", None);
    noc.get("/api/servers/alpha/logs?level=loud").await.assert_refused(422, "invalid_field", Some("level"));
}

#[tokio::test]
async fn every_answer_to_an_agent_is_signed_and_says_what_time_it_is() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let now = noc.app.clock.now().seconds();
    let key = crate::support::derived_key(&noc, machine.server_id());
    let clock_off = Signed { counter: 3, timestamp: now - 400, key: key.clone(), body: report_body() };
    for (answer, status, counter) in [
        (report(&noc, &machine, 2, |_| {}).await, 200, 2_u64),
        (report(&noc, &machine, 2, |_| {}).await, 409, 2),
        (report(&noc, &machine, 3, |body| body["surprise"] = json!(1)).await, 422, 3),
        (clock_off.send(&noc, machine.server_id()).await, 401, 3),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.header("x-noc-timestamp"), Some(now.to_string().as_str()));
        let digest = keys::sha256_hex(&answer.body);
        let text = format!("{status}\n/api/agents/report\n{now}\n{counter}\n{digest}");
        let expected = hex::encode(keys::authenticate(&hex::decode(&key).unwrap(), &[text.as_bytes()]));
        assert_eq!(answer.header("x-noc-signature"), Some(expected.as_str()), "{status}");
    }
    // Somebody who cannot sign gets no signature.
    let forged = Signed { counter: 4, timestamp: now, key: "00".repeat(32), body: report_body() };
    let refused = forged.send(&noc, machine.server_id()).await;
    refused.assert_refused(401, "unauthorized", None);
    assert_eq!(refused.header("x-noc-signature"), None);
}

#[tokio::test]
async fn a_claim_is_answered_in_lines_to_those_who_ask_for_them() {
    let noc = TestApp::new();
    noc.deploy("alpha").await.assert_status(200);
    let machine = noc.machine("alpha");
    let key = machine.key(&noc).await;
    let body = json!({
        "server_id": machine.server_id(),
        "deployment_id": machine.env["NOC_DEPLOYMENT_ID"],
        "nonce": machine.nonce,
        "machine_id": "machine",
        "host_keys": ["ssh-ed25519 AAAA"],
    });
    let request = json_request(http::Method::POST, "/api/agents/claim")
        .header("accept", "text/plain")
        .header("authorization", format!("Bearer {}", machine.env["NOC_CLAIM_TOKEN"]));
    let answer = noc.send(request, body.to_string()).await;
    let text = answer.text();
    assert!(text.starts_with(&format!("key {key}\ninterval 60\nservice api\n")), "{text}");
    assert!(text.lines().any(|line| line.starts_with("secret REDIS_PASSWORD ")), "{text}");
}

#[tokio::test]
async fn a_token_is_not_good_beyond_its_deadline_and_a_second_claim_is_told() {
    let noc = TestApp::new();
    noc.deploy("alpha").await.assert_status(200);
    let machine = noc.machine("alpha");
    machine.claim(&noc).await.assert_status(200);
    let thief = Machine { nonce: "cd".repeat(32), ..noc.machine("alpha") };
    thief.claim(&noc).await.assert_refused(409, "claimed_already", None);
    let told = messages(&noc, "level=error").await;
    assert!(told[0].starts_with("Refused: the machine machine claims the secrets"), "{told:?}");
    // The alarm that ends the deployment is late.
    noc.skip(1_201_000);
    machine.claim(&noc).await.assert_refused(403, "forbidden", None);
}
