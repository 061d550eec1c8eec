//! Deploys over providers that fail: nothing is made twice, nothing is left, and the reason is told.

use noc_simulator::{Effect, Provider, Settings};
use serde_json::json;

use crate::support::{TestApp, cut_after, deploy_body};

const CREATE: (Provider, &str, &str) = (Provider::DigitalOcean, "POST", "/droplets");
const BATCH: (Provider, &str, &str) = (Provider::Cloudflare, "POST", "/dns_records/batch");
const LOGIN: (Provider, &str, &str) = (Provider::Infisical, "POST", "/login");

#[tokio::test]
async fn a_fault_that_passes_is_waited_out_and_nothing_is_made_twice() {
    let hang = || Effect::Hang { hang_ms: 600_000, after: true };
    let cases = [
        (LOGIN, Effect::status(500)),
        (LOGIN, cut_after()),
        (CREATE, Effect::status(500)),
        (CREATE, Effect::too_many(3)),
        (CREATE, cut_after()),
        (CREATE, hang()),
        (BATCH, Effect::status(503)),
        (BATCH, Effect::too_many(3)),
        (BATCH, cut_after()),
        (BATCH, hang()),
    ];
    for ((provider, method, path), effect) in cases {
        let what = format!("{method} {path}: {effect:?}");
        let noc = TestApp::new();
        let fault = noc.inject(provider, method, path, 1, effect);
        let answer = noc.deploy("alpha").await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        assert_eq!(noc.simulator.fired(fault), 1, "{what}");
        noc.assert_one_server();
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_providers_own_words_and_everything_is_undone() {
    let refused = |status, body| Effect::Status { status, retry_after: None, body: Some(body) };
    let limit =
        json!({ "id": "unprocessable_entity", "message": "droplet limit reached", "request_id": "r-1" });
    let quota = json!({
        "success": false, "errors": [{ "code": 81045, "message": "quota exceeded" }], "messages": [], "result": null,
    });
    let denied = json!({ "reqId": "i-1", "statusCode": 401, "message": "Invalid credentials", "error": "Unauthorized" });
    let cases = [
        (CREATE, refused(422, limit), "digitalocean", "droplet limit reached", "r-1"),
        // Cloudflare names the request in a header.
        (BATCH, refused(400, quota), "cloudflare", "quota exceeded", "-SIM"),
        (LOGIN, refused(401, denied), "infisical", "Invalid credentials", "i-1"),
    ];
    for ((provider, method, path), effect, name, message, request_id) in cases {
        let noc = TestApp::new();
        noc.inject(provider, method, path, u64::MAX, effect);
        let body = noc.deploy("alpha").await.assert_refused(502, "provider_refused", None);
        let details = &body["error"]["details"];
        assert_eq!(details["provider"]["provider"], name, "{body:#}");
        assert_eq!(details["provider"]["message"], message, "{body:#}");
        assert!(details["provider"]["request_id"].as_str().unwrap().ends_with(request_id), "{body:#}");
        noc.pass(60_000).await;
        noc.assert_clean();
        let id = details["deployment_id"].as_str().unwrap();
        assert_eq!(noc.get(&format!("/api/deployments/{id}")).await.json()["status"], "unwound");
    }
}

#[tokio::test]
async fn a_provider_that_repeats_the_token_does_not_get_it_shown() {
    let noc = TestApp::new();
    let token = noc.simulator.settings().digitalocean_token;
    let body = json!({ "id": "unauthorized", "message": format!("the token {token} is no good") });
    let effect = Effect::Status { status: 401, retry_after: None, body: Some(body) };
    noc.inject(Provider::DigitalOcean, "POST", "/droplets", 9, effect);
    let answer = noc.deploy("alpha").await;
    let body = answer.assert_refused(502, "provider_refused", None);
    assert_eq!(body["error"]["details"]["provider"]["message"], "the token (secret) is no good");
    let id = body["error"]["details"]["deployment_id"].as_str().unwrap();
    for path in [format!("/api/deployments/{id}"), format!("/api/deployments/{id}/events")] {
        assert!(!noc.get(&path).await.text().contains(&token), "{path}");
    }
    assert!(!noc.log.all().contains(&token));
}

#[tokio::test]
async fn a_record_that_somebody_else_made_is_not_touched() {
    // What stands there, and whether it takes visitors away.
    let cases = [
        ("A", "203.0.113.9", true),
        ("AAAA", "2001:db8::9", true),
        ("CNAME", "elsewhere.test", true),
        ("NS", "ns.elsewhere.test", true),
        ("TXT", "\"verified\"", false),
        ("CAA", "0 issue \"letsencrypt.org\"", false),
    ];
    for (kind, content, is_in_the_way) in cases {
        let noc = TestApp::new();
        let name = format!("alpha-api.{}", noc.simulator.settings().zone_name);
        noc.somebodys_record(&name, kind, content);
        let answer = noc.deploy("alpha").await;
        if is_in_the_way {
            let body = answer.assert_refused(409, "domain_taken", None);
            assert!(body["error"]["message"].as_str().unwrap().contains(kind), "{body:#}");
        } else {
            answer.assert_status(200);
            noc.assert_one_server();
            noc.destroy("alpha").await.assert_status(200);
        }
        noc.pass(60_000).await;
        noc.assert_clean();
        let left = noc.simulator.ledger().dns_records.into_iter().filter(|record| record.name == name);
        let left: Vec<_> = left.map(|record| (record.kind, record.content)).collect();
        assert_eq!(left, [(kind.to_owned(), content.to_owned())]);
    }
}

#[tokio::test]
async fn a_secret_that_is_missing_or_hidden_is_named_before_anything_is_made() {
    let mut settings = Settings::default();
    settings.secrets.retain(|secret| !(secret.environment == "prod" && secret.key == "RABBITMQ_USER"));
    let noc = TestApp::with(settings, |_, value| value);
    let body = noc.deploy("alpha").await.assert_refused(409, "secret_missing", None);
    assert!(body["error"]["message"].as_str().unwrap().contains("RABBITMQ_USER"), "{body:#}");
    assert!(
        noc.simulator
            .calls()
            .iter()
            .all(|call| !(call.method == "POST" && call.target.contains("/droplets")))
    );
}

#[tokio::test]
async fn a_droplet_that_vanishes_before_it_has_an_address_ends_the_deploy() {
    let noc = TestApp::new();
    let deploy = noc.deploy("alpha");
    let vanish = async {
        while noc.simulator.ledger().counts.droplets == 0 {
            noc.pass(100).await;
        }
        let id = noc.simulator.ledger().droplets[0].id;
        assert!(noc.simulator.vanish_droplet(id));
    };
    let (answer, ()) = tokio::join!(deploy, vanish);
    answer.assert_refused(502, "provider_refused", None);
    noc.pass(60_000).await;
    noc.assert_clean();
}

#[tokio::test]
async fn an_object_that_is_lost_out_of_memory_goes_on_where_it_was() {
    let noc = TestApp::new();
    let request =
        crate::support::json_request(http::Method::POST, "/api/deploy").header("prefer", "respond-async");
    let id = noc.send(request, deploy_body("alpha").to_string()).await.json()["deployment_id"].clone();
    for _ in 0..60 {
        noc.forget_objects();
        noc.pass(200).await;
    }
    noc.assert_one_server();
    let deployment = noc.get(&format!("/api/deployments/{}", id.as_str().unwrap())).await.json();
    assert_eq!(deployment["step"], "wait_for_agent", "{deployment:#}");
}

#[tokio::test]
async fn an_undo_that_is_refused_leaves_the_deployment_stuck_and_a_destroy_goes_on_from_there() {
    let noc = TestApp::new();
    let refuse = |message: &str| Effect::Status {
        status: 403,
        retry_after: None,
        body: Some(json!({ "id": "forbidden", "message": message })),
    };
    noc.inject(Provider::Cloudflare, "POST", "/dns_records/batch", 1, refuse("no"));
    let undo = noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", 1, refuse("not this one"));
    let body = noc.deploy("alpha").await.assert_status(502);
    noc.pass(60_000).await;
    assert_eq!(noc.simulator.fired(undo), 1);
    let id = body["error"]["details"]["deployment_id"].as_str().unwrap();
    let deployment = noc.get(&format!("/api/deployments/{id}")).await.json();
    assert_eq!(deployment["status"], "stuck");
    let droplet = noc.simulator.ledger().droplets[0].id.to_string();
    let leftovers = deployment["leftovers"].as_array().unwrap();
    let left = |kind: &str| leftovers.iter().find(|left| left["kind"] == kind).unwrap();
    assert_eq!((&left("droplet")["id"], &left("droplet")["price_monthly"]), (&json!(droplet), &json!(24)));
    // Nobody else may have the domains while something of this server is left.
    assert_eq!(left("domain_reservation")["provider"], "noc");
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "stuck");
    noc.deploy("alpha").await.assert_refused(409, "name_taken", Some("server_name"));
    noc.destroy("alpha").await.assert_status(200);
    noc.assert_clean();
    noc.deploy("alpha").await.assert_status(200);
}

#[tokio::test]
async fn a_deploy_that_takes_too_long_answers_with_what_is_known() {
    let noc = TestApp::with(Settings { address_after_ms: 200_000, ..Settings::default() }, |_, value| value);
    let answer = noc.deploy("alpha").await;
    let body = answer.assert_status(202);
    assert!(body["droplet_id"].is_string() && body["droplet_ip"].is_null(), "{body:#}");
    noc.pass(200_000).await;
    noc.assert_one_server();
}

/// The provider's list does not show what it has made yet.
fn blind(noc: &TestApp, looks: u64) {
    let nothing = json!({ "droplets": [], "links": {}, "meta": { "total": 0 } });
    let effect = Effect::Status { status: 200, retry_after: None, body: Some(nothing) };
    noc.inject(Provider::DigitalOcean, "GET", "tag_name", looks, effect);
}

#[tokio::test]
async fn a_droplet_of_a_lost_answer_that_shows_late_is_adopted_and_not_made_again() {
    for looks in [1, 2, 6] {
        let noc = TestApp::new();
        let create = noc.inject(CREATE.0, CREATE.1, CREATE.2, 1, cut_after());
        blind(&noc, looks);
        noc.deploy("alpha").await.assert_status(200);
        assert_eq!(noc.simulator.fired(create), 1);
        noc.assert_one_server();
    }
}

#[tokio::test]
async fn a_droplet_that_is_not_shown_right_after_it_was_made_is_waited_for() {
    let noc = TestApp::new();
    noc.inject(Provider::DigitalOcean, "GET", "/droplets/", 3, Effect::status(404));
    noc.deploy("alpha").await.assert_status(200);
    noc.assert_one_server();
}

#[tokio::test]
async fn a_droplet_that_shows_late_is_not_left_behind_by_an_undo_or_a_destroy() {
    let noc = TestApp::new();
    noc.inject(CREATE.0, CREATE.1, CREATE.2, 1, cut_after());
    blind(&noc, 2);
    let request =
        crate::support::json_request(http::Method::POST, "/api/deploy").header("prefer", "respond-async");
    noc.send(request, deploy_body("alpha").to_string()).await.assert_status(202);
    noc.pass(10).await;
    noc.destroy("alpha").await.assert_status(200);
    noc.assert_clean();
}

#[tokio::test]
async fn records_of_a_lost_answer_that_show_late_are_not_made_again() {
    let noc = TestApp::new();
    let batch = noc.inject(BATCH.0, BATCH.1, BATCH.2, 1, cut_after());
    let nothing = json!({ "success": true, "errors": [], "messages": [], "result": [],
        "result_info": { "page": 1, "per_page": 50, "count": 0, "total_count": 0 } });
    let effect = Effect::Status { status: 200, retry_after: None, body: Some(nothing) };
    // The three looks before the batch, and the three after it.
    noc.inject(Provider::Cloudflare, "GET", "name.exact", 6, effect);
    noc.deploy("alpha").await.assert_status(200);
    assert_eq!(noc.simulator.fired(batch), 1);
    noc.assert_one_server();
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_does_not_get_into_any_story() {
    let noc = TestApp::new();
    let body = json!({ "secrets": ["hunter2-hunter2"], "accessToken": 12_345_678 });
    let effect = Effect::Status { status: 200, retry_after: None, body: Some(body) };
    noc.inject(Provider::Infisical, "GET", "/v4/secrets", u64::MAX, effect);
    let request =
        crate::support::json_request(http::Method::POST, "/api/deploy").header("prefer", "respond-async");
    let id = noc.send(request, deploy_body("alpha").to_string()).await.json()["deployment_id"].clone();
    noc.pass(6 * 60_000).await;
    let id = id.as_str().unwrap();
    for path in [format!("/api/deployments/{id}"), format!("/api/deployments/{id}/events")] {
        let text = noc.get(&path).await.text();
        assert!(text.contains("not what it should be") && !text.contains("hunter2"), "{text}");
    }
    assert!(!noc.log.all().contains("hunter2"));
}

#[tokio::test]
async fn a_failure_is_told_as_what_it_is_while_it_is_still_being_undone() {
    let noc = TestApp::new();
    noc.inject(BATCH.0, BATCH.1, BATCH.2, 1, Effect::status(400));
    noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", u64::MAX, Effect::status(500));
    let body = noc.deploy("alpha").await.assert_refused(502, "provider_refused", None);
    assert!(body["error"]["message"].as_str().unwrap().contains("is being undone"), "{body:#}");
    noc.simulator.clear_faults();
    noc.pass(120_000).await;
    noc.assert_clean();
}
