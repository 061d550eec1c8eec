//! How many events a second are verified: `cargo xtask bench audit`.

use std::time::Instant;

use noc_audit::{FIRST, Head, Sealed, Verifier, public_key};
use noc_shared::{
    audit::{AuditActor, AuditEvent, AuditTarget},
    id::{OrganizationId, PrincipalId, RequestId},
    time::Timestamp,
};
use serde_json::json;

const EVENTS: u64 = 500_000;
const SEED: [u8; 32] = [7; 32];

fn main() {
    let export = export();
    let begun = Instant::now();
    let verified = Verifier::verify(Some(public_key(&SEED)), export.as_bytes());
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(verified.map(|verified| verified.events), Ok(EVENTS));
    let (each, rate) = (export.len() as u64 / EVENTS, EVENTS as f64 / seconds);
    println!("verified {EVENTS} events of {each} bytes on one core: {rate:.0} events a second");
}

fn export() -> String {
    let mut text = String::new();
    let mut hash = FIRST.to_owned();
    let organization_id = OrganizationId::from_random([1; 12]);
    for number in 1..=EVENTS {
        let event = AuditEvent {
            action: "servers.deploy".to_owned(),
            actor: AuditActor {
                address: Some("203.0.113.7".to_owned()),
                kind: "token".to_owned(),
                name: "ci".to_owned(),
                principal_id: PrincipalId::from_random([2; 12]),
                session_id: None,
            },
            after: Some(json!({ "branch": "master", "region": "nyc1", "size": "s-2vcpu-4gb" })),
            at: Timestamp::from_millis(1_800_000_000_000),
            before: None,
            number,
            organization_id: organization_id.clone(),
            previous_hash: std::mem::take(&mut hash),
            request_id: RequestId::from_random([3; 12]),
            target: AuditTarget { id: format!("alpha-{number}"), kind: "server".to_owned() },
        };
        let Ok(sealed) = Sealed::of(&event) else { continue };
        text.push_str(&sealed.line());
        text.push('\n');
        hash = sealed.hash;
    }
    let head = Head::sign(&SEED, organization_id, EVENTS, hash, Timestamp::from_millis(1_800_000_000_000));
    text.push_str(&head.line());
    text.push('\n');
    text
}
