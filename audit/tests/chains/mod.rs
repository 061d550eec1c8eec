//! Chains to do something to.

use noc_audit::{FIRST, Head, Sealed};
use noc_shared::{
    audit::{AuditActor, AuditEvent, AuditTarget},
    id::{OrganizationId, PrincipalId, RequestId},
    time::Timestamp,
};
use serde_json::json;

/// What the key of the heads is made of.
pub(crate) const SEED: [u8; 32] = [7; 32];

/// Whose chains these are.
pub(crate) fn organization() -> OrganizationId {
    OrganizationId::from_random([1; 12])
}

/// A chain of so many events, signed at its end.
pub(crate) fn chain(events: u64) -> (Vec<Sealed>, Head) {
    let mut sealed: Vec<Sealed> = Vec::new();
    for number in 1..=events {
        let event = AuditEvent {
            action: "servers.deploy".to_owned(),
            actor: AuditActor {
                address: Some("203.0.113.7".to_owned()),
                kind: "token".to_owned(),
                name: "ci \"main\"\n".to_owned(),
                principal_id: PrincipalId::from_random([2; 12]),
                session_id: None,
            },
            after: Some(json!({ "server_name": format!("alpha-{number}"), "branch": "ünï\u{2028}" })),
            at: Timestamp::from_millis(1_800_000_000_000 + i64::try_from(number).unwrap()),
            before: None,
            number,
            organization_id: organization(),
            previous_hash: sealed.last().map_or_else(|| FIRST.to_owned(), |last| last.hash.clone()),
            request_id: RequestId::from_random([3; 12]),
            target: AuditTarget { id: format!("alpha-{number}"), kind: "server".to_owned() },
        };
        sealed.push(Sealed::of(&event).unwrap());
    }
    let hash = sealed.last().map_or_else(|| FIRST.to_owned(), |last| last.hash.clone());
    let head = Head::sign(&SEED, organization(), events, hash, Timestamp::from_millis(1_800_000_001_000));
    (sealed, head)
}

/// The lines of an export.
pub(crate) fn export(sealed: &[Sealed], head: Option<&Head>) -> Vec<u8> {
    let mut text: String = sealed.iter().map(|event| format!("{}\n", event.line())).collect();
    if let Some(head) = head {
        text.push_str(&format!("{}\n", head.line()));
    }
    text.into_bytes()
}
