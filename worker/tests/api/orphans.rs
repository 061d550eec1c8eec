//! Orphans: what is one, and what becomes of it.

use serde_json::{Value, json};

use crate::support::{OLD_MS, Signed, TestApp, key_of_generation, report_body};

#[tokio::test]
async fn what_no_record_knows_is_an_orphan_when_it_is_old_enough_and_is_deleted_with_one_call() {
    let noc = TestApp::new();
    let server = "srv_0123456789abcdef01234567";
    noc.make_droplet("lost", &["noc", &format!("noc-server:{server}")]);
    noc.make_droplet("theirs", &["web"]);
    let zone = noc.simulator.settings().zone_name;
    let record = json!({ "name": format!("lost.{zone}"), "type": "A", "ttl": 1, "content": "203.0.113.7",
        "comment": format!("noc {server} dep_0123456789abcdef01234567") });
    noc.in_the_zone("POST", "", &record);
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new(), "they may be of a deploy that is under way");
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let told: Vec<_> = orphans.iter().map(|one| (one["kind"].as_str().unwrap(), &one["server_id"])).collect();
    assert_eq!(told, [("droplet", &json!(server)), ("dns_record", &json!(server))], "{orphans:#?}");
    assert_eq!(noc.get("/api/orphans").await.json()["price_monthly"], 24);
    let id = |index: usize| orphans[index]["id"].as_str().unwrap().to_owned();
    noc.sweep().await;
    assert_eq!(noc.orphans().await[0]["id"], orphans[0]["id"], "it is the same one");
    for index in [0, 1] {
        let path = format!("/api/orphans/{}", id(index));
        noc.delete(&path, &json!({})).await.assert_status(200);
        noc.delete(&path, &json!({})).await.assert_refused(404, "not_found", None);
    }
    let ledger = noc.simulator.ledger();
    assert_eq!(ledger.droplets.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["theirs"]);
    assert_eq!(ledger.counts.dns_records, 0);
}

#[tokio::test]
async fn a_machine_whose_records_were_lost_is_adopted_and_lives_on() {
    let (noc, domain) = TestApp::with_one_server().await;
    let machine = noc.machine("alpha");
    noc.somebodys_record(&domain, "TXT", "\"verified\"");
    noc.lose_all_records().await;
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let droplet = orphans.iter().find(|one| one["kind"] == "droplet").unwrap();
    let path = format!("/api/orphans/{}/adopt", droplet["id"].as_str().unwrap());
    noc.post(&path, &json!({})).await.assert_refused(422, "invalid_field", Some("branch"));
    let body = json!({ "branch": "master", "enable_cloudflare_proxy": true });
    let begun = noc.post(&path, &body).await.assert_status(202);
    noc.pass(5_000).await;
    machine.report(&noc, 7).await.assert_status(200);
    noc.pass(5_000).await;
    let deployment = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    let adopted = noc.get(&deployment).await.json();
    assert_eq!((&adopted["saga"], &adopted["status"]), (&json!("adopt"), &json!("succeeded")), "{adopted:#}");
    assert_eq!(noc.get("/api/servers/alpha/status").await.json()["status"], "active");
    let ours = noc.simulator.ledger().dns_records;
    let ours = ours.iter().find(|record| record.name == domain && record.kind == "A").unwrap();
    assert_eq!(ours.content, noc.get("/api/servers/alpha/status").await.json()["ip"]);
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
    noc.destroy("alpha").await.assert_status(200);
    noc.assert_clean();
}

#[tokio::test]
async fn a_machine_that_has_a_later_key_and_has_had_commands_is_adopted_and_takes_further_ones() {
    let (noc, _) = TestApp::with_one_server().await;
    let machine = noc.machine("alpha");
    let rotate = async || {
        let asked = noc.post("/api/servers/alpha/commands", &json!({ "command": "rotate_key" })).await;
        asked.assert_status(202)["id"].as_u64().unwrap()
    };
    let mut counter = 1;
    let mut report = async |generation: u32, results: Value| {
        counter += 1;
        let mut body = report_body();
        body["results"] = results;
        let key = key_of_generation(&noc, machine.server_id(), generation);
        let signed = Signed { counter, timestamp: noc.app.clock.now().seconds(), key, body };
        signed.send_as(&noc, machine.server_id(), generation).await
    };
    let done = |id: u64| json!([{ "id": id, "ok": true, "output": "" }]);
    let mut last = 0;
    for generation in [1, 2] {
        last = rotate().await;
        report(generation, json!([])).await.assert_status(200);
        report(generation + 1, done(last)).await.assert_status(200);
    }
    noc.lose_all_records().await;
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let path = format!("/api/orphans/{}/adopt", noc.orphans().await[0]["id"].as_str().unwrap());
    let begun = noc.post(&path, &json!({ "branch": "master" })).await.assert_status(202);
    noc.pass(5_000).await;
    report(3, json!([])).await.assert_status(200);
    noc.pass(5_000).await;
    let deployment = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&deployment).await.json()["status"], "succeeded");
    for retired in [1, 2] {
        report(retired, json!([])).await.assert_refused(403, "forbidden", None);
    }
    // Its numbers go on above those that the machine has had, and the next key is the next one.
    let next = rotate().await;
    assert!(next > last + 1, "{next}");
    let order = report(3, json!([])).await.assert_status(200)["commands"][0].clone();
    assert_eq!((&order["id"], &order["values"][0]), (&json!(next), &json!("4")));
    report(4, done(next)).await.assert_status(200);
    report(3, json!([])).await.assert_refused(403, "forbidden", None);
    assert_eq!(rotate().await, next + 1);
}

#[tokio::test]
async fn an_adoption_without_an_agent_is_undone_and_leaves_the_machine_alone() {
    let noc = TestApp::new();
    let server = "srv_0123456789abcdef01234567";
    noc.make_droplet("lost", &["noc", &format!("noc-server:{server}")]);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let path = format!("/api/orphans/{}/adopt", noc.orphans().await[0]["id"].as_str().unwrap());
    let begun = noc.post(&path, &json!({ "branch": "master" })).await.assert_status(202);
    noc.pass(20 * 60_000).await;
    let deployment = format!("/api/deployments/{}", begun["deployment_id"].as_str().unwrap());
    assert_eq!(noc.get(&deployment).await.json()["status"], "unwound");
    let ledger = noc.simulator.ledger();
    assert_eq!((ledger.counts.droplets, ledger.counts.dns_records), (1, 0));
    noc.sweep().await;
    assert_eq!(noc.orphans().await[0]["reason"], "its server was destroyed, or its adoption was undone");
}

#[tokio::test]
async fn a_second_machine_and_one_of_no_server_are_orphans_that_are_deleted_and_not_adopted() {
    let (noc, _) = TestApp::with_one_server().await;
    let server = noc.server_id().await;
    noc.make_droplet("alpha", &["noc", &format!("noc-server:{server}")]);
    noc.make_droplet("anybody", &["noc"]);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    assert_eq!(orphans.len(), 2, "{orphans:#?}");
    for orphan in orphans {
        let path = format!("/api/orphans/{}", orphan["id"].as_str().unwrap());
        let adopted = noc.post(&format!("{path}/adopt"), &json!({ "branch": "master" })).await;
        adopted.assert_refused(409, "not_possible_now", None);
        noc.delete(&path, &json!({})).await.assert_status(200);
    }
    noc.assert_one_server();
    noc.sweep().await;
    assert_eq!(noc.differences().await, Vec::<[String; 4]>::new());
}

#[tokio::test]
async fn a_machine_whose_tags_somebody_has_taken_away_drifts_and_is_no_orphan() {
    let (noc, _) = TestApp::with_one_server().await;
    let (droplet, server) = (noc.droplet(), noc.server_id().await);
    let tag = format!("noc-server:{server}");
    let resources =
        json!({ "resources": [{ "resource_id": droplet.to_string(), "resource_type": "droplet" }] });
    noc.at_digitalocean("DELETE", &format!("/tags/{tag}/resources"), &resources);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
    assert_eq!(noc.differences().await, [["tags", &format!("droplet tag {tag}"), &tag, "-"]]);
    // Nor does a tag of another server make it another's.
    noc.at_digitalocean("POST", "/tags", &json!({ "name": "noc-server:srv_0123456789abcdef01234567" }));
    let path = "/tags/noc-server:srv_0123456789abcdef01234567/resources";
    noc.at_digitalocean("POST", path, &resources);
    noc.sweep().await;
    assert_eq!(noc.orphans().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_machine_that_was_restored_in_the_place_of_a_servers_own_is_nobodys_to_delete() {
    let (noc, _) = TestApp::with_one_server().await;
    let (droplet, server) = (noc.droplet(), noc.server_id().await);
    noc.make_droplet("alpha", &["noc", &format!("noc-server:{server}")]);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    assert_eq!(orphans[0]["reason"], "its server has another machine");
    assert!(noc.simulator.vanish_droplet(droplet));
    let path = format!("/api/orphans/{}", orphans[0]["id"].as_str().unwrap());
    noc.delete(&path, &json!({})).await.assert_refused(409, "not_possible_now", None);
    assert_eq!(noc.simulator.ledger().counts.droplets, 1);
    noc.sweep().await;
    assert_eq!(noc.differences().await, [["droplet_missing", "droplet", &droplet.to_string(), "-"]]);
}

#[tokio::test]
async fn a_server_whose_record_was_lost_and_whose_object_was_not_is_listed_again_and_never_deleted() {
    let (noc, _) = TestApp::with_one_server().await;
    let deployments = async || noc.get("/api/deployments").await.json()["deployments"].clone();
    let before = deployments().await;
    // What changes is told, and the server with it: nothing changes any more after its machine was missed.
    noc.pass(300_000).await;
    noc.lose_the_database().await;
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let path = format!("/api/orphans/{}", orphans[0]["id"].as_str().unwrap());
    noc.delete(&path, &json!({})).await.assert_refused(409, "not_possible_now", None);
    let adopted = noc.post(&format!("{path}/adopt"), &json!({})).await.assert_status(202);
    assert_eq!(adopted["deployment_id"], before[0]["id"], "nothing new was begun");
    assert_eq!(noc.get("/api/servers").await.json()["servers"][0]["status"], "unreachable");
    assert_eq!(deployments().await, before);
    noc.sweep().await;
    noc.sweep().await;
    let left: Vec<Value> = noc.orphans().await;
    assert!(left.iter().all(|one| one["kind"] != "droplet"), "{left:#?}");
    noc.assert_one_server();
}

#[tokio::test]
async fn a_record_of_a_server_that_is_gone_is_adopted_by_the_one_that_has_its_name() {
    let (noc, domain) = TestApp::with_one_server().await;
    let record = noc.record(&domain);
    let gone = "noc srv_0123456789abcdef01234567 dep_0123456789abcdef01234567";
    let stale = json!({ "name": domain, "type": "A", "ttl": 1, "content": "203.0.113.9", "proxied": false,
        "comment": gone });
    noc.in_the_zone("PUT", &format!("/{}", record.id), &stale);
    let nobodys = json!({ "name": domain.replace("alpha", "nobody"), "type": "A", "ttl": 1,
        "content": "203.0.113.9", "comment": gone });
    noc.in_the_zone("POST", "", &nobodys);
    noc.pass(OLD_MS).await;
    noc.sweep().await;
    let orphans = noc.orphans().await;
    let path = |name: &str| {
        let one = orphans.iter().find(|one| one["name"] == name).unwrap();
        format!("/api/orphans/{}", one["id"].as_str().unwrap())
    };
    let adopted = noc.post(&format!("{}/adopt", path(&domain)), &json!({})).await.assert_status(200);
    assert_eq!(adopted, json!({ "success": true, "server_name": "alpha", "deployment_id": null }));
    let adopted = noc.record(&domain);
    assert_eq!((adopted.id, adopted.content, adopted.proxied), (record.id, record.content, true));
    let refused = noc.post(&format!("{}/adopt", path(nobodys["name"].as_str().unwrap())), &json!({})).await;
    refused.assert_refused(409, "not_possible_now", None);
    noc.delete(&path(nobodys["name"].as_str().unwrap()), &json!({})).await.assert_status(200);
    noc.sweep().await;
    assert_eq!((noc.orphans().await, noc.differences().await), (vec![], vec![]));
}
