//! DigitalOcean: what is refused, and how.

use noc_simulator::Request;
use serde_json::{Map, Value, json};

use crate::support::{World, at, text};

const DROPLETS: &str = "/digitalocean/v2/droplets";

/// A valid body with some properties changed; null takes one away.
fn body(changes: Value) -> Value {
    let mut body: Map<String, Value> = Map::new();
    for (name, value) in
        [("name", "alpha"), ("size", "s-2vcpu-4gb"), ("image", "ubuntu-24-04-x64"), ("region", "nyc3")]
    {
        body.insert(name.into(), value.into());
    }
    for (name, value) in changes.as_object().cloned().unwrap_or_default() {
        if value.is_null() && name != "tags" {
            body.remove(&name);
        } else {
            body.insert(name, value);
        }
    }
    Value::Object(body)
}

#[test]
fn a_creation_refuses_what_the_real_one_refuses() {
    let world = World::with(|settings| settings.droplet_limit = 3);
    for (changes, message) in [
        (json!({"nmae": "x"}), "unknown property 'nmae'"),
        (json!({"name": null}), "Name can't be blank"),
        (json!({"name": ""}), "Name can't be blank"),
        (json!({"name": 7}), "name must be a string"),
        (
            json!({"name": "under_score"}),
            "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)",
        ),
        (json!({"name": "ends-"}), "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)"),
        (json!({"name": "a".repeat(256)}), "Name is too long (maximum is 255 characters)"),
        (json!({"names": ["b"]}), "name and names cannot be combined"),
        (json!({"name": null, "names": []}), "names must have one to 10 entries"),
        (json!({"size": null}), "size is required"),
        (json!({"size": "s-3vcpu"}), "You specified an invalid size for Droplet creation."),
        (json!({"size": "m-2vcpu-16gb"}), "You specified an invalid size for Droplet creation."),
        (json!({"image": null}), "image is required"),
        (json!({"image": "windows"}), "You specified an invalid image for Droplet creation."),
        (json!({"image": 1}), "You specified an invalid image for Droplet creation."),
        (json!({"region": "mars1"}), "You specified an invalid region for Droplet creation."),
        (json!({"region": "sfo1"}), "You specified an invalid region for Droplet creation."),
        (json!({"region": "lon1", "size": "c-2"}), "Size is not available in this region."),
        (
            json!({"tags": ["with space"]}),
            "Tag names may have 1 to 255 letters, numbers, colons, dashes and underscores.",
        ),
        (json!({"tags": "noc"}), "tags must be a list of strings"),
        (json!({"user_data": "x".repeat(64 * 1024 + 1)}), "User data is too long (maximum is 64 KiB)"),
        (json!({"ipv6": "yes"}), "ipv6 must be a boolean"),
        (json!({"ssh_keys": [1]}), "1 are invalid key identifiers for Droplet creation."),
        (json!({"volumes": ["v"]}), "One of the volumes could not be found."),
        (json!({"vpc_uuid": "v"}), "VPC could not be found in this region."),
        (json!({"backup_policy": {"plan": "daily"}}), "backup_policy: needs backups to be enabled"),
        (json!({"backups": true, "backup_policy": {"hour": 3}}), "backup_policy: hour is invalid"),
        (json!({"backups": true, "backup_policy": {"day": "SUN"}}), "backup_policy: unknown property 'day'"),
        (
            json!({"name": null, "names": ["a", "b", "c", "d"]}),
            "creating this/these droplet(s) will exceed your droplet limit",
        ),
    ] {
        let reply = world.call("POST", DROPLETS, &body(changes.clone()));
        assert_eq!((reply.status, text(&reply.value(), "/message")), (422, message), "{changes}");
        assert_eq!(at(&reply.value(), "/id"), "unprocessable_entity");
        assert_eq!(Some(text(&reply.value(), "/request_id")), reply.get_header("x-request-id"));
    }
    assert_eq!(world.simulator.ledger().left_over, 0);
}

#[test]
fn a_creation_takes_what_the_real_one_takes() {
    let world = World::new();
    for changes in [
        json!({"tags": null}),
        json!({"tags": ["noc:dep_01J", "a_b-c"]}),
        json!({"region": null}),
        json!({"user_data": "x".repeat(64 * 1024)}),
        json!({"name": "a".repeat(255)}),
        json!({"name": "host.example.test"}),
        json!({"ssh_keys": [512_189, "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa"]}),
        json!({"backups": true, "backup_policy": {"plan": "weekly", "weekday": "SUN", "hour": 4}}),
        json!({"monitoring": true, "ipv6": false, "with_droplet_agent": false, "public_networking": true}),
    ] {
        let reply = world.call("POST", DROPLETS, &body(changes.clone()));
        assert_eq!(reply.status, 202, "{changes} {}", reply.value());
    }
}

#[test]
fn calls_that_are_wrong_as_a_whole_are_refused() {
    let world = World::new();
    let post = |body: &str| {
        let mut request = world.request("POST", DROPLETS).header("Content-Type", "application/json");
        request.body = body.into();
        request
    };
    let untyped = {
        let mut request = post("{}");
        request.headers.retain(|(name, _)| name != "Content-Type");
        request
    };
    let get = |path: &str| world.request("GET", &format!("/digitalocean/v2{path}"));
    for (request, status, id) in [
        (Request::new("GET", DROPLETS), 401, "unauthorized"),
        (Request::new("GET", DROPLETS).bearer("wrong"), 401, "unauthorized"),
        (post("{"), 400, "bad_request"),
        (post("[]"), 400, "bad_request"),
        (untyped, 415, "unsupported_media_type"),
        (get("/droplets?per_page=0"), 400, "bad_request"),
        (get("/droplets?per_page=201"), 400, "bad_request"),
        (get("/droplets?per_page=many"), 400, "bad_request"),
        (get("/droplets?page=0"), 400, "bad_request"),
        (get("/droplets?pagee=1"), 400, "bad_request"),
        (get("/droplets?tag_name=a&name=b"), 400, "bad_request"),
        (get("/sizes?region=nyc3"), 400, "bad_request"),
        (get("/droplets/1"), 404, "not_found"),
        (get("/droplets/one"), 404, "not_found"),
        (get("/actions/1"), 404, "not_found"),
        (get("/dropletz"), 404, "not_found"),
        (world.request("GET", "/digitalocean/droplets"), 404, "not_found"),
        (world.request("PUT", DROPLETS), 405, "method_not_allowed"),
        (world.request("PATCH", "/digitalocean/v2/account"), 405, "method_not_allowed"),
    ] {
        let reply = world.send(&request);
        let found = (reply.status, text(&reply.value(), "/id").to_owned());
        assert_eq!(found, (status, id.to_owned()), "{} {}", request.method, request.target);
        assert!(reply.get_header("ratelimit-remaining").is_some());
    }
}

#[test]
fn actions_refuse_what_does_not_fit() {
    let mut world = World::new();
    let made = world.call("POST", DROPLETS, &body(json!({}))).value();
    world.now += 2_000;
    let path = format!("{DROPLETS}/{}/actions", at(&made, "/droplet/id"));
    for (body, message) in [
        (json!({}), "type is required"),
        (json!({"type": "explode"}), "'explode' is no type of action"),
        (json!({"type": "rename"}), "name is required"),
        (
            json!({"type": "rename", "name": "a b"}),
            "Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)",
        ),
        (json!({"type": "rename", "nam": "a"}), "unknown property 'nam'"),
        (json!({"type": "resize", "size": "huge"}), "You specified an invalid size."),
        (json!({"type": "resize", "size": "s-4vcpu-8gb"}), "Droplet must be powered off to be resized."),
        (json!({"type": "resize", "size": "s-2vcpu-4gb-amd", "disk": 1}), "disk must be a boolean"),
        (json!({"type": "rebuild", "image": "windows"}), "You specified an invalid image."),
    ] {
        let reply = world.call("POST", &path, &body);
        assert_eq!((reply.status, text(&reply.value(), "/message")), (422, message), "{body}");
    }
    world.call("POST", &path, &json!({"type": "power_off"}));
    world.now += 2_000;
    let smaller = world.call("POST", &path, &json!({"type": "resize", "size": "s-1vcpu-1gb"}));
    assert_eq!(smaller.status, 422, "disks do not shrink");
}
