//! Lists, stories and streams.

use serde_json::{Value, json};

use crate::support::{TestApp, deploy_body};

fn names(body: &Value) -> Vec<&str> {
    body["servers"].as_array().unwrap().iter().map(|server| server["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn servers_are_listed_by_name_filtered_and_page_by_page() {
    let noc = TestApp::new();
    for name in ["delta", "alpha", "charlie", "bravo"] {
        let mut body = deploy_body(name);
        if name == "charlie" {
            body["droplet_region"] = json!("fra1");
        }
        noc.post("/api/deploy", &body).await.assert_status(200);
    }
    let cases = [
        ("", vec!["alpha", "bravo", "charlie", "delta"]),
        ("?status=provisioning&region=fra1", vec!["charlie"]),
        ("?status=active", vec![]),
        ("?search=ha", vec!["alpha", "charlie"]),
        ("?search=%25", vec![]),
        ("?project=default", vec!["alpha", "bravo", "charlie", "delta"]),
        ("?project=other", vec![]),
    ];
    for (query, expected) in cases {
        let body = noc.get(&format!("/api/servers{query}")).await.assert_status(200);
        assert_eq!(names(&body), expected, "{query}");
        assert_eq!(body["next_cursor"], Value::Null, "{query}");
    }
    let first = noc.get("/api/servers?limit=3").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = noc.get(&format!("/api/servers?limit=3&cursor={cursor}")).await.json();
    assert_eq!((names(&first), names(&second)), (vec!["alpha", "bravo", "charlie"], vec!["delta"]));
    assert_eq!(second["next_cursor"], Value::Null);
    for (query, field) in
        [("status=well", "status"), ("limit=501", "limit"), ("cursor=!", "cursor"), ("colour=red", "colour")]
    {
        let answer = noc.get(&format!("/api/servers?{query}")).await;
        answer.assert_refused(422, "invalid_field", Some(field));
    }
}

#[tokio::test]
async fn deployments_are_listed_newest_first_and_page_by_page() {
    let noc = TestApp::new();
    for name in ["alpha", "bravo"] {
        noc.deploy(name).await.assert_status(200);
    }
    noc.destroy("alpha").await.assert_status(200);
    let all = noc.get("/api/deployments").await.assert_status(200);
    let shown = |body: &Value| {
        let deployments = body["deployments"].as_array().unwrap().clone();
        deployments.iter().map(|one| format!("{} {}", one["saga"], one["server_name"])).collect::<Vec<_>>()
    };
    let expected = [r#""destroy" "alpha""#, r#""deploy" "bravo""#, r#""deploy" "alpha""#];
    assert_eq!(shown(&all), expected);
    let first = noc.get("/api/deployments?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = noc.get(&format!("/api/deployments?limit=2&cursor={cursor}")).await.json();
    assert_eq!([shown(&first), shown(&second)].concat(), expected);
    assert_eq!(shown(&noc.get("/api/deployments?server=alpha&status=succeeded").await.json()), expected[..1]);
    let missing = format!("/api/deployments/dep_{}", "0".repeat(24));
    for path in [missing.as_str(), "/api/deployments/nonsense"] {
        noc.get(path).await.assert_refused(404, "not_found", None);
    }
}

#[tokio::test]
async fn a_deployment_shows_its_steps_with_attempts_times_and_what_it_waits_for() {
    let noc = TestApp::new();
    let id = noc.deploy("alpha").await.json()["deployment_id"].as_str().unwrap().to_owned();
    let body = noc.get(&format!("/api/deployments/{id}")).await.assert_status(200);
    let steps = body["steps"].as_array().unwrap();
    let shown: Vec<_> =
        steps.iter().map(|step| (step["name"].as_str().unwrap(), step["status"].as_str().unwrap())).collect();
    assert_eq!(
        shown,
        [
            ("reserve_name", "done"),
            ("read_secrets", "done"),
            ("render_cloud_init", "done"),
            ("create_droplet", "done"),
            ("wait_for_address", "done"),
            ("write_dns_records", "done"),
            ("wait_for_agent", "waiting"),
        ]
    );
    assert!(steps[4]["attempts"].as_u64().unwrap() > 1);
    assert!(steps[6]["waiting_for"].as_str().unwrap().contains("agent"), "{body:#}");
    assert!(steps[6]["deadline_at"].is_string());
    assert_eq!((&body["status"], &body["step"]), (&json!("running"), &json!("wait_for_agent")));
}

/// The events of a stream: their ids and their data.
fn events(text: &str) -> Vec<(u64, Value)> {
    text.split("\n\n")
        .filter_map(|event| {
            let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            Some((line("id: ")?.parse().unwrap(), serde_json::from_str(line("data: ")?).unwrap()))
        })
        .collect()
}

#[tokio::test]
async fn the_events_of_a_deployment_go_on_where_the_connection_broke() {
    let noc = TestApp::new();
    let path = {
        noc.deploy_active("alpha").await;
        let id =
            noc.get("/api/deployments").await.json()["deployments"][0]["id"].as_str().unwrap().to_owned();
        format!("/api/deployments/{id}/events")
    };
    let answer = noc.get(&path).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("text/event-stream")));
    let all = events(&answer.text());
    assert_eq!((&all[0].1["kind"], &all.last().unwrap().1["kind"]), (&json!("started"), &json!("finished")));
    assert!(all.is_sorted_by_key(|(id, _)| *id));
    let waits = all.iter().filter(|(_, event)| event["kind"] == "step_waiting").count();
    assert_eq!(waits, 2, "a look that found the same as before is no event");
    for index in 0..all.len() - 1 {
        let request = http::Request::get(&path).header("last-event-id", all[index].0.to_string());
        assert_eq!(events(&noc.send(request, "").await.text()), all[index + 1..]);
    }
    let request = http::Request::get(&path).header("last-event-id", all.last().unwrap().0.to_string());
    assert_eq!(noc.send(request, "").await.status, 204);
    let json = http::Request::get(&path).header("accept", "application/json");
    assert_eq!(noc.send(json, "").await.assert_status(200)["events"].as_array().unwrap().len(), all.len());
    let wrong = http::Request::get(&path).header("last-event-id", "x");
    noc.send(wrong, "").await.assert_refused(422, "invalid_field", Some("Last-Event-ID"));
}

#[tokio::test]
async fn events_are_streamed_while_they_happen() {
    let noc = TestApp::new();
    let request =
        crate::support::json_request(http::Method::POST, "/api/deploy").header("prefer", "respond-async");
    let id = noc.send(request, deploy_body("alpha").to_string()).await.json()["deployment_id"].clone();
    let path = format!("/api/deployments/{}/events", id.as_str().unwrap());
    let machine = async {
        while noc.simulator.ledger().counts.dns_records == 0 {
            noc.pass(100).await;
        }
        let machine = noc.machine("alpha");
        machine.claim(&noc).await.assert_status(200);
        machine.report(&noc, 1).await.assert_status(200);
    };
    let (stream, ()) = tokio::join!(noc.get(&path), machine);
    assert_eq!(events(&stream.text()).last().unwrap().1["kind"], "finished");
}

#[tokio::test]
async fn a_servers_story_has_its_deployments_and_its_agents_lines_page_by_page() {
    let noc = TestApp::new();
    noc.deploy_active("alpha").await;
    let all = noc.get("/api/servers/alpha/logs?limit=1000").await.assert_status(200);
    let lines = all["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["source"] == "agent" && line["message"] == "listening"), "{all:#}");
    assert!(lines.iter().any(|line| line["source"] == "deployment" && line["message"] == "Done."), "{all:#}");
    let mut walked = Vec::new();
    let mut path = "/api/servers/alpha/logs?limit=4".to_owned();
    loop {
        let page = noc.get(&path).await.assert_status(200);
        walked.extend(page["lines"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/servers/alpha/logs?limit=4&cursor={cursor}");
    }
    assert_eq!(&walked, lines);
    noc.get("/api/servers/nobody/logs").await.assert_refused(404, "not_found", None);
    noc.get("/api/servers/alpha/logs?limit=0").await.assert_refused(422, "invalid_field", Some("limit"));
    let follow = noc.get("/api/servers/alpha/logs?follow=1").await;
    // While it is followed, the machine is silent for too long.
    assert_eq!(events(&follow.text()).len(), lines.len() + 1);
    assert!(follow.text().contains("Unreachable: its agent was last heard at"), "{}", follow.text());
    // A client that was cut off comes back to the same address; the header says how far it came.
    let cursor = noc.get("/api/servers/alpha/logs?limit=2").await.json()["next_cursor"].clone();
    let path = format!("/api/servers/alpha/logs?follow=1&cursor={}", cursor.as_str().unwrap());
    let last = lines[lines.len() - 2]["id"].to_string();
    let again = noc.send(http::Request::get(path).header("last-event-id", last), "").await;
    assert_eq!(events(&again.text()).len(), 2);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_is_told_in_the_same_form() {
    let noc = TestApp::new();
    noc.get("/api/nothing").await.assert_refused(404, "no_such_route", None);
    noc.get("/api/deploy").await.assert_refused(405, "method_not_allowed", None);
}
