//! The control surface: what it does and what it refuses.

use serde_json::{Value, json};

use crate::support::{World, at, count, number, text};

const DROPLETS: &str = "/digitalocean/v2/droplets";

fn droplet(world: &World, name: &str) -> u64 {
    let body = json!({"name": name, "size": "s-1vcpu-1gb", "image": "debian-12-x64", "region": "nyc3"});
    number(&world.call("POST", DROPLETS, &body).value(), "/droplet/id")
}

#[test]
fn the_ledger_counts_what_was_made_and_not_what_was_there() {
    let world = World::new();
    let ledger = |pointer: &str| at(&world.get("/_simulator/ledger").value(), pointer);
    assert_eq!(ledger("/left_over"), 0);
    assert_eq!(count(&world.get("/_simulator/ledger").value(), "/dns_records"), 3);
    assert_eq!(ledger("/dns_records/0/origin"), "seed");

    let foreign = json!({"name": "shop.flaggerlink.test", "type": "A", "content": "192.0.2.77"});
    let made = world.call("POST", "/_simulator/records", &foreign);
    assert_eq!((made.status, ledger("/left_over")), (201, json!(0)), "what others made is not ours");

    let ids = [droplet(&world, "alpha"), droplet(&world, "alpha"), droplet(&world, "beta")];
    let record = |content: &str| {
        let body = json!({"name": "alpha.flaggerlink.test", "type": "A", "content": content, "ttl": 1});
        world.call("POST", &world.records(""), &body).status
    };
    assert_eq!((record("198.18.0.2"), record("198.18.0.3")), (200, 200));
    assert_eq!(ledger("/counts"), json!({"droplets": 3, "dns_records": 2, "unused_tags": 0}));
    assert_eq!(ledger("/left_over"), 5);
    assert_eq!(
        ledger("/doubled"),
        json!({"droplets": ["alpha"], "dns_records": ["alpha.flaggerlink.test A"]})
    );

    let vanish = format!("/_simulator/droplets/{}", ids[0]);
    assert_eq!(world.call("DELETE", &vanish, &Value::Null).status, 204);
    assert_eq!(world.call("DELETE", &vanish, &Value::Null).status, 404);
    assert_eq!(world.get(&format!("{DROPLETS}/{}", ids[0])).status, 404);
    let id = text(&made.value(), "/id").to_owned();
    assert_eq!(world.call("DELETE", &format!("/_simulator/records/{id}"), &Value::Null).status, 204);

    assert_eq!(world.call("POST", "/_simulator/reset", &Value::Null).status, 200);
    assert_eq!(ledger("/left_over"), 0);
}

#[test]
fn faults_are_injected_listed_and_taken_away() {
    let world = World::new();
    for (body, effect) in [
        (json!({"effect": {"status": 500}}), json!({"status": 500})),
        (
            json!({"match": {"provider": "digitalocean", "skip": 1, "times": 2}, "effect": {"status": 429, "retry_after": 3}}),
            json!({"status": 429, "retry_after": 3}),
        ),
        (json!({"effect": {"status": 502, "body": "<html>"}}), json!({"status": 502, "body": "<html>"})),
        (
            json!({"match": {"method": "POST", "path_contains": "batch"}, "effect": {"delay_ms": 5}}),
            json!({"delay_ms": 5}),
        ),
        (json!({"effect": {"cut": "before"}}), json!({"cut": "before"})),
        (json!({"effect": {"cut": "after"}}), json!({"cut": "after"})),
        (json!({"effect": {"hang_ms": 9, "after": true}}), json!({"hang_ms": 9, "after": true})),
    ] {
        let injected = world.call("POST", "/_simulator/faults", &body);
        assert_eq!(injected.status, 201, "{body} {}", injected.value());
        let path = format!("/_simulator/faults/{}", number(&injected.value(), "/id"));
        let state = world.get(&path).value();
        assert_eq!((at(&state, "/effect"), at(&state, "/fired")), (effect, json!(0)), "{body}");
        assert_eq!(world.call("DELETE", &path, &Value::Null).status, 204);
        assert_eq!(world.get(&path).status, 404);
    }
    let both = json!([{"effect": {"status": 500}}, {"effect": {"status": 503}}]);
    assert_eq!(count(&world.call("POST", "/_simulator/faults", &both).value(), "/ids"), 2);
    assert_eq!(world.get("/digitalocean/v2/account").status, 500);
    assert_eq!(at(&world.get("/_simulator/faults").value(), "/faults/0/fired"), 1);
    assert_eq!(world.call("DELETE", "/_simulator/faults", &Value::Null).status, 204);
    assert_eq!(world.get("/digitalocean/v2/account").status, 200);
}

#[test]
fn what_is_misspelt_is_refused() {
    let world = World::new();
    for (method, path, body, status) in [
        ("POST", "faults", json!({"effect": {"staus": 500}}), 400),
        ("POST", "faults", json!({"effect": {"status": 500}, "macth": {}}), 400),
        ("POST", "faults", json!({"match": {"provider": "aws"}, "effect": {"status": 500}}), 400),
        ("POST", "faults", json!({"match": {"time": 1}, "effect": {"status": 500}}), 400),
        ("POST", "agents", json!({"boots": false}), 400),
        ("POST", "agents", json!({"boot": false, "droplet_id": 1}), 404),
        ("PATCH", "settings", json!({"adress_after_ms": 1}), 400),
        ("POST", "records", json!({"name": "x.example.org", "type": "A", "content": "192.0.2.1"}), 400),
        ("GET", "calls?provder=x", Value::Null, 400),
        ("GET", "nothing", Value::Null, 404),
    ] {
        let reply = world.call(method, &format!("/_simulator/{path}"), &body);
        assert_eq!(reply.status, status, "{path} {body}");
    }
    assert_eq!(world.get("/").status, 404);
    assert_eq!(world.get("/digitaloceans/v2").status, 404);
}

#[test]
fn calls_are_listed_by_provider_and_path() {
    let world = World::new();
    world.get("/digitalocean/v2/account");
    world.get("/digitalocean/v2/sizes?per_page=5");
    world.get(&world.records(""));
    for (query, total) in [
        ("", 3),
        ("?provider=digitalocean", 2),
        ("?provider=cloudflare&path_contains=dns_records", 1),
        ("?path_contains=per_page", 1),
        ("?method=POST", 0),
    ] {
        assert_eq!(at(&world.get(&format!("/_simulator/calls{query}")).value(), "/total"), total, "{query}");
    }
    let first = at(&world.get("/_simulator/calls").value(), "/calls/0");
    assert_eq!(
        first,
        json!({
            "provider": "digitalocean", "method": "GET", "target": "/digitalocean/v2/account", "status": 200,
            "at": world.now, "fault": null,
        })
    );
    assert_eq!(world.call("DELETE", "/_simulator/calls", &Value::Null).status, 204);
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn latencies_and_limits_can_be_changed() {
    let world = World::new();
    let changed =
        world.call("PATCH", "/_simulator/settings", &json!({"address_after_ms": 0, "rate_limits": false}));
    assert_eq!(at(&changed.value(), "/rate_limits"), false);
    let id = droplet(&world, "alpha");
    assert_eq!(at(&world.get(&format!("{DROPLETS}/{id}")).value(), "/droplet/status"), "active");
    world.infisical_token();
    let expired = world.call("POST", "/_simulator/infisical/expire", &Value::Null);
    assert_eq!(at(&expired.value(), "/expired"), 1);
}
