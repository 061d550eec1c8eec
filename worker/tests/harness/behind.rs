//! What somebody does at the providers behind NOC's back.

use std::sync::Arc;

use futures_util::FutureExt as _;
use noc_shared::id::ServerId;
use noc_simulator::{LedgerRecord, Origin, Request};
use noc_worker::ports::{Clock as _, Database, Param, Statement};
use serde_json::{Value, json};

use super::{
    client::{NAME, ORGANIZATION},
    world::World,
};

/// The identifier of the orphan that is adopted.
pub(crate) const ORPHAN: &str = "orp_0123456789abcdef01234567";

/// The server whose tag the machine of that orphan has.
pub(crate) fn orphaned_server() -> ServerId {
    ServerId::parse("srv_0123456789abcdef01234567").unwrap()
}

/// Somebody changes something of the server that is there; what they cannot change, they leave. They never touch what
/// would make it another machine.
pub(crate) fn meddle(world: &World, how: u8) {
    let ledger = world.simulator.ledger();
    let record = ledger.dns_records.iter().find(|record| record.origin == Origin::Api);
    let droplet = ledger.droplets.first();
    world.crowd.lock().unwrap().meddled |= record.is_some() || droplet.is_some();
    let (Some(record), Some(droplet)) = (record, droplet) else { return };
    let server_tag = droplet.tags.iter().find(|tag| tag.starts_with("noc-server:")).cloned();
    let droplet = droplet.id;
    // An adoption that is undone leaves the machine where it was, and with it a record whose mark somebody took away:
    // whose that is nobody can know, and it points to what is there.
    let how = if world.crowd.lock().unwrap().orphan.is_some() && how % 7 == 3 { 2 } else { how };
    match how % 7 {
        0 => in_the_zone(world, "DELETE", &record.id, &Value::Null),
        1 => put(world, record, |body| body["content"] = json!("203.0.113.9")),
        2 => put(world, record, |body| body["proxied"] = json!(!record.proxied)),
        3 => put(world, record, |body| body["comment"] = Value::Null),
        4 => untag(world, droplet, "noc"),
        5 => untag(world, droplet, &server_tag.unwrap_or_default()),
        _ => {
            let body = json!({ "type": "power_off" });
            at_digitalocean(world, "POST", &format!("/droplets/{droplet}/actions"), &body);
        }
    }
}

/// Somebody changes everything that a repair can mend.
pub(crate) fn drift(world: &Arc<World>) {
    let ledger = world.simulator.ledger();
    let records: Vec<&LedgerRecord> =
        ledger.dns_records.iter().filter(|record| record.origin == Origin::Api).collect();
    in_the_zone(world, "DELETE", &records[0].id, &Value::Null);
    put(world, records[1], |body| body["content"] = json!("203.0.113.9"));
    put(world, records[2], |body| body["proxied"] = json!(false));
    let extra = json!({ "name": format!("old-{}", records[1].name), "type": "A", "ttl": 1,
        "content": "203.0.113.9", "comment": records[1].comment });
    in_the_zone(world, "POST", "", &extra);
    let droplet = ledger.droplets[0].id;
    untag(world, droplet, "noc");
    at_digitalocean(world, "POST", &format!("/droplets/{droplet}/actions"), &json!({ "type": "power_off" }));
    // The machine does what it is told after a while.
    world.pass(60_000);
}

/// Somebody removes a record of the server.
pub(crate) fn lose_a_record(world: &Arc<World>) {
    let records = world.simulator.ledger().dns_records;
    let record = records.iter().find(|record| record.origin == Origin::Api).unwrap();
    in_the_zone(world, "DELETE", &record.id, &Value::Null);
}

/// There is a machine with the tag of a server that no record knows, and the reconciler has found it.
pub(crate) fn orphan(world: &Arc<World>) {
    let tags = ["noc".to_owned(), format!("noc-server:{}", orphaned_server())];
    let body = json!({ "name": NAME, "size": "s-2vcpu-4gb", "region": "nyc1", "image": "ubuntu-24-04-x64",
        "tags": tags });
    at_digitalocean(world, "POST", "/droplets", &body);
    world.pass(60_000);
    let droplet = world.simulator.ledger().droplets[0].id;
    let now = world.now();
    let document = json!({ "id": ORPHAN, "provider": "digitalocean", "kind": "droplet",
        "provider_id": droplet.to_string(), "name": NAME, "content": null, "region": "nyc1", "size": "s-2vcpu-4gb",
        "server_id": orphaned_server(), "server_name": null, "reason": "", "created_at": null,
        "first_seen_at": now, "seen_at": now, "price_monthly": 24 });
    let insert = Statement::new(
        "INSERT INTO orphans (id, organization_id, kind, provider_id, first_seen_at, price_cents, sweep, document)
         VALUES (?1, ?2, 'droplet', ?3, 0, 2400, 1, ?4)",
        [
            Param::from(ORPHAN),
            ORGANIZATION.into(),
            droplet.to_string().into(),
            document.to_string().into(),
        ],
    );
    let database: &dyn Database = &*world.database;
    database.query(insert).now_or_never().unwrap().unwrap();
    world.crowd.lock().unwrap().orphan = Some(droplet);
}

fn put(world: &World, record: &LedgerRecord, change: impl FnOnce(&mut Value)) {
    let mut body = json!({ "name": record.name, "type": "A", "ttl": 1, "content": record.content,
        "proxied": record.proxied, "comment": record.comment });
    change(&mut body);
    in_the_zone(world, "PUT", &record.id, &body);
}

fn untag(world: &World, droplet: u64, tag: &str) {
    let body = json!({ "resources": [{ "resource_id": droplet.to_string(), "resource_type": "droplet" }] });
    at_digitalocean(world, "DELETE", &format!("/tags/{tag}/resources"), &body);
}

fn at_digitalocean(world: &World, method: &str, path: &str, body: &Value) {
    let token = world.simulator.settings().digitalocean_token;
    tell(world, method, &format!("/digitalocean/v2{path}"), &token, body);
}

fn in_the_zone(world: &World, method: &str, id: &str, body: &Value) {
    let settings = world.simulator.settings();
    let slash = if id.is_empty() { "" } else { "/" };
    let path = format!("/cloudflare/client/v4/zones/{}/dns_records{slash}{id}", settings.zone_id);
    tell(world, method, &path, &settings.cloudflare_token, body);
}

fn tell(world: &World, method: &str, path: &str, token: &str, body: &Value) {
    let mut request = Request::new(method, path).bearer(token);
    if !body.is_null() {
        request.body = body.to_string().into_bytes();
        request = request.header("content-type", "application/json");
    }
    let now = u64::try_from(world.now().millis()).unwrap();
    world.simulator.handle(now, &request);
}
