//! A server from deploy to destroy.

use http::Method;
use noc_system_tests::{deploy_body, json_request};
use serde_json::{Value, json};

use crate::shared::shared;

#[test]
fn a_server_is_deployed_reports_and_is_destroyed() {
    let noc = shared();
    let answer = noc.deploy("whole");
    let body = answer.assert_status(200);
    let id = body["deployment_id"].as_str().unwrap();
    let ledger = noc.providers.ledger();
    let droplet = ledger.droplets.iter().find(|droplet| droplet.name == "whole").unwrap();
    let zone = noc.providers.settings().zone_name;
    let domains = ["whole", "whole-api", "whole-text-api"].map(|name| format!("{name}.{zone}"));
    let expected = json!({
        "success": true,
        "deployment_id": id,
        "droplet_id": droplet.id.to_string(),
        "droplet_ip": droplet.ip.unwrap().to_string(),
        "domains": domains,
    });
    assert_eq!(body, expected);
    assert_eq!(answer.header("location"), Some(format!("/api/deployments/{id}").as_str()));
    assert_eq!(noc.made("whole"), (1, 3));

    let listed = noc.get("/api/servers?search=whole").assert_status(200);
    let server = &listed["servers"][0];
    assert_eq!((&server["name"], &server["ip"]), (&json!("whole"), &body["droplet_ip"]));
    assert_eq!(server["domains"], json!(domains));

    let status = noc.wait_until_active("whole");
    assert!(status["uptime"].is_u64(), "{status:#}");
    let services: Vec<_> = status["services"].as_object().unwrap().keys().collect();
    assert_eq!(services, ["api", "rabbitmq", "redis", "texting"]);
    let deployment = noc.wait_until_ended(id);
    assert_eq!(deployment["status"], "succeeded");
    let steps = deployment["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["status"] == "done"), "{deployment:#}");
    assert_eq!(steps.len(), 7);

    let destroyed = noc.destroy("whole").assert_status(200);
    let expected = json!({
        "success": true,
        "deployment_id": destroyed["deployment_id"],
        "deleted_droplet": droplet.id.to_string(),
        "deleted_dns_records": 3,
    });
    assert_eq!(destroyed, expected);
    assert_eq!(noc.made("whole"), (0, 0));
    noc.get("/api/servers/whole/status").assert_refused(404, "not_found", None);
    assert_eq!(noc.get("/api/servers?search=whole").assert_status(200)["servers"], json!([]));
}

#[test]
fn a_deploy_can_wait_until_the_server_is_active() {
    let noc = shared();
    let body = noc.post("/api/deploy?wait=active", &deploy_body("patient")).assert_status(200);
    let path = format!("/api/deployments/{}", body["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&path).assert_status(200)["status"], "succeeded");
    assert_eq!(noc.get("/api/servers/patient/status").assert_status(200)["status"], "active");
    noc.destroy("patient").assert_status(200);
    assert_eq!(noc.made("patient"), (0, 0));
}

#[test]
fn deploy_and_destroy_can_answer_at_once_and_say_where_to_follow() {
    let noc = shared();
    let ask = |method: Method, path: &str, body: Value| {
        let request = json_request(method, path).header("prefer", "respond-async");
        let answer = noc.send(request, body.to_string());
        answer.assert_status(202);
        assert_eq!(answer.header("preference-applied"), Some("respond-async"));
        answer.header("location").unwrap().strip_prefix("/api/deployments/").unwrap().to_owned()
    };
    let deploy = ask(Method::POST, "/api/deploy", deploy_body("hasty"));
    assert_eq!(noc.wait_until_ended(&deploy)["status"], "succeeded");
    assert_eq!(noc.made("hasty"), (1, 3));
    let destroy = ask(Method::DELETE, "/api/servers/hasty", json!({ "confirm": "DESTROY" }));
    assert_eq!(noc.wait_until_ended(&destroy)["status"], "succeeded");
    assert_eq!(noc.made("hasty"), (0, 0));
}
