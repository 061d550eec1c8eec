//! What a machine says of its first start, and what that makes of its server.

use serde_json::{Value, json};

use crate::support::{Signed, TestApp, report_body};

fn told(errors: &[&str], has_ended: bool) -> Value {
    let stages = json!({ "v1": { "modules-final": { "errors": errors }, "stage": "modules-final" } });
    let result = json!({ "v1": { "errors": errors } });
    let result = if has_ended { json!(result.to_string()) } else { Value::Null };
    json!({ "stages": stages.to_string(), "result": result, "output": "E: Unable to locate package" })
}

/// The deployment after a machine's first reports.
async fn deployment_after(noc: &TestApp, starts: &[Value]) -> Value {
    let deployed = noc.deploy("alpha").await.assert_status(200);
    let machine = noc.machine("alpha");
    let key = machine.key(noc).await;
    for (counter, start) in (1..).zip(starts) {
        let mut body = report_body();
        body["cloud_init"] = start.clone();
        let timestamp = noc.app.clock.now().seconds();
        let signed = Signed { counter, timestamp, key: key.clone(), body };
        signed.send(noc, machine.server_id()).await.assert_status(200);
        noc.pass(1_000).await;
    }
    let id = deployed["deployment_id"].as_str().unwrap();
    noc.get(&format!("/api/deployments/{id}")).await.assert_status(200)
}

#[tokio::test]
async fn a_server_is_active_when_its_machine_says_that_its_first_start_went_well() {
    for (starts, expected) in [
        (vec![told(&[], false)], "running"),
        (vec![told(&["one that cloud-init may get over"], false)], "running"),
        (vec![told(&[], false), told(&[], true)], "succeeded"),
        (vec![Value::Null], "succeeded"),
    ] {
        let noc = TestApp::new();
        let deployment = deployment_after(&noc, &starts).await;
        assert_eq!(
            (&deployment["status"], &deployment["saga_version"]),
            (&json!(expected), &json!(2)),
            "{starts:?}"
        );
    }
}

#[tokio::test]
async fn a_deploy_whose_machine_failed_to_start_fails_with_what_the_machine_said() {
    let noc = TestApp::new();
    let error = "('package_update_upgrade_install', ProcessExecutionError())";
    deployment_after(&noc, &[told(&[], false), told(&[error, &"x".repeat(3_000)], true)]).await;
    noc.pass(600_000).await;
    let list = noc.get("/api/deployments").await.json();
    let deployment = &list["deployments"][0];
    assert_eq!((&deployment["status"], &deployment["step"]), (&json!("unwound"), &json!("wait_for_agent")));
    assert_eq!(deployment["failure"]["code"], "machine_failed");
    let message = deployment["failure"]["message"].as_str().unwrap();
    assert!(
        message.starts_with(&format!("cloud-init has ended with errors on the machine: {error}; x")),
        "{message}"
    );
    assert!(message.len() <= 1_000, "{}", message.len());
    noc.assert_clean();
}
