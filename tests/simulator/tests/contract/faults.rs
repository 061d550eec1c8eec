//! Faults: they fire exactly where they are aimed, and a run can be replayed.

use noc_simulator::{Connection, Cut, Effect, Fault, Match, Provider, Request, Settings};
use serde_json::json;

use crate::support::{NOW, World, at};

const DROPLETS: &str = "/digitalocean/v2/droplets";

fn fault(calls: Match, effect: Effect) -> Fault {
    Fault { calls, effect }
}

fn creations() -> Match {
    Match { method: Some("POST".into()), path_contains: Some("/v2/droplets".into()), ..Match::default() }
}

fn creation(world: &World) -> Request {
    world
        .request("POST", DROPLETS)
        .json(&json!({"name": "alpha", "size": "s-1vcpu-1gb", "image": "debian-12-x64", "region": "nyc3"}))
}

#[test]
fn each_effect_does_what_it_says() {
    let late = Effect::Delay { delay_ms: 700 };
    let hang = |after| Effect::Hang { hang_ms: 60_000, after };
    for (effect, status, delay_ms, connection, droplets) in [
        (Effect::status(500), Some(500), 0, Connection::Kept, 0),
        (Effect::too_many(7), Some(429), 0, Connection::Kept, 0),
        (late, Some(202), 700, Connection::Kept, 1),
        (Effect::cut(Cut::Before), None, 0, Connection::CutBefore, 0),
        (Effect::cut(Cut::After), None, 0, Connection::CutAfter, 1),
        (hang(false), None, 60_000, Connection::CutBefore, 0),
        (hang(true), None, 60_000, Connection::CutAfter, 1),
    ] {
        let world = World::new();
        let id = world.simulator.inject(fault(creations(), effect.clone()));
        let handled = world.simulator.handle(NOW, &creation(&world));
        let found = handled.reply.as_ref().map(|reply| reply.status);
        assert_eq!(
            (found, handled.delay_ms, handled.connection),
            (status, delay_ms, connection),
            "{effect:?}"
        );
        assert_eq!(world.simulator.ledger().left_over, droplets, "{effect:?}");
        assert_eq!(world.simulator.fired(id), 1);
        assert_eq!(
            world.simulator.calls().last().map(|call| (call.status, call.fault)),
            Some((status, Some(id)))
        );
        assert_eq!(world.send(&creation(&world)).status, 202, "the next call works");
    }
}

#[test]
fn an_injected_status_has_the_provider_s_own_body() {
    let world = World::new();
    let body = json!({"custom": true});
    for (provider, target, pointer, expected) in [
        (Provider::DigitalOcean, DROPLETS.to_owned(), "/id", json!("too_many_requests")),
        (Provider::Cloudflare, world.records(""), "/errors/0/code", json!(971)),
        (Provider::Infisical, "/infisical/api/v4/secrets".to_owned(), "/error", json!("RateLimitExceeded")),
    ] {
        let calls = Match { provider: Some(provider), ..Match::default() };
        world.simulator.inject(fault(calls.clone(), Effect::too_many(9)));
        let custom = Effect::Status { status: 503, retry_after: None, body: Some(body.clone()) };
        world.simulator.inject(fault(calls, custom));
        let reply = world.get(&target);
        assert_eq!((reply.status, reply.get_header("retry-after")), (429, Some("9")), "{target}");
        assert_eq!(at(&reply.value(), pointer), expected, "{target}");
        let custom = world.get(&target);
        assert_eq!((custom.status, custom.value()), (503, body.clone()), "{target}");
    }
}

#[test]
fn a_fault_takes_only_the_calls_it_is_aimed_at() {
    let world = World::new();
    let aim = |skip, times| Match { skip, times, ..creations() };
    let second = world.simulator.inject(fault(aim(1, 1), Effect::status(500)));
    // It does not see the call that the first fault took: its first two are the first and the third.
    let later = world.simulator.inject(fault(aim(1, 2), Effect::status(503)));
    let never = world
        .simulator
        .inject(fault(Match { provider: Some(Provider::Cloudflare), ..aim(0, 9) }, Effect::status(500)));
    world.get(DROPLETS);
    let statuses: Vec<u16> = (0..6).map(|_| world.send(&creation(&world)).status).collect();
    assert_eq!(statuses, [202, 500, 503, 503, 202, 202]);
    let counts: Vec<(u64, u64)> =
        world.simulator.faults().iter().map(|state| (state.seen, state.fired)).collect();
    assert_eq!(counts, [(6, 1), (5, 2), (0, 0)]);
    assert_eq!([second, later, never].map(|id| world.simulator.fired(id)), [1, 2, 0]);
    world.simulator.clear_faults();
    assert_eq!(world.simulator.fired(second), 0);
}

#[test]
fn the_same_seed_and_calls_give_the_same_bytes() {
    let run = |seed| {
        let world = World::with(|settings: &mut Settings| settings.seed = seed);
        world.simulator.inject(fault(Match { skip: 1, ..creations() }, Effect::status(500)));
        let record = json!({"name": "a.flaggerlink.test", "type": "A", "content": "198.18.0.2", "ttl": 1});
        let requests = [
            creation(&world),
            creation(&world),
            creation(&world),
            world.request("POST", &world.records("")).json(&record),
            world.request("GET", &world.records("")),
            world.request("GET", DROPLETS),
        ];
        let replies: Vec<_> = requests
            .iter()
            .enumerate()
            .map(|(step, request)| world.simulator.handle(NOW + step as u64 * 900, request))
            .collect();
        (replies, serde_json::to_vec(&world.simulator.world()).unwrap_or_default())
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn simulators_beside_each_other_share_nothing() {
    let worlds: Vec<World> = (0..100).map(|seed| World::with(|settings| settings.seed = seed)).collect();
    for world in &worlds {
        assert_eq!(world.simulator.ledger().left_over, 0);
        assert_eq!(world.send(&creation(world)).status, 202);
        assert_eq!(world.simulator.ledger().left_over, 1);
        assert_eq!(world.simulator.calls().len(), 1);
    }
}
