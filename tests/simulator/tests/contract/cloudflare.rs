//! Cloudflare: zones, records, and the batch that is one transaction.

use noc_simulator::{Reply, Request};
use serde_json::{Value, json};

use crate::support::{World, at, count, number, text};

fn record(name: &str, content: &str) -> Value {
    json!({
        "name": format!("{name}.flaggerlink.test"), "type": "A", "content": content, "ttl": 300, "proxied": false,
        "comment": "noc:dep_1",
    })
}

fn create(world: &World, body: &Value) -> String {
    let reply = world.call("POST", &world.records(""), body);
    assert_eq!(reply.status, 200, "{}", reply.value());
    text(&reply.value(), "/result/id").to_owned()
}

fn code(reply: &Reply) -> (u16, u64) {
    assert_eq!(at(&reply.value(), "/success"), false);
    assert_eq!(at(&reply.value(), "/result"), Value::Null);
    (reply.status, number(&reply.value(), "/errors/0/code"))
}

/// The names that came over the API.
fn made(world: &World) -> Vec<String> {
    let ledger = world.simulator.ledger();
    let made = ledger.dns_records.into_iter().filter(|record| record.origin == noc_simulator::Origin::Api);
    made.map(|record| format!("{} {}", record.name.trim_end_matches(".flaggerlink.test"), record.content))
        .collect()
}

#[test]
fn a_record_is_made_shown_changed_replaced_and_deleted() {
    let mut world = World::new();
    let id = create(&world, &record("alpha", "198.18.0.2"));
    let path = world.records(&format!("/{id}"));
    let shown = world.get(&path).value();
    assert_eq!(at(&shown, "/success"), true);
    assert_eq!(at(&shown, "/result/comment"), "noc:dep_1");
    assert_eq!(at(&shown, "/result/proxiable"), true);
    assert_eq!(at(&shown, "/result/created_on"), "2026-11-20T10:00:00.000000Z");

    world.now += 1_000;
    let patched = world.call("PATCH", &path, &json!({"content": "198.18.0.3", "proxied": true})).value();
    assert_eq!(at(&patched, "/result/content"), "198.18.0.3");
    assert_eq!(at(&patched, "/result/comment"), "noc:dep_1", "a patch leaves the rest");
    assert_eq!(at(&patched, "/result/ttl"), 1, "a proxied record's ttl is automatic");
    assert_eq!(at(&patched, "/result/modified_on"), "2026-11-20T10:00:01.000000Z");

    let whole = json!({"name": "alpha.flaggerlink.test", "type": "A", "content": "198.18.0.4", "ttl": 60});
    let put = world.call("PUT", &path, &whole).value();
    assert_eq!(at(&put, "/result/comment"), Value::Null, "a put replaces everything");
    assert_eq!(at(&put, "/result/id"), id.as_str());

    assert_eq!(world.call("DELETE", &path, &Value::Null).value(), {
        json!({"result": {"id": id}, "success": true, "errors": [], "messages": []})
    });
    assert_eq!(code(&world.call("DELETE", &path, &Value::Null)), (404, 81_044));
    assert_eq!(world.simulator.ledger().left_over, 0);
}

#[test]
fn a_record_refuses_what_the_real_one_refuses() {
    let world = World::new();
    create(&world, &record("taken", "198.18.0.2"));
    let cname =
        json!({"name": "alias.flaggerlink.test", "type": "CNAME", "content": "x.example.test", "ttl": 1});
    create(&world, &cname);
    let changed = |changes: Value| {
        let mut body = record("alpha", "198.18.0.9");
        for (name, value) in changes.as_object().cloned().unwrap_or_default() {
            match (body.as_object_mut(), value) {
                (Some(body), Value::Null) => drop(body.remove(&name)),
                (Some(body), value) => drop(body.insert(name, value)),
                (None, _) => {}
            }
        }
        body
    };
    for (changes, expected) in [
        (json!({"comentt": "x"}), 9207),
        (json!({"name": null}), 9207),
        (json!({"ttl": null}), 9207),
        (json!({"type": null}), 9207),
        (json!({"content": null}), 9207),
        (json!({"ttl": "300"}), 9207),
        (json!({"proxied": "yes"}), 9207),
        (json!({"ttl": 59}), 9021),
        (json!({"ttl": 86_401}), 9021),
        (json!({"type": "B"}), 9004),
        (json!({"content": "198.18.0.256"}), 9005),
        (json!({"type": "AAAA"}), 9006),
        (json!({"name": "alpha"}), 9000),
        (json!({"name": "alpha.example.test"}), 9000),
        (json!({"name": "evilflaggerlink.test"}), 9000),
        (json!({"name": "-a.flaggerlink.test"}), 9000),
        (json!({"comment": "c".repeat(101)}), 9213),
        (json!({"tags": ["a:b"]}), 9300),
        (json!({"settings": {"ipv5_only": true}}), 9207),
        (json!({"type": "TXT", "content": "x", "proxied": true}), 9041),
        (json!({"type": "MX", "content": "mail.example.test"}), 9101),
        (json!({"type": "CNAME", "content": "alpha.flaggerlink.test"}), 9039),
        (json!({"name": "taken.flaggerlink.test", "content": "198.18.0.2", "ttl": 60}), 81_058),
        (json!({"name": "TAKEN.flaggerlink.test.", "content": "198.18.0.2"}), 81_058),
        (json!({"name": "taken.flaggerlink.test", "type": "CNAME", "content": "x.example.test"}), 81_053),
        (json!({"name": "alias.flaggerlink.test", "type": "CNAME", "content": "y.example.test"}), 81_053),
        (json!({"name": "alias.flaggerlink.test"}), 81_054),
    ] {
        let reply = world.call("POST", &world.records(""), &changed(changes.clone()));
        assert_eq!(code(&reply), (400, expected), "{changes} {}", reply.value());
    }
    assert_eq!(made(&world).len(), 2);
    // A name may have several addresses, and a comment 100 characters.
    create(&world, &record("taken", "198.18.0.3"));
    create(&world, &changed(json!({"comment": "ü".repeat(100)})));
}

#[test]
fn calls_that_are_wrong_as_a_whole_are_refused() {
    let world = World::new();
    let zones = "/cloudflare/client/v4/zones";
    let unknown = format!("{zones}/{}", "0".repeat(32));
    let mut untyped = world.request("POST", &world.records(""));
    untyped.body = record("a", "198.18.0.2").to_string().into();
    let mut broken = world.request("POST", &world.records("")).header("content-type", "application/json");
    broken.body = b"{".into();
    for (request, expected) in [
        (Request::new("GET", zones), (400, 9106)),
        (Request::new("GET", zones).bearer("wrong"), (401, 10_000)),
        (world.request("GET", &unknown), (404, 7003)),
        (world.request("GET", &format!("{unknown}/dns_records")), (404, 7003)),
        (world.request("GET", "/cloudflare/client/v4/zonez"), (404, 7003)),
        (world.request("GET", "/cloudflare/zones"), (404, 7003)),
        (world.request("GET", &world.records("/0123")), (404, 81_044)),
        (world.request("PATCH", &world.records("/0123")).json(&json!({"ttl": 60})), (404, 81_044)),
        (world.request("GET", &world.records("?per_page=0")), (400, 1004)),
        (world.request("GET", &world.records("?page=0")), (400, 1004)),
        (world.request("GET", &world.records("?name_exact=x")), (400, 1004)),
        (world.request("GET", &world.records("?order=age")), (400, 1004)),
        (world.request("GET", &format!("{zones}?nam=x")), (400, 1004)),
        (world.request("PUT", zones), (405, 10_405)),
        (untyped, (400, 6003)),
        (broken, (400, 9207)),
    ] {
        assert_eq!(code(&world.send(&request)), expected, "{} {}", request.method, request.target);
    }
}

#[test]
fn a_list_is_filtered_ordered_and_paged() {
    let world = World::new();
    for index in 0..5 {
        create(&world, &record(&format!("alpha{index}"), &format!("198.18.0.{}", index + 2)));
    }
    let names = |query: &str| {
        let reply = world.get(&world.records(query));
        assert_eq!(reply.status, 200, "{query} {}", reply.value());
        let value = reply.value();
        let list = value.get("result").and_then(Value::as_array).cloned().unwrap_or_default();
        let names: Vec<String> = list
            .iter()
            .map(|record| {
                text(record, "/name").trim_end_matches("flaggerlink.test").trim_end_matches('.').to_owned()
            })
            .collect();
        names.join(" ")
    };
    for (query, expected) in [
        ("?name.exact=alpha1.flaggerlink.test", "alpha1"),
        ("?name.exact=ALPHA1.flaggerlink.test", "alpha1"),
        ("?name=alpha1.flaggerlink.test", "alpha1"),
        ("?name.startswith=alpha&type=A&per_page=2&order=name", "alpha0 alpha1"),
        ("?name.startswith=alpha&type=A&per_page=2&page=3&order=name", "alpha4"),
        ("?name.startswith=alpha&per_page=2&page=4", ""),
        ("?name.contains=lpha3", "alpha3"),
        ("?name.endswith=4.flaggerlink.test", "alpha4"),
        ("?content.exact=198.18.0.2", "alpha0"),
        ("?comment.exact=noc:dep_1&order=content&direction=desc&per_page=1", "alpha4"),
        ("?comment.contains=dep_2", ""),
        ("?comment.present=true&per_page=1", "alpha0"),
        ("?comment.absent=true&type=MX", ""),
        ("?search=198.18.0.5", "alpha3"),
        ("?match=any&name.contains=alpha0&content.exact=198.18.0.3", "alpha0 alpha1"),
        ("?proxied=true", ""),
    ] {
        assert_eq!(names(query), expected, "{query}");
    }
    let page = world.get(&world.records("?per_page=3&page=2")).value();
    assert_eq!(
        at(&page, "/result_info"),
        json!({"page": 2, "per_page": 3, "count": 3, "total_count": 8, "total_pages": 3}),
        "five of ours and three that were there"
    );
}

#[test]
fn a_batch_deletes_patches_puts_and_posts_in_that_order() {
    let world = World::new();
    let [one, two, three] =
        [2, 3, 4].map(|host| create(&world, &record(&format!("s{host}"), &format!("198.18.0.{host}"))));
    let mut patch = record("s3", "198.18.1.3");
    patch["id"] = json!(two);
    let mut put = json!({"name": "put.flaggerlink.test", "type": "A", "ttl": 1, "content": "198.18.1.4"});
    put["id"] = json!(three);
    // What is deleted first may be made again in the same batch.
    let body = json!({
        "posts": [record("s2", "198.18.0.2")], "puts": [put], "patches": [patch], "deletes": [{"id": one}],
    });
    let reply = world.call("POST", &world.records("/batch"), &body);
    assert_eq!(reply.status, 200, "{}", reply.value());
    let result = at(&reply.value(), "/result");
    assert_eq!(at(&result, "/deletes/0/name"), "s2.flaggerlink.test", "whole records come back");
    assert_eq!(at(&result, "/patches/0/content"), "198.18.1.3");
    assert_eq!(at(&result, "/puts/0/comment"), Value::Null);
    assert_ne!(at(&result, "/posts/0/id"), one.as_str());
    assert_eq!(made(&world), ["put 198.18.1.4", "s2 198.18.0.2", "s3 198.18.1.3"]);

    let only = world.call("POST", &world.records("/batch"), &json!({"posts": [record("s5", "198.18.0.5")]}));
    assert_eq!(at(&only.value(), "/result/deletes"), Value::Null, "a list that was not sent is null");
    assert_eq!(count(&only.value(), "/result/posts"), 1);
}

#[test]
fn a_batch_that_fails_leaves_everything_as_it_was() {
    let world = World::with(|settings| settings.batch_limit = 5);
    let id = create(&world, &record("kept", "198.18.0.2"));
    let other = create(&world, &record("other", "198.18.0.3"));
    let before = world.simulator.ledger();
    let patch = |id: &str, content: &str| {
        let mut patch = record("kept", content);
        patch["id"] = json!(id);
        patch
    };
    let new = record("new", "198.18.0.4");
    for (body, expected, pointer) in [
        (json!({"posts": [new, new]}), (400, 81_058), json!("/posts/1")),
        (json!({"deletes": [{"id": other}, {"id": "no"}]}), (404, 81_044), json!("/deletes/1")),
        (json!({"deletes": [{"id": other}, {"id": other}]}), (404, 81_044), json!("/deletes/1")),
        (
            json!({"patches": [patch(&id, "198.18.9.9"), patch(&id, "nonsense")]}),
            (400, 9005),
            json!("/patches/1/content"),
        ),
        (
            json!({"deletes": [{"id": id}], "patches": [patch(&id, "198.18.9.9")]}),
            (404, 81_044),
            json!("/patches/0"),
        ),
        (json!({"patches": [{"id": id, "content": "198.18.9.9"}]}), (400, 9207), json!("/patches/0/name")),
        (
            json!({"puts": [{"id": id, "content": "198.18.9.9", "name": "kept.flaggerlink.test", "type": "A"}]}),
            (400, 9207),
            json!("/puts/0/ttl"),
        ),
        (json!({"deletes": [{"id": id}], "posts": [{"nmae": "x"}]}), (400, 9207), json!("/posts/0/nmae")),
        (json!({"deletes": [{"id": id, "name": "x"}]}), (400, 9207), json!("/deletes/0/name")),
        (json!({"creates": []}), (400, 9207), json!("/creates")),
        (json!({"posts": {}}), (400, 9207), json!("/posts")),
        (json!({}), (400, 9207), Value::Null),
        (json!({"posts": vec![&new; 6]}), (400, 9207), Value::Null),
    ] {
        let reply = world.call("POST", &world.records("/batch"), &body);
        assert_eq!(code(&reply), expected, "{body} {}", reply.value());
        assert_eq!(at(&reply.value(), "/errors/0/source/pointer"), pointer, "{body}");
        assert_eq!(world.simulator.ledger(), before, "{body}");
    }
}

#[test]
fn zones_are_listed_and_shown() {
    let world = World::new();
    let zones = "/cloudflare/client/v4/zones";
    for (query, shown) in
        [("", 3), ("?name=flaggerlink.test", 1), ("?name=none.test", 0), ("?per_page=2&page=2", 1)]
    {
        assert_eq!(count(&world.get(&format!("{zones}{query}")).value(), "/result"), shown, "{query}");
    }
    let zone = world.get(&format!("{zones}/{}", world.settings.zone_id)).value();
    assert_eq!(at(&zone, "/result/name"), "flaggerlink.test");
    assert_eq!(at(&zone, "/result/status"), "active");
}

#[test]
fn too_many_calls_are_refused_with_a_wait() {
    let mut world = World::with(|settings| settings.cloudflare_per_five_minutes = 2);
    for _ in 0..2 {
        assert_eq!(world.get(&world.records("")).status, 200);
    }
    world.now += 10_000;
    let refused = world.get(&world.records(""));
    assert_eq!((refused.status, refused.get_header("retry-after")), (429, Some("290")));
    world.now += 290_000;
    assert_eq!(world.get(&world.records("")).status, 200);
}
