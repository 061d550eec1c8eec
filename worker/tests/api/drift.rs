//! Drift: what is told of it, and what is done about it.

use noc_simulator::{Effect, Provider};
use noc_worker::{
    drift,
    ports::{Param, Statement},
};
use serde_json::{Value, json};

use crate::support::{TestApp, json_request};

#[tokio::test]
async fn what_is_as_it_was_made_does_not_drift() {
    let (noc, _) = TestApp::with_one_server().await;
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
    let listed = noc.get("/api/drift").await.json();
    for swept in ["droplets_swept_at", "dns_records_swept_at"] {
        assert!(listed[swept].is_string(), "{listed:#}");
    }
}

#[tokio::test]
async fn each_kind_of_drift_is_told_field_by_field_and_goes_when_it_is_over() {
    let (noc, domain) = TestApp::with_one_server().await;
    let droplet = noc.droplet();
    let server = noc.server_id().await;
    let ip = noc.get("/api/servers/alpha/status").await.json()["ip"].as_str().unwrap().to_owned();
    let record = noc.record(&domain);
    let changed = |content: &str, proxied: bool, comment: Option<&str>| json!({ "name": domain, "type": "A", "ttl": 1, "content": content, "proxied": proxied, "comment": comment });
    let comment = record.comment.clone();
    let put = |body: &Value| noc.in_the_zone("PUT", &format!("/{}", record.id), body);
    let extra = "an id";
    // What somebody does, what is told of it, and how it is undone.
    put(&changed("203.0.113.9", true, comment.as_deref()));
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["dns_content", &format!("{domain} content"), &ip, "203.0.113.9"]]);
    let since = noc.drifts().await[0]["since"].clone();
    put(&changed(&ip, false, comment.as_deref()));
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["dns_proxied", &format!("{domain} proxied"), "proxied", "not proxied"]]
    );
    put(&changed(&ip, true, Some("mine")));
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["dns_content", &format!("{domain} comment"), &format!("noc {server}"), "mine"]]
    );
    put(&changed(&ip, true, comment.as_deref()));
    let second = noc.in_the_zone("POST", "", &changed("203.0.113.10", true, None));
    let second = second["result"]["id"].as_str().unwrap_or(extra).to_owned();
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["dns_extra", &format!("{domain} A {second}"), "-", "203.0.113.10"]]
    );
    noc.in_the_zone("DELETE", &format!("/{second}"), &Value::Null);
    noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["dns_missing", &domain, &ip, "-"]]);
    noc.sweep().await;
    assert!(noc.drifts().await[0]["since"].as_str() > since.as_str());
    assert_eq!(noc.drifts().await[0]["policy"], "report");
    noc.in_the_zone("POST", "", &changed(&ip, true, comment.as_deref()));
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &json!({ "type": "power_off" }));
    noc.at_digitalocean(
        "DELETE",
        "/tags/noc/resources",
        &json!({ "resources": [{ "resource_id": droplet.to_string(), "resource_type": "droplet" }] }),
    );
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["power", "droplet power", "on", "off"], ["tags", "droplet tag noc", "noc", "-"]]
    );
    let resize = json!({ "type": "resize", "size": "s-4vcpu-8gb" });
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &resize);
    noc.pass(60_000).await;
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &json!({ "type": "power_on" }));
    noc.sweep().await;
    assert_eq!(
        noc.differences().await,
        [["size", "droplet size", "s-2vcpu-4gb", "s-4vcpu-8gb"], ["tags", "droplet tag noc", "noc", "-"]]
    );
    assert!(noc.simulator.vanish_droplet(droplet));
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["droplet_missing", "droplet", &droplet.to_string(), "-"]]);
    noc.destroy("alpha").await.assert_status(200);
    noc.tick().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
}

#[tokio::test]
async fn a_policy_has_a_repair_mend_the_drift_and_only_that() {
    let (noc, domain) = TestApp::with_one_server().await;
    let droplet = noc.droplet();
    let record = noc.record(&domain);
    noc.set_policies(&json!({ "power": "fix", "dns_missing": "fix", "tags": "ignore" }))
        .await
        .assert_status(200);
    noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    noc.at_digitalocean("POST", &format!("/droplets/{droplet}/actions"), &json!({ "type": "power_off" }));
    let other = noc.get("/api/servers/alpha/status").await.json()["domains"][1].as_str().unwrap().to_owned();
    let unproxied = noc.record(&other);
    let body = json!({ "name": other, "type": "A", "ttl": 1, "content": unproxied.content, "proxied": false,
        "comment": unproxied.comment });
    noc.in_the_zone("PUT", &format!("/{}", unproxied.id), &body);
    noc.sweep().await;
    noc.sweep().await;
    let left: Vec<String> = noc.differences().await.into_iter().map(|[kind, ..]| kind).collect();
    assert_eq!(left, ["dns_proxied"], "what is only reported is not touched");
    assert_eq!(noc.record(&domain).content, record.content);
    let deployments = noc.get("/api/deployments").await.json()["deployments"].clone();
    assert_eq!((&deployments[0]["saga"], &deployments[0]["status"]), (&json!("repair"), &json!("succeeded")));
    // It stands, though its machine says nothing here.
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "unreachable");
    // Whoever asks for it has the rest mended, too.
    let begun = noc.post("/api/servers/alpha/repair", &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    let path = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&path).await.json()["status"], "succeeded");
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    noc.destroy("alpha").await.assert_status(200);
    noc.assert_clean();
}

#[tokio::test]
async fn a_repair_that_cannot_mend_says_why_and_leaves_the_server_what_it_is() {
    let (noc, domain) = TestApp::with_one_server().await;
    let body = json!({ "name": domain, "type": "AAAA", "ttl": 1, "content": "2001:db8::1", "proxied": true });
    noc.in_the_zone("POST", "", &body);
    let begun = noc.post("/api/servers/alpha/repair", &json!({ "kinds": ["dns_extra"] })).await;
    let begun = begun.assert_status(202);
    noc.pass(60_000).await;
    let path = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    let repair = noc.get(&path).await.json();
    assert_eq!((&repair["status"], &repair["failure"]["code"]), (&json!("stuck"), &json!("domain_taken")));
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "active");
    noc.post(&format!("{path}/cancel"), &json!({})).await.assert_refused(409, "not_possible_now", None);
    // It mends what there is to mend when it is asked to go on.
    let foreign =
        noc.simulator.ledger().dns_records.into_iter().find(|record| record.kind == "AAAA").unwrap();
    noc.in_the_zone("DELETE", &format!("/{}", foreign.id), &Value::Null);
    noc.post(&format!("{path}/retry"), &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    assert_eq!(noc.get(&path).await.json()["status"], "succeeded");
}

#[tokio::test]
async fn only_a_server_that_is_there_is_repaired_and_only_what_can_be() {
    let (noc, _) = TestApp::with_one_server().await;
    noc.post("/api/servers/nobody/repair", &json!({})).await.assert_refused(404, "not_found", None);
    for kinds in [json!(["size"]), json!([])] {
        let body = json!({ "kinds": kinds });
        noc.post("/api/servers/alpha/repair", &body).await.assert_refused(
            422,
            "invalid_field",
            Some("kinds"),
        );
    }
    for (policies, field) in [
        (json!({ "size": "fix" }), "policies.size"),
        (json!({ "droplet_missing": "fix" }), "policies.droplet_missing"),
    ] {
        let request = json_request(http::Method::PUT, "/api/drift/policies");
        let answer = noc.send(request, json!({ "policies": policies }).to_string()).await;
        answer.assert_refused(422, "invalid_field", Some(field));
    }
    noc.inject(Provider::DigitalOcean, "DELETE", "/droplets", 9, Effect::status(403));
    noc.destroy("alpha").await.assert_status(502);
    noc.post("/api/servers/alpha/repair", &json!({})).await.assert_refused(409, "not_possible_now", None);
}

#[tokio::test]
async fn a_record_in_the_way_is_told_once_and_the_repair_is_left_alone_for_six_hours() {
    let (noc, domain) = TestApp::with_one_server().await;
    noc.set_policies(&json!({ "dns_missing": "fix" })).await.assert_status(200);
    noc.in_the_zone("DELETE", &format!("/{}", noc.record(&domain).id), &Value::Null);
    let theirs = json!({ "name": domain, "type": "A", "ttl": 1, "content": "203.0.113.9" });
    noc.in_the_zone("POST", "", &theirs);
    let repairs = async || {
        let listed = noc.get("/api/deployments?limit=500").await.json();
        let listed = listed["deployments"].as_array().unwrap().clone();
        let repairs: Vec<Value> = listed.into_iter().filter(|one| one["saga"] == "repair").collect();
        assert!(repairs.iter().all(|repair| repair["status"] == "stuck"), "{repairs:#?}");
        repairs.len()
    };
    for _ in 0..8 {
        noc.sweep().await;
    }
    assert_eq!(repairs().await, 1);
    let since = noc.drifts().await[0]["since"].clone();
    noc.pass(6 * 3_600_000).await;
    noc.sweep().await;
    assert_eq!((repairs().await, &noc.drifts().await[0]["since"]), (2, &since));
}

#[tokio::test]
async fn what_drifts_again_after_it_was_mended_is_left_alone_for_six_hours_and_other_kinds_are_not() {
    let (noc, domain) = TestApp::with_one_server().await;
    noc.set_policies(&json!({ "power": "fix", "dns_missing": "fix" })).await.assert_status(200);
    let power_off = || {
        let path = format!("/droplets/{}/actions", noc.droplet());
        noc.at_digitalocean("POST", &path, &json!({ "type": "power_off" }))
    };
    let repairs = async || {
        let listed = noc.get("/api/deployments?limit=500").await.json();
        let listed = listed["deployments"].as_array().unwrap().clone();
        let repairs: Vec<Value> = listed.into_iter().filter(|one| one["saga"] == "repair").collect();
        assert!(repairs.iter().all(|repair| repair["status"] == "succeeded"), "{repairs:#?}");
        repairs.len()
    };
    power_off();
    noc.sweep().await;
    noc.sweep().await;
    assert_eq!((repairs().await, noc.differences().await.len()), (1, 0), "the first is mended at once");
    power_off();
    for _ in 0..4 {
        noc.sweep().await;
    }
    assert_eq!((repairs().await, noc.differences().await.len()), (1, 1), "somebody wants it off");
    noc.in_the_zone("DELETE", &format!("/{}", noc.record(&domain).id), &Value::Null);
    noc.sweep().await;
    noc.sweep().await;
    assert_eq!(repairs().await, 2);
    assert_eq!(noc.differences().await, [["power", "droplet power", "on", "off"]]);
    noc.pass(6 * 3_600_000).await;
    noc.sweep().await;
    noc.sweep().await;
    assert_eq!((repairs().await, noc.differences().await.len()), (3, 0));
}

#[tokio::test]
async fn what_takes_no_visitors_away_does_not_stand_in_the_way_and_a_record_made_by_hand_is_marked() {
    let (noc, domain) = TestApp::with_one_server().await;
    let record = noc.record(&domain);
    let text = json!({ "name": domain, "type": "TXT", "ttl": 1, "content": "\"verified\"" });
    noc.in_the_zone("POST", "", &text);
    noc.in_the_zone("DELETE", &format!("/{}", record.id), &Value::Null);
    let by_hand =
        json!({ "name": domain, "type": "A", "ttl": 1, "content": record.content, "proxied": true });
    noc.in_the_zone("POST", "", &by_hand);
    let begun = noc.post("/api/servers/alpha/repair", &json!({})).await.assert_status(202);
    noc.pass(60_000).await;
    let path = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&path).await.json()["status"], "succeeded");
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    noc.destroy("alpha").await.assert_status(200);
    let left = noc.simulator.ledger().dns_records.into_iter().filter(|record| record.name == domain);
    assert_eq!(left.map(|record| record.kind).collect::<Vec<_>>(), ["TXT"]);
}

#[tokio::test]
async fn a_repair_of_other_things_is_not_taken_for_the_one_that_is_under_way() {
    let (noc, _) = TestApp::with_one_server().await;
    let power_off = json!({ "type": "power_off" });
    noc.at_digitalocean("POST", &format!("/droplets/{}/actions", noc.droplet()), &power_off);
    noc.pass(60_000).await;
    let repair = async |kinds: Value| noc.post("/api/servers/alpha/repair", &json!({ "kinds": kinds })).await;
    let first = repair(json!(["power", "tags"])).await.assert_status(202);
    let again = repair(json!(["power"])).await.assert_status(202);
    assert_eq!(first["deployment_id"], again["deployment_id"]);
    repair(json!(["dns_missing"])).await.assert_refused(409, "not_possible_now", None);
    noc.pass(60_000).await;
    repair(json!(["dns_missing"])).await.assert_status(202);
}

#[tokio::test]
async fn repairs_that_fail_hold_up_neither_other_servers_nor_other_organizations() {
    let noc = TestApp::new();
    let database = &*noc.app.database;
    let run = async |sql: &'static str, params: Vec<Param>| {
        database.query(Statement::new(sql, params)).await.unwrap()
    };
    let organization = |name: &str| format!("org_{}{:023}", &name[..1], 0);
    // Whose they are is the first letter of their names.
    let drifts = async |names: &[&str]| {
        for (since, name) in names.iter().enumerate() {
            let (id, organization) = (format!("srv_{name}{:022}", 0), organization(name));
            run(
                "INSERT INTO servers (id, organization_id, name, status, region, created_at, revision, document)
                 VALUES (?1, ?2, ?3, 'active', 'nyc1', 0, 1, '{}')",
                vec![id.as_str().into(), organization.as_str().into(), (*name).into()],
            )
            .await;
            run(
                "INSERT INTO drifts (organization_id, server_name, server_id, kind, field, since, seen_at, sweep)
                 VALUES (?2, ?3, ?1, 'power', 'droplet power', ?4, 0, 1)",
                vec![id.into(), organization.into(), (*name).into(), (since as i64).into()],
            )
            .await;
        }
    };
    // Repairs are begun one a minute, and none of them helps.
    let turns = async || {
        let mut turns = Vec::new();
        loop {
            drift::forget_resolved(database, noc.app.clock.now()).await.unwrap();
            let wanted = drift::wanted(database, noc.app.clock.now(), 1).await.unwrap();
            let Some(wanted) = wanted.into_iter().next() else { return turns };
            let now = noc.app.clock.now();
            drift::repair_not_begun(database, &wanted.server_id, &wanted.kinds, now).await.unwrap();
            turns.push(wanted.server_name);
            noc.skip(60_000);
        }
    };
    for name in ["a", "b"] {
        let id = organization(name);
        run(
            "INSERT INTO organizations (id, name, created_at) VALUES (?1, ?2, 0)",
            vec![id.as_str().into(), name.into()],
        )
        .await;
        run(
            "INSERT INTO drift_policies (organization_id, kind, policy) VALUES (?1, 'power', 'fix')",
            vec![id.into()],
        )
        .await;
    }
    drifts(&["a1", "a2", "a3", "b1"]).await;
    assert_eq!(turns().await, ["a1", "b1", "a2", "a3"]);
    noc.skip(6 * 3_600_000);
    drifts(&["a4", "b2"]).await;
    assert_eq!(turns().await, ["b2", "a4", "b1", "a1", "a2", "a3"]);
}
