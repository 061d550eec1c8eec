//! DigitalOcean: what works.

use noc_simulator::Reply;
use serde_json::{Value, json};

use crate::support::{World, at, count, number, text};

const DROPLETS: &str = "/digitalocean/v2/droplets";

fn create(world: &World, name: &str, tags: &[&str]) -> u64 {
    let body = json!({
        "name": name, "size": "s-2vcpu-4gb", "image": "ubuntu-24-04-x64", "region": "nyc3", "tags": tags,
        "user_data": "#cloud-config\n{}",
    });
    let reply = world.call("POST", DROPLETS, &body);
    assert_eq!(reply.status, 202, "{}", reply.value());
    number(&reply.value(), "/droplet/id")
}

fn names(reply: &Reply) -> Vec<String> {
    reply
        .value()
        .get("droplets")
        .and_then(Value::as_array)
        .map(|droplets| droplets.iter().map(|droplet| text(droplet, "/name").to_owned()).collect())
        .unwrap_or_default()
}

#[test]
fn a_droplet_gets_its_address_only_after_a_while() {
    let mut world = World::new();
    let id = create(&world, "alpha", &["noc", "noc:dep_1"]);
    let path = format!("{DROPLETS}/{id}");
    let fresh = world.get(&path).value();
    assert_eq!(at(&fresh, "/droplet/status"), "new");
    assert_eq!(at(&fresh, "/droplet/locked"), true);
    assert_eq!(at(&fresh, "/droplet/networks"), json!({"v4": [], "v6": []}));

    world.now += world.settings.address_after_ms;
    let ready = world.get(&path).value();
    assert_eq!(at(&ready, "/droplet/status"), "active");
    assert_eq!(at(&ready, "/droplet/locked"), false);
    assert_eq!(at(&ready, "/droplet/networks/v4/0/type"), "private");
    assert_eq!(
        at(&ready, "/droplet/networks/v4/1"),
        json!({"ip_address": "198.18.0.2", "netmask": "255.255.240.0", "gateway": "198.18.0.1", "type": "public"})
    );
}

#[test]
fn a_creation_is_an_action_that_can_be_followed() {
    let mut world = World::new();
    let body = json!({"name": "alpha", "size": "s-1vcpu-1gb", "image": 195_932_102, "region": "fra1"});
    let made = world.call("POST", DROPLETS, &body).value();
    assert_eq!(at(&made, "/links/actions/0/rel"), "create");
    let action = number(&made, "/links/actions/0/id");
    assert_eq!(
        text(&made, "/links/actions/0/href"),
        format!("https://api.digitalocean.com/v2/actions/{action}")
    );
    let path = format!("/digitalocean/v2/actions/{action}");
    assert_eq!(at(&world.get(&path).value(), "/action/status"), "in-progress");
    assert_eq!(at(&world.get(&path).value(), "/action/completed_at"), Value::Null);
    world.now += world.settings.address_after_ms;
    assert_eq!(at(&world.get(&path).value(), "/action/status"), "completed");
    assert_eq!(at(&world.get(&path).value(), "/action/region/slug"), "fra1");
}

#[test]
fn the_droplet_object_has_every_required_property() {
    let mut world = World::new();
    let id = create(&world, "alpha", &["noc"]);
    world.now += 2_000;
    let droplet = at(&world.get(&format!("{DROPLETS}/{id}")).value(), "/droplet");
    for property in [
        "id",
        "name",
        "memory",
        "vcpus",
        "disk",
        "locked",
        "status",
        "kernel",
        "created_at",
        "features",
        "backup_ids",
        "next_backup_window",
        "snapshot_ids",
        "image",
        "volume_ids",
        "size",
        "size_slug",
        "networks",
        "region",
        "tags",
    ] {
        assert!(droplet.get(property).is_some(), "{property} is missing");
    }
    assert_eq!(at(&droplet, "/created_at"), "2026-11-20T10:00:00Z");
    assert_eq!(at(&droplet, "/size/price_monthly"), 24.0);
    assert_eq!(at(&droplet, "/image/slug"), "ubuntu-24-04-x64");
    assert_eq!(at(&droplet, "/region/slug"), "nyc3");
    assert_eq!(at(&droplet, "/tags"), json!(["noc"]));
    assert_eq!(at(&droplet, "/user_data"), Value::Null, "user data is never shown");
}

#[test]
fn ipv6_has_a_mask_that_is_a_number() {
    let mut world = World::new();
    let body = json!({"name": "six", "size": "s-1vcpu-1gb", "image": "debian-12-x64", "region": "nyc", "ipv6": true});
    let made = world.call("POST", DROPLETS, &body).value();
    assert_eq!(at(&made, "/droplet/region/slug"), "nyc1", "a prefix chooses the first region");
    world.now += 2_000;
    let droplet = world.get(&format!("{DROPLETS}/{}", number(&made, "/droplet/id"))).value();
    assert_eq!(at(&droplet, "/droplet/networks/v6/0/netmask"), 64);
}

#[test]
fn many_droplets_are_made_at_once() {
    let world = World::new();
    let body =
        json!({"names": ["a", "b", "c"], "size": "s-1vcpu-1gb", "image": "debian-12-x64", "region": "ams3"});
    let made = world.call("POST", DROPLETS, &body);
    assert_eq!((made.status, names(&made)), (202, vec!["a".into(), "b".into(), "c".into()]));
    assert_eq!(count(&made.value(), "/links/actions"), 3);
}

#[test]
fn lists_come_in_pages_with_links() {
    let world = World::new();
    for index in 0..45 {
        create(&world, &format!("server-{index}"), &["noc"]);
    }
    for (query, shown, links) in [
        ("", 20, &["last", "next"][..]),
        ("?page=2", 20, &["first", "last", "next", "prev"]),
        ("?page=3", 5, &["first", "prev"]),
        ("?page=9", 0, &["first", "prev"]),
        ("?per_page=200", 45, &[]),
        ("?per_page=45&tag_name=noc", 45, &[]),
        ("?tag_name=none", 0, &[]),
        ("?name=SERVER-7", 1, &[]),
        ("?type=gpus", 0, &[]),
    ] {
        let page = world.get(&format!("{DROPLETS}{query}"));
        assert_eq!((page.status, names(&page).len()), (200, shown), "{query}");
        let pages = at(&page.value(), "/links/pages");
        let keys: Vec<&String> = pages.as_object().map(|pages| pages.keys().collect()).unwrap_or_default();
        assert_eq!(keys, links, "{query}");
    }
    let filtered = world.get(&format!("{DROPLETS}?tag_name=noc&per_page=10")).value();
    assert_eq!(at(&filtered, "/meta/total"), 45);
    assert_eq!(
        text(&filtered, "/links/pages/next"),
        "https://api.digitalocean.com/v2/droplets?page=2&tag_name=noc&per_page=10"
    );
    let called = world.request("GET", DROPLETS).header("Host", "127.0.0.1:8788");
    assert_eq!(
        text(&world.send(&called).value(), "/links/pages/next"),
        "http://127.0.0.1:8788/digitalocean/v2/droplets?page=2",
        "links stay at the host that was called"
    );
}

#[test]
fn deleting_by_tag_takes_all_that_have_it() {
    let world = World::new();
    create(&world, "a", &["noc:dep_1", "noc"]);
    create(&world, "b", &["noc:dep_1"]);
    create(&world, "c", &["noc:dep_2"]);
    let delete = |tag: &str| world.call("DELETE", &format!("{DROPLETS}?tag_name={tag}"), &Value::Null).status;
    assert_eq!(delete("noc:dep_1"), 204);
    assert_eq!(names(&world.get(DROPLETS)), ["c"]);
    assert_eq!(delete("noc:dep_1"), 204, "a tag without droplets is no error");
    assert_eq!(delete("never-was"), 404);
    assert_eq!(delete("no%20tag"), 422);
    assert_eq!(world.call("DELETE", DROPLETS, &Value::Null).status, 400);
}

#[test]
fn a_deleted_droplet_is_gone_at_once_or_after_a_while() {
    for delete_after_ms in [0, 5_000] {
        let mut world = World::with(|settings| settings.delete_after_ms = delete_after_ms);
        let path = format!("{DROPLETS}/{}", create(&world, "alpha", &[]));
        world.now += 2_000;
        assert_eq!(world.call("DELETE", &path, &Value::Null).status, 204);
        assert_eq!(world.simulator.ledger().left_over, 0, "what is being deleted is not left over");
        if delete_after_ms > 0 {
            assert_eq!(at(&world.get(&path).value(), "/droplet/locked"), true);
            assert_eq!(world.call("DELETE", &path, &Value::Null).status, 422);
            world.now += delete_after_ms;
        }
        assert_eq!(world.get(&path).status, 404);
        assert_eq!(world.call("DELETE", &path, &Value::Null).status, 404);
    }
}

#[test]
fn actions_take_a_while_and_lock_the_droplet() {
    let mut world = World::new();
    let id = create(&world, "alpha", &["noc"]);
    let path = format!("{DROPLETS}/{id}/actions");
    let act = |world: &World, body: Value| world.call("POST", &path, &body);
    assert_eq!(act(&world, json!({"type": "reboot"})).status, 422, "it is locked until it is made");
    world.now += 2_000;
    for (body, property, before, after) in [
        (json!({"type": "power_off"}), "/droplet/status", json!("active"), json!("off")),
        (
            json!({"type": "resize", "size": "s-4vcpu-8gb", "disk": true}),
            "/droplet/disk",
            json!(80),
            json!(160),
        ),
        (json!({"type": "power_on"}), "/droplet/status", json!("off"), json!("active")),
        (json!({"type": "rename", "name": "beta"}), "/droplet/name", json!("alpha"), json!("beta")),
        (
            json!({"type": "rebuild", "image": "debian-12-x64"}),
            "/droplet/image/slug",
            json!("ubuntu-24-04-x64"),
            json!("debian-12-x64"),
        ),
    ] {
        let droplet = |world: &World| world.get(&format!("{DROPLETS}/{id}")).value();
        let started = act(&world, body.clone());
        assert_eq!(started.status, 201, "{body} {}", started.value());
        assert_eq!(at(&started.value(), "/action/status"), "in-progress");
        assert_eq!(act(&world, json!({"type": "reboot"})).status, 422, "{body}");
        assert_eq!(at(&droplet(&world), property), before, "{body}");
        world.now += world.settings.action_after_ms;
        assert_eq!(at(&droplet(&world), property), after, "{body}");
        let action = format!("/digitalocean/v2/actions/{}", number(&started.value(), "/action/id"));
        assert_eq!(at(&world.get(&action).value(), "/action/status"), "completed");
    }
    assert_eq!(count(&world.get(&path).value(), "/actions"), 6);
    let by_tag = world.call("POST", &format!("{DROPLETS}/actions?tag_name=noc"), &json!({"type": "reboot"}));
    assert_eq!((by_tag.status, count(&by_tag.value(), "/actions")), (201, 1));
}

#[test]
fn an_action_whose_droplet_went_away_has_failed() {
    let mut world = World::new();
    let body = json!({"name": "alpha", "size": "s-1vcpu-1gb", "image": "debian-12-x64"});
    let made = world.call("POST", DROPLETS, &body).value();
    world.call("DELETE", &format!("{DROPLETS}/{}", number(&made, "/droplet/id")), &Value::Null);
    world.now += 2_000;
    let action = world.get(&format!("/digitalocean/v2/actions/{}", number(&made, "/links/actions/0/id")));
    assert_eq!(at(&action.value(), "/action/status"), "errored");
}

#[test]
fn the_catalog_holds_what_cannot_be_had_too() {
    let world = World::new();
    let regions = world.get("/digitalocean/v2/regions?per_page=200").value();
    let sizes = world.get("/digitalocean/v2/sizes?per_page=200").value();
    for (list, key) in [(&regions, "regions"), (&sizes, "sizes")] {
        let items = list.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let unavailable = items.iter().filter(|item| at(item, "/available") == false).count();
        assert_eq!(unavailable, 1, "{key}");
        assert_eq!(number(list, "/meta/total"), items.len() as u64);
    }
    for target in
        ["/account", "/account/keys", "/images?type=distribution", "/images/debian-12-x64", "/snapshots"]
    {
        assert_eq!(world.get(&format!("/digitalocean/v2{target}")).status, 200, "{target}");
    }
}

#[test]
fn tags_stay_and_can_be_put_on_and_taken_off() {
    let world = World::new();
    let id = create(&world, "alpha", &["noc"]);
    let tags = "/digitalocean/v2/tags";
    assert_eq!(world.call("POST", tags, &json!({"name": "adopted"})).status, 201);
    let resources = json!({"resources": [{"resource_id": id.to_string(), "resource_type": "droplet"}]});
    assert_eq!(world.call("POST", &format!("{tags}/adopted/resources"), &resources).status, 204);
    assert_eq!(at(&world.get(&format!("{tags}/adopted")).value(), "/tag/resources/droplets/count"), 1);
    assert_eq!(world.call("DELETE", &format!("{tags}/noc/resources"), &resources).status, 204);
    let droplet = world.get(&format!("{DROPLETS}/{id}")).value();
    assert_eq!(at(&droplet, "/droplet/tags"), json!(["adopted"]));
    assert_eq!(count(&world.get(tags).value(), "/tags"), 2);
    assert_eq!(world.simulator.ledger().counts.unused_tags, 1);
    assert_eq!(world.call("DELETE", &format!("{tags}/noc"), &Value::Null).status, 204);
    assert_eq!(world.get(&format!("{tags}/noc")).status, 404);
}

#[test]
fn every_answer_says_how_many_calls_are_left() {
    let mut world = World::new();
    for (calls, token, remaining) in
        [(0, "sim-digitalocean-token", "4999"), (1, "wrong", "4999"), (1, "sim-digitalocean-token", "4998")]
    {
        let request = noc_simulator::Request::new("GET", "/digitalocean/v2/account").bearer(token);
        let reply = world.send(&request);
        assert_eq!(reply.get_header("ratelimit-limit"), Some("5000"));
        assert_eq!(reply.get_header("ratelimit-remaining"), Some(remaining), "{calls} {token}");
        assert_eq!(reply.get_header("ratelimit-reset"), Some("1795172400"), "when the oldest call expires");
        assert_eq!(reply.get_header("retry-after"), None);
    }
    world.now += 3_600_000;
    let later = world.get("/digitalocean/v2/account");
    assert_eq!(later.get_header("ratelimit-remaining"), Some("4999"));
}

#[test]
fn a_burst_is_refused_with_a_wait_and_the_hour_without() {
    let mut world = World::with(|settings| {
        settings.digitalocean_per_minute = 3;
        settings.digitalocean_per_hour = 5;
    });
    let account = "/digitalocean/v2/account";
    for _ in 0..3 {
        assert_eq!(world.get(account).status, 200);
        world.now += 1_000;
    }
    let burst = world.get(account);
    assert_eq!((burst.status, burst.get_header("retry-after")), (429, Some("57")));
    assert_eq!(at(&burst.value(), "/id"), "too_many_requests");
    world.now += 57_000;
    assert_eq!(world.get(account).status, 200, "the window slides");
    assert_eq!(world.get(account).status, 429);
    world.now += 60_000;
    assert_eq!(world.get(account).status, 200);
    let hour = world.get(account);
    assert_eq!((hour.status, hour.get_header("retry-after")), (429, None));
}
