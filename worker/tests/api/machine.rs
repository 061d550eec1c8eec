//! What a machine may claim and report, and what an impostor may not.

use serde_json::{Value, json};

use crate::support::{Machine, Signed, TestApp, derived_key, report_body};

#[tokio::test]
async fn a_machine_claims_its_secrets_once() {
    let noc = TestApp::new();
    noc.deploy("alpha").await.assert_status(200);
    let machine = noc.machine("alpha");
    let body = machine.claim(&noc).await.assert_status(200);
    for name in ["REDIS_PASSWORD", "RABBITMQ_USER", "RABBITMQ_PASSWORD"] {
        let settings = noc.simulator.settings();
        let stored =
            settings.secrets.iter().find(|secret| secret.environment == "prod" && secret.key == name);
        assert_eq!(body["secrets"][name], json!(stored.unwrap().value));
        assert!(!noc.log.all().contains(&stored.unwrap().value));
    }
    assert_eq!(body["services"], json!(["api", "texting", "redis", "rabbitmq"]));
    // The answer may have been lost: the machine's own claim is repeated.
    assert_eq!(machine.claim(&noc).await.assert_status(200), body);
    let thief = Machine { nonce: "cd".repeat(32), ..noc.machine("alpha") };
    thief.claim(&noc).await.assert_refused(409, "claimed_already", None);
}

#[tokio::test]
async fn a_claim_needs_the_token_of_its_own_deployment_while_that_runs() {
    let noc = TestApp::new();
    noc.deploy("alpha").await.assert_status(200);
    noc.deploy("beta").await.assert_status(200);
    let (alpha, beta) = (noc.machine("alpha"), noc.machine("beta"));
    for token in ["", "nonsense", beta.env["NOC_CLAIM_TOKEN"].as_str()] {
        alpha.claim_with(&noc, token).await.assert_refused(401, "unauthorized", None);
    }
    noc.destroy("alpha").await.assert_status(200);
    alpha.claim(&noc).await.assert_refused(404, "not_found", None);
    noc.pass(30 * 60_000).await;
    beta.claim(&noc).await.assert_refused(404, "not_found", None);
}

#[tokio::test]
async fn an_active_server_gives_its_secrets_to_nobody_else() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    machine.claim(&noc).await.assert_refused(403, "forbidden", None);
    let thief = Machine { nonce: "cd".repeat(32), ..noc.machine("alpha") };
    thief.claim(&noc).await.assert_refused(409, "claimed_already", None);
}

#[tokio::test]
async fn a_report_needs_its_servers_signature_a_right_clock_and_a_rising_counter() {
    let noc = TestApp::new();
    noc.deploy("alpha").await.assert_status(200);
    noc.deploy("beta").await.assert_status(200);
    let (alpha, beta) = (noc.machine("alpha"), noc.machine("beta"));
    let key = alpha.key(&noc).await;
    assert_eq!(key, derived_key(&noc, alpha.server_id()));
    let now = noc.app.clock.now().seconds();
    let signed = |counter, timestamp, key: &str| Signed {
        counter,
        timestamp,
        key: key.to_owned(),
        body: report_body(),
    };
    let send = async |signed: Signed| signed.send(&noc, alpha.server_id()).await;
    send(signed(5, now, &beta.key(&noc).await)).await.assert_refused(401, "unauthorized", None);
    send(signed(5, now, &"00".repeat(32))).await.assert_refused(401, "unauthorized", None);
    for off in [-301, 301] {
        let body = send(signed(5, now + off, &key)).await.assert_refused(401, "unauthorized", None);
        assert!(body["error"]["message"].as_str().unwrap().contains(&now.to_string()), "{body:#}");
    }
    assert_eq!(noc.get("/api/servers/alpha/status").await.json()["status"], "provisioning");
    send(signed(5, now - 299, &key)).await.assert_status(200);
    send(signed(5, now, &key)).await.assert_refused(409, "counter_does_not_rise", None);
    send(signed(4, now, &key)).await.assert_refused(409, "counter_does_not_rise", None);
    send(signed(6, now, &key)).await.assert_status(200);
    let unsigned = crate::support::json_request(http::Method::POST, "/api/agents/report");
    noc.send(unsigned, report_body().to_string()).await.assert_refused(401, "unauthorized", None);
}

#[tokio::test]
async fn a_report_is_bounded() {
    let noc = TestApp::new();
    let machine = noc.deploy_active("alpha").await;
    let line = |text: &str| json!({ "service": "api", "at": "2027-01-15T08:00:00Z", "line": text });
    let early = json!({ "service": "api", "at": "0001-01-01T00:00:00Z", "line": "x" });
    let send = async |counter, change: &dyn Fn(&mut Value)| {
        let mut body = report_body();
        change(&mut body);
        let timestamp = noc.app.clock.now().seconds();
        let key = derived_key(&noc, machine.server_id());
        Signed { counter, timestamp, key, body }.send(&noc, machine.server_id()).await
    };
    send(2, &|body| body["lines"] = json!(vec![line("x"); 201])).await.assert_refused(
        422,
        "invalid_field",
        Some("lines"),
    );
    send(2, &|body| body["lines"] = json!([early])).await.assert_refused(422, "invalid_field", Some("lines"));
    send(3, &|body| body["surprise"] = json!(1)).await.assert_refused(422, "invalid_field", Some("surprise"));
    send(4, &|body| body["lines"] = json!(vec![line(&"x".repeat(3_000)); 100])).await.assert_refused(
        413,
        "body_too_large",
        None,
    );
    send(5, &|body| body["lines"] = json!([line(&"y".repeat(3_000)), line("bell\u{7}")]))
        .await
        .assert_status(200);
    let logs = noc.get("/api/servers/alpha/logs").await.json();
    let lines = logs["lines"].as_array().unwrap();
    assert_eq!(lines[lines.len() - 2]["message"].as_str().unwrap().len(), 2_000);
    assert_eq!(lines[lines.len() - 1]["message"], "bell");
}
