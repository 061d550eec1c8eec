//! Commands for a server's agent: given, done, and lost.

use noc_worker::keys;
use serde_json::{Value, json};

use crate::{
    agent::{messages, report, report_with},
    support::TestApp,
};

#[tokio::test]
async fn a_command_is_given_until_its_result_has_come() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let restart = json!({ "command": "restart_service", "service": "api" });
    let asked = noc.post("/api/servers/alpha/commands", &restart).await.assert_status(202);
    assert_eq!((&asked["id"], &asked["status"]), (&json!(1), &json!("waiting")));
    for counter in [2, 3] {
        let answer = report(&noc, &machine, counter, |_| {}).await.assert_status(200);
        let expected = json!([{ "id": 1, "name": "restart", "values": ["api"] }]);
        assert_eq!(answer["commands"], expected);
    }
    let result = json!([{ "id": 1, "ok": false, "output": "no such container" }]);
    let answer = report(&noc, &machine, 4, |body| body["results"] = result).await.assert_status(200);
    assert_eq!(answer["commands"], json!([]));
    let list = noc.get("/api/servers/alpha/commands").await.assert_status(200);
    let command = &list["commands"][0];
    assert_eq!((&command["status"], &command["output"]), (&json!("failed"), &json!("no such container")));

    for body in [
        json!({ "command": "run", "line": "reboot" }),
        json!({ "command": "restart_service" }),
        json!({ "command": "restart_service", "service": "api", "line": "reboot" }),
        json!({}),
    ] {
        let answer = noc.post("/api/servers/alpha/commands", &body).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{body}: {}", answer.text());
    }
    let stranger = json!({ "command": "restart_service", "service": "sshd" });
    noc.post("/api/servers/alpha/commands", &stranger).await.assert_refused(409, "not_now", None);
    for _ in 0..10 {
        noc.post("/api/servers/alpha/commands", &json!({ "command": "collect_diagnostics" }))
            .await
            .assert_status(202);
    }
    let one_more =
        noc.post("/api/servers/alpha/commands", &json!({ "command": "collect_diagnostics" })).await;
    one_more.assert_refused(409, "not_now", None);
    noc.post("/api/servers/nobody/commands", &restart).await.assert_refused(404, "not_found", None);
}

#[tokio::test]
async fn commands_whose_results_are_lost_do_not_stand_in_the_way_for_good() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let ask = async || {
        noc.post("/api/servers/alpha/commands", &json!({ "command": "collect_diagnostics" }))
            .await
            .status
            .as_u16()
    };
    for _ in 0..9 {
        assert_eq!(ask().await, 202);
    }
    let answer = report(&noc, &machine, 2, |_| {}).await.assert_status(200);
    assert_eq!(answer["commands"].as_array().unwrap().len(), 9);
    noc.pass(1_800_000).await;
    // This one was not given yet, and is waited for from when it is.
    assert_eq!((ask().await, ask().await), (202, 409));
    noc.pass(1_799_000).await;
    assert_eq!(ask().await, 409);
    noc.pass(2_000).await;
    assert_eq!(ask().await, 202);
    let statuses = async || {
        let list = noc.get("/api/servers/alpha/commands").await.assert_status(200);
        let commands = list["commands"].as_array().unwrap().clone();
        let status = |command: Value| command["status"].as_str().unwrap().to_owned();
        commands.into_iter().map(status).collect::<Vec<_>>()
    };
    let expired = ["expired"; 9];
    assert_eq!(statuses().await, [&["waiting"; 2][..], &expired].concat());
    assert_eq!(messages(&noc, "level=warning&text=has%20no%20result").await.len(), 9);
    let answer = report(&noc, &machine, 3, |_| {}).await.assert_status(200);
    assert_eq!(answer["commands"].as_array().unwrap().len(), 2);
    // A result that comes after all changes nothing any more.
    let late = json!([{ "id": 1, "ok": true, "output": "" }, { "id": 10, "ok": true, "output": "" }]);
    report(&noc, &machine, 4, |body| body["results"] = late).await.assert_status(200);
    assert_eq!(statuses().await, [&["given", "done"][..], &expired].concat());
    noc.pass(3_601_000).await;
    assert_eq!(statuses().await[0], "expired");
}

#[tokio::test]
async fn after_a_rotation_the_old_key_is_refused() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    report_with(&noc, &machine, 2, 2, |_| {}).await.assert_refused(403, "forbidden", None);
    noc.post("/api/servers/alpha/commands", &json!({ "command": "rotate_key" })).await.assert_status(202);
    let answer = report(&noc, &machine, 3, |_| {}).await.assert_status(200);
    let server = noc_shared::id::ServerId::parse(machine.server_id()).unwrap();
    let next = hex::encode(keys::agent_key(&noc.app.platform().unwrap().master_key, &server, 2));
    assert_eq!(answer["commands"][0]["values"], json!(["2", next]));
    // The old one is good until the new one is heard.
    report(&noc, &machine, 4, |_| {}).await.assert_status(200);
    let result = json!([{ "id": 1, "ok": true, "output": "" }]);
    report_with(&noc, &machine, 5, 2, |body| body["results"] = result).await.assert_status(200);
    report(&noc, &machine, 6, |_| {}).await.assert_refused(403, "forbidden", None);
    report_with(&noc, &machine, 6, 2, |_| {}).await.assert_status(200);
    report_with(&noc, &machine, 7, 3, |_| {}).await.assert_refused(403, "forbidden", None);
    assert!(!noc.log.all().contains(&next));
}
