//! Cancelling a deployment, and having one go on.

use noc_simulator::{Effect, Provider};
use serde_json::{Value, json};

use crate::applications::{TEMPLATE, own};
use crate::support::{TestApp, cut_after, deploy_body, json_request};

async fn begin(noc: &TestApp, name: &str) -> String {
    let request = json_request(http::Method::POST, "/api/deploy").header("prefer", "respond-async");
    let answer = noc.send(request, deploy_body(name).to_string()).await.assert_status(202);
    answer["deployment_id"].as_str().unwrap().to_owned()
}

async fn shown(noc: &TestApp, id: &str) -> Value {
    noc.get(&format!("/api/deployments/{id}")).await.assert_status(200)
}

#[tokio::test]
async fn a_deploy_that_is_cancelled_anywhere_is_undone_and_frees_the_name() {
    for (after_ms, lose_the_create) in (0..12).map(|n| n * 700).flat_map(|ms| [(ms, false), (ms, true)]) {
        let noc = TestApp::new();
        if lose_the_create {
            noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, cut_after());
        }
        let id = begin(&noc, "alpha").await;
        noc.pass(after_ms).await;
        let cancel = format!("/api/deployments/{id}/cancel");
        noc.post(&cancel, &json!({})).await.assert_status(202);
        noc.post(&cancel, &json!({})).await;
        noc.pass(120_000).await;
        noc.assert_clean();
        let deployment = shown(&noc, &id).await;
        assert_eq!(deployment["status"], "unwound", "after {after_ms} ms: {deployment:#}");
        assert_eq!(deployment["failure"]["code"], "cancelled", "after {after_ms} ms: {deployment:#}");
        noc.post(&cancel, &json!({})).await.assert_status(200);
        noc.deploy("alpha").await.assert_status(200);
    }
}

#[tokio::test]
async fn what_has_succeeded_or_only_goes_forward_is_not_cancelled() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let newest = async || noc.get("/api/deployments").await.json()["deployments"][0]["id"].clone();
    let cancel = |id: &Value| format!("/api/deployments/{}/cancel", id.as_str().unwrap());
    noc.post(&cancel(&newest().await), &json!({})).await.assert_refused(409, "not_possible_now", None);
    noc.destroy("alpha").await.assert_status(200);
    noc.post(&cancel(&newest().await), &json!({})).await.assert_refused(409, "not_possible_now", None);
    let missing = format!("/api/deployments/dep_{}/cancel", "0".repeat(24));
    noc.post(&missing, &json!({})).await.assert_refused(404, "not_found", None);
}

#[tokio::test]
async fn a_deployment_that_is_stuck_goes_on_when_it_is_retried() {
    let noc = TestApp::new();
    noc.inject(Provider::Cloudflare, "POST", "/dns_records/batch", 1, Effect::status(400));
    noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", 2, Effect::status(403));
    let body = noc.deploy("alpha").await.assert_status(502);
    let id = body["error"]["details"]["deployment_id"].as_str().unwrap().to_owned();
    let retry = format!("/api/deployments/{id}/retry");
    assert_eq!(shown(&noc, &id).await["status"], "stuck");
    noc.post(&retry, &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    assert_eq!(shown(&noc, &id).await["status"], "stuck", "it is refused once more");
    noc.post(&retry, &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    let deployment = shown(&noc, &id).await;
    assert_eq!((&deployment["status"], &deployment["leftovers"]), (&json!("unwound"), &json!([])));
    noc.assert_clean();
}

#[tokio::test]
async fn a_destroy_that_is_stuck_goes_on_when_it_is_retried() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", 1, Effect::status(403));
    let body = noc.destroy("alpha").await.assert_status(502);
    let id = body["error"]["details"]["deployment_id"].as_str().unwrap().to_owned();
    noc.post(&format!("/api/deployments/{id}/retry"), &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    assert_eq!(shown(&noc, &id).await["status"], "succeeded");
    noc.assert_clean();
    assert_eq!(noc.get("/api/servers").await.json()["servers"], json!([]));
}

#[tokio::test]
async fn a_deploy_that_was_undone_begins_again_once_however_often_that_is_asked() {
    let noc = TestApp::new();
    noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, Effect::status(422));
    let body = noc.deploy("alpha").await.assert_status(502);
    let id = body["error"]["details"]["deployment_id"].as_str().unwrap().to_owned();
    let retry = format!("/api/deployments/{id}/retry");
    let first = noc.post(&retry, &json!({})).await;
    let again = noc.post(&retry, &json!({})).await;
    let new = first.assert_status(202)["id"].clone();
    assert_eq!(again.assert_status(202)["id"], new);
    assert_ne!(new, json!(id));
    assert_eq!(
        first.header("location"),
        Some(format!("/api/deployments/{}", new.as_str().unwrap()).as_str())
    );
    noc.pass(30_000).await;
    noc.assert_one_server();
    assert_eq!(noc.get("/api/deployments").await.json()["deployments"].as_array().unwrap().len(), 2);
    noc.post(&format!("/api/deployments/{}/cancel", new.as_str().unwrap()), &json!({}))
        .await
        .assert_status(202);
    noc.pass(60_000).await;
    noc.assert_clean();
}

#[tokio::test]
async fn a_deploy_that_begins_again_has_the_keys_of_today_and_no_template_of_yesterday() {
    let noc = TestApp::new();
    let key = json!({ "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD" });
    noc.put("/api/ssh-keys/intruder", &key).await.assert_status(200);
    let undone = async |name: &str, application: &str| {
        noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, Effect::status(422));
        let mut body = deploy_body(name);
        body["application"] = json!(application);
        let body = noc.post("/api/deploy", &body).await.assert_status(502);
        format!("/api/deployments/{}/retry", body["error"]["details"]["deployment_id"].as_str().unwrap())
    };
    let retry = undone("alpha", "blank").await;
    noc.delete("/api/ssh-keys/intruder", &json!({})).await.assert_status(204);
    noc.post(&retry, &json!({})).await.assert_status(202);
    noc.pass(30_000).await;
    assert!(!noc.user_data("alpha").contains("AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD"));

    noc.put("/api/applications/ours", &own(TEMPLATE)).await.assert_status(200);
    let retry = undone("bravo", "ours").await;
    noc.delete("/api/applications/ours", &json!({})).await.assert_status(204);
    noc.post(&retry, &json!({})).await.assert_refused(409, "not_possible_now", None);
}

#[tokio::test]
async fn each_step_shows_its_attempts_what_it_waits_for_and_what_shows_that_it_is_done() {
    let noc = TestApp::new();
    noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, Effect::status(503));
    let id = begin(&noc, "alpha").await;
    let step = async |name: &str| {
        let steps = shown(&noc, &id).await["steps"].clone();
        steps.as_array().unwrap().iter().find(|step| step["name"] == name).unwrap().clone()
    };
    noc.pass(100).await;
    let create = step("create_droplet").await;
    assert_eq!((&create["status"], &create["attempts"]), (&json!("running"), &json!(1)), "{create:#}");
    assert!(create["next_attempt_at"].is_string() && create["deadline_at"].is_string(), "{create:#}");
    assert!(create["error"].as_str().unwrap().contains("503"), "{create:#}");
    assert_eq!(create["evidence"], json!({}));
    noc.pass(120_000).await;
    let (create, address) = (step("create_droplet").await, step("wait_for_address").await);
    let droplet = &noc.simulator.ledger().droplets[0];
    assert_eq!(create["evidence"], json!({ "droplet_id": droplet.id.to_string() }), "{create:#}");
    assert!(create["attempts"].as_u64() > Some(1), "{create:#}");
    assert_eq!(address["evidence"], json!({ "ip": droplet.ip.unwrap().to_string() }), "{address:#}");
    let agent = step("wait_for_agent").await;
    assert_eq!(agent["status"], "waiting");
    assert_eq!(agent["waiting_for"], "the machine's agent to report for the first time");
    // What shows that the secrets are there is their names.
    assert_eq!(
        step("read_secrets").await["evidence"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["names"]
    );
}
