//! A server's logs and a deployment's events, as pages and as streams.

use http::Request;
use noc_system_tests::{Event, wait_until};
use serde_json::{Value, json};

use crate::shared::shared;

#[test]
fn logs_have_the_deployments_and_the_agents_lines_and_can_be_followed() {
    let noc = shared();
    noc.deploy("chatty").assert_status(200);
    noc.wait_until_active("chatty");
    let page = noc.get("/api/servers/chatty/logs?limit=1000").assert_status(200);
    let lines = page["lines"].as_array().unwrap();
    let has = |source: &str, message: &str| {
        lines.iter().any(|line| line["source"] == source && line["message"] == message)
    };
    assert!(has("deployment", "Done.") && has("agent", "connected to redis"), "{page:#}");

    let last = lines.last().unwrap()["id"].as_u64().unwrap();
    let is_new = |event: &Event| event.id > last && event.data["source"] == "agent";
    let mut stream = noc.events("/api/servers/chatty/logs?follow=1", None);
    let followed = stream.read_until("a new line of the agent", is_new);
    drop(stream);
    assert!(followed.is_sorted_by_key(|event| event.id) && followed.iter().all(|event| event.name == "line"));
    let known: Vec<&Value> = followed.iter().map(|event| &event.data).take(lines.len()).collect();
    assert_eq!(known, lines.iter().collect::<Vec<_>>());

    // The connection was cut: the next one goes on behind the last line.
    let seen = followed.last().unwrap().id;
    let mut resumed = noc.events("/api/servers/chatty/logs?follow=1", Some(seen));
    assert!(resumed.next().unwrap().id > seen);
    drop(resumed);
    noc.destroy("chatty").assert_status(200);
}

#[test]
fn the_events_of_a_deployment_go_on_where_the_client_cut_the_connection() {
    let noc = shared();
    let id = noc.deploy_at_once("eventful");
    let path = format!("/api/deployments/{id}/events");
    let mut stream = noc.events(&path, None);
    let mut events = vec![stream.next().unwrap(), stream.next().unwrap()];
    drop(stream);
    let mut stream = noc.events(&path, Some(events[1].id));
    events.extend(stream.read_until("the machine's report", |event| event.data["kind"] == "signalled"));
    drop(stream);
    let last = events.last().unwrap().id;
    // What comes after the end of the deployment ends the stream.
    let rest: Vec<Event> = noc.events(&path, Some(last)).collect();
    assert_eq!(rest.last().unwrap().data["kind"], "finished");
    events.extend(rest);

    let all = noc.send(Request::get(&path).header("accept", "application/json"), ()).assert_status(200);
    let streamed: Vec<Value> = events.iter().map(|event| event.data.clone()).collect();
    assert_eq!(all["events"], json!(streamed));
    assert!(events.iter().all(|event| event.data["id"] == event.id && event.name == "event"));
    let request = Request::get(&path).header("last-event-id", events.last().unwrap().id);
    let answer = noc.send(request, ());
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    noc.destroy("eventful").assert_status(200);
}

#[test]
fn each_request_has_a_line_in_the_log_with_its_id() {
    let noc = shared();
    let id = noc.get("/api/servers?search=a-private-word").header("x-request-id").unwrap().to_owned();
    let line = noc.console.wait_for("the line of the request", |line| line["request_id"] == id);
    let expected = (&json!("GET /api/servers"), &json!(200), &json!("info"));
    assert_eq!((&line["request"], &line["status"], &line["level"]), expected);
    assert!(line["duration_ms"].is_u64() && line["at"].is_string(), "{line:#}");
    // What was searched for is the caller's own.
    assert!(!noc.console.text().contains("a-private-word"));
}

#[test]
fn each_step_of_a_deployment_has_a_line_in_the_log() {
    let noc = shared();
    let answer = noc.deploy("logged");
    let id = answer.assert_status(200)["deployment_id"].clone();
    noc.wait_until_active("logged");
    wait_until("the line of the deployment's end", || !noc.console.about("logged", "Done.").is_empty());
    let lines: Vec<Value> =
        noc.console.entries().into_iter().filter(|line| line["deployment_id"] == id).collect();
    assert_eq!(lines[0]["request_id"].as_str(), answer.header("x-request-id"), "{:#}", lines[0]);
    let deployment = noc.get(answer.header("location").unwrap()).assert_status(200);
    for step in deployment["steps"].as_array().unwrap() {
        assert!(lines.iter().any(|line| line["step"] == step["name"]), "{step:#} has no line in {lines:#?}");
    }
    noc.destroy("logged").assert_status(200);
}
