//! `DELETE /api/servers/{name}`: what it removes, and what it refuses.

use noc_simulator::{Effect, Provider, Settings};
use serde_json::{Value, json};

use crate::support::{TestApp, cut_after, deploy_body, json_request};

#[tokio::test]
async fn a_destroy_removes_the_droplet_and_the_records_and_frees_the_name() {
    let noc = TestApp::new();
    let droplet = noc.deploy("alpha").await.json()["droplet_id"].clone();
    let body = noc.destroy("alpha").await.assert_status(200);
    assert_eq!(
        (&body["success"], &body["deleted_droplet"], &body["deleted_dns_records"]),
        (&json!(true), &droplet, &json!(3))
    );
    noc.assert_clean();
    assert_eq!(noc.get("/api/servers").await.json()["servers"], json!([]));
    noc.get("/api/servers/alpha/status").await.assert_refused(404, "not_found", None);
    noc.destroy("alpha").await.assert_refused(404, "not_found", None);
    noc.deploy("alpha").await.assert_status(200);
    noc.assert_one_server();
}

#[tokio::test]
async fn without_the_word_nothing_is_touched() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let path = "/api/servers/alpha";
    for body in
        [json!({}), json!({ "confirm": "destroy" }), json!({ "confirm": "" }), json!({ "confirm": true })]
    {
        noc.delete(path, &body).await.assert_refused(422, "invalid_field", Some("confirm"));
    }
    noc.delete(path, &json!(["DESTROY"])).await.assert_refused(400, "malformed_body", None);
    noc.send(http::Request::delete(path), "").await.assert_refused(422, "invalid_field", Some("confirm"));
    noc.delete(path, &json!({ "confirm": "DESTROY", "force": true })).await.assert_refused(
        422,
        "invalid_field",
        Some("force"),
    );
    noc.assert_one_server();
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "active");
}

#[tokio::test]
async fn a_server_that_is_missing_is_not_found() {
    let noc = TestApp::new();
    for name in ["nobody", "%2e%2e", "%ff", "' OR 1=1 --", &"x".repeat(300)] {
        let path = format!("/api/servers/{}", name.replace(' ', "%20").replace('\'', "%27"));
        noc.delete(&path, &json!({ "confirm": "DESTROY" })).await.assert_refused(404, "not_found", None);
    }
}

#[tokio::test]
async fn a_destroy_in_the_middle_of_a_deploy_ends_it_and_leaves_nothing() {
    // The address takes three seconds, and a lost answer to the create keeps that step busy for longer.
    for (after_ms, lose_the_create) in (0..12).map(|n| n * 700).flat_map(|ms| [(ms, false), (ms, true)]) {
        let noc = TestApp::new();
        if lose_the_create {
            noc.inject(Provider::DigitalOcean, "POST", "/droplets", 1, cut_after());
        }
        let request = json_request(http::Method::POST, "/api/deploy").header("prefer", "respond-async");
        let deploy = noc.send(request, deploy_body("alpha").to_string()).await.assert_status(202);
        noc.pass(after_ms).await;
        noc.destroy("alpha").await.assert_status(200);
        noc.pass(120_000).await;
        noc.assert_clean();
        let id = deploy["deployment_id"].as_str().unwrap();
        let deployment = noc.get(&format!("/api/deployments/{id}")).await.json();
        assert_eq!(deployment["status"], "superseded", "after {after_ms} ms: {deployment:#}");
        noc.get("/api/servers/alpha/status").await.assert_status(404);
    }
}

#[tokio::test]
async fn faults_that_pass_do_not_stop_a_destroy() {
    let cases = [
        (Provider::DigitalOcean, "DELETE", "/droplets", Effect::status(500)),
        (Provider::DigitalOcean, "DELETE", "/droplets", cut_after()),
        (Provider::DigitalOcean, "GET", "/droplets", Effect::too_many(2)),
        (Provider::Cloudflare, "POST", "/dns_records/batch", Effect::status(500)),
        (Provider::Cloudflare, "POST", "/dns_records/batch", cut_after()),
        (Provider::Cloudflare, "GET", "/dns_records", cut_after()),
    ];
    for (provider, method, path, effect) in cases {
        let what = format!("{method} {path}: {effect:?}");
        let noc = TestApp::with(Settings { delete_after_ms: 5_000, ..Settings::default() }, |_, value| value);
        let droplet = noc.deploy("alpha").await.json()["droplet_id"].clone();
        let fault = noc.inject(provider, method, path, 1, effect);
        let answer = noc.destroy("alpha").await;
        assert_eq!(noc.simulator.fired(fault), 1, "{what}");
        let body = answer.assert_status(200);
        assert_eq!((&body["deleted_droplet"], &body["deleted_dns_records"]), (&droplet, &json!(3)), "{what}");
        noc.assert_clean();
    }
}

#[tokio::test]
async fn what_was_removed_or_renamed_behind_nocs_back_does_not_stop_a_destroy() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let id = noc.simulator.ledger().droplets[0].id;
    assert!(noc.simulator.vanish_droplet(id));
    let body = noc.destroy("alpha").await.assert_status(200);
    assert_eq!(body["deleted_droplet"], id.to_string());
    noc.assert_clean();
}

#[tokio::test]
async fn a_destroy_that_is_refused_is_stuck_and_can_be_asked_for_again() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", 1, Effect::status(403));
    let body = noc.destroy("alpha").await.assert_refused(502, "provider_refused", None);
    let id = body["error"]["details"]["deployment_id"].as_str().unwrap();
    let deployment = noc.get(&format!("/api/deployments/{id}")).await.json();
    assert_eq!(
        (&deployment["status"], &deployment["leftovers"][0]["kind"]),
        (&json!("stuck"), &json!("droplet"))
    );
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "stuck");
    noc.destroy("alpha").await.assert_status(200);
    noc.assert_clean();
}

#[tokio::test]
async fn two_destroys_at_once_are_one() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let (one, other) = tokio::join!(noc.destroy("alpha"), noc.destroy("alpha"));
    assert_eq!(one.assert_status(200)["deployment_id"], other.assert_status(200)["deployment_id"]);
    noc.assert_clean();
}

#[tokio::test]
async fn a_destroy_that_is_asked_to_respond_at_once_says_where_to_follow() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let request = json_request(http::Method::DELETE, "/api/servers/alpha").header("prefer", "respond-async");
    let answer = noc.send(request, json!({ "confirm": "DESTROY" }).to_string()).await;
    assert_eq!(answer.assert_status(202)["deleted_droplet"], Value::Null);
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "destroying");
    noc.pass(30_000).await;
    assert_eq!(noc.get(answer.header("location").unwrap()).await.json()["status"], "succeeded");
    noc.assert_clean();
}

#[tokio::test]
async fn an_object_that_has_nothing_to_do_is_not_woken() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    // It watches for the agent's silence, and notices that once.
    noc.pass(60_000).await;
    assert_eq!(noc.alarms(), 1);
    noc.pass(300_000).await;
    assert_eq!(noc.alarms(), 0);
    noc.destroy("alpha").await.assert_status(200);
    noc.pass(60_000).await;
    assert_eq!(noc.alarms(), 0);
}
