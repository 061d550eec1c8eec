//! How many events a second are verified: `cargo xtask bench audit`.

use std::time::Instant;

use noc_audit::{FIRST, Head, Held, Kept, Sealed, Verifier, public_key};
use noc_shared::{
    audit::{AuditActor, AuditEvent, AuditTarget},
    id::{OrganizationId, PrincipalId, RequestId},
    time::Timestamp,
};
use serde_json::json;

const EVENTS: u64 = 500_000;
/// A head is kept of each thousandth event: at a thousand an hour, 24,000 a day, a quarter of what D1 writes on the free plan.
const KEPT: u64 = 1_000;
const SEED: [u8; 32] = [7; 32];
const AT: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn main() {
    let (export, heads) = export();
    let each = export.len() as u64 / EVENTS;
    let rate = |begun: Instant| EVENTS as f64 / begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let verified = Verifier::verify(Some(public_key(&SEED)), export.as_bytes());
    println!("verified {EVENTS} events of {each} bytes on one core: {:.0} events a second", rate(begun));
    assert_eq!(verified.map(|verified| verified.events), Ok(EVENTS));
    let begun = Instant::now();
    let kept = Kept::read(heads.as_bytes(), organization()).map(|kept| {
        let verified = Verifier::holding(public_key(&SEED), kept).all(export.as_bytes());
        println!("the same with {} kept heads: {:.0} events a second", EVENTS / KEPT, rate(begun));
        assert_eq!(
            verified.map(|verified| verified.held),
            Ok(Some(Held { checked: EVENTS / KEPT, others: 0, younger: 0 }))
        );
    });
    assert!(kept.is_ok(), "the heads that were made here are heads");
}

fn organization() -> OrganizationId {
    OrganizationId::from_random([1; 12])
}

/// An export, and the heads that were kept of its chain.
fn export() -> (String, String) {
    let (mut text, mut heads) = (String::new(), String::new());
    let mut hash = FIRST.to_owned();
    let organization_id = organization();
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
            at: AT,
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
        if number % KEPT == 0 {
            heads.push_str(&Head::sign(&SEED, organization(), number, hash.clone(), AT).line());
        }
    }
    let head = Head::sign(&SEED, organization_id, EVENTS, hash, AT);
    text.push_str(&head.line());
    text.push('\n');
    (text, heads)
}
