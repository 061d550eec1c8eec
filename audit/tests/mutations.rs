//! Whatever is done to an export is found.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it shall")]

mod chains;

use noc_audit::{Found, Head, Sealed, Verifier, public_key};
use noc_shared::{audit::AuditEvent, id::OrganizationId, time::Timestamp};

use chains::{SEED, chain, export, organization};

const EVENTS: u64 = 1_000;

fn verify(export: &[u8]) -> Result<u64, Found> {
    let verified = Verifier::verify(Some(public_key(&SEED)), export);
    verified.map(|verified| verified.events).map_err(|broken| broken.found)
}

#[test]
fn a_chain_that_nobody_touched_is_whole() {
    for events in [0, 1, 2, EVENTS] {
        let (sealed, head) = chain(events);
        assert_eq!(verify(&export(&sealed, Some(&head))), Ok(events));
        assert_eq!(verify(&export(&sealed, None)), Err(Found::NoHead));
        assert!(Verifier::verify(None, &export(&sealed, None)).is_ok());
    }
}

#[test]
fn every_byte_that_is_flipped_is_found() {
    let (sealed, head) = chain(EVENTS);
    let mut bytes = export(&sealed, Some(&head));
    // What comes before a place is whole, as the test above says; so each flip is looked at from the line that it is in,
    // with the verifier as it stands there.
    let mut verifier = Verifier::new(Some(public_key(&SEED)));
    let mut start = 0;
    while start < bytes.len() {
        let end = start + bytes[start..].iter().position(|byte| *byte == b'\n').unwrap();
        for place in start..=end {
            for bit in [0, 5] {
                bytes[place] ^= 1 << bit;
                assert!(rest(verifier.clone(), &bytes[start..], end - start), "byte {place}, bit {bit}");
                bytes[place] ^= 1 << bit;
            }
        }
        verifier.line(&bytes[start..end]).unwrap();
        start = end + 1;
    }
}

/// Whether something is found in a line of this length, or in the next ones.
fn rest(mut verifier: Verifier, bytes: &[u8], length: usize) -> bool {
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n").ok_or(Found::Unreadable).and_then(|line| verifier.line(line)) {
            Err(_) => return true,
            // A line that reads as a whole one after a flip inside of it has not shown the flip.
            Ok(()) if line.len() > length => return false,
            Ok(()) => {}
        }
    }
    verifier.end().is_err()
}

#[test]
fn every_two_neighbours_that_change_places_and_every_event_that_is_removed_or_repeated_are_found() {
    let (sealed, head) = chain(EVENTS);
    let lines: Vec<String> = sealed.iter().map(Sealed::line).collect();
    // What comes before a place is whole, so that each change is looked at from there.
    let mut verifier = Verifier::new(Some(public_key(&SEED)));
    for index in 0..lines.len() {
        let is_found = |here: &[usize]| {
            let behind = here.iter().map(|place| lines[*place].clone()).chain([head.line()]);
            let text: String = behind.map(|line| format!("{line}\n")).collect();
            rest(verifier.clone(), text.as_bytes(), usize::MAX)
        };
        let next = index + 1;
        assert!(is_found(&[]), "cut off at {index}");
        assert!(is_found(&[index, index]), "repeated {index}");
        if next < lines.len() {
            assert!(is_found(&[next]), "removed {index}");
            assert!(is_found(&[next, index]), "swapped {index}");
        }
        verifier.line(lines[index].as_bytes()).unwrap();
    }
    // The same, read from the first line on.
    for index in [0, 1, 500, lines.len() - 2] {
        let mut swapped = sealed.clone();
        swapped.swap(index, index + 1);
        assert!(verify(&export(&swapped, Some(&head))).is_err(), "swapped {index}");
        assert!(
            matches!(verify(&export(&sealed[..index], Some(&head))), Err(Found::Truncated { .. })),
            "cut off behind {index}"
        );
    }
}

#[test]
fn a_chain_that_was_written_anew_is_found_by_a_head_and_a_head_by_its_key() {
    let (sealed, head) = chain(3);
    let (other, _) = {
        let (mut other, head) = chain(3);
        let mut event: AuditEvent = serde_json::from_str(&other[2].document).unwrap();
        event.action = "servers.destroy".to_owned();
        other[2] = Sealed::of(&event).unwrap();
        (other, head)
    };
    assert_eq!(verify(&export(&other, Some(&head))), Err(Found::NotChained));
    let forged = Head::sign(&[8; 32], organization(), 3, other[2].hash.clone(), Timestamp::from_millis(0));
    assert_eq!(verify(&export(&other, Some(&forged))), Err(Found::NotSigned));
    let stranger = Head { organization_id: OrganizationId::from_random([9; 12]), ..head.clone() };
    assert_eq!(verify(&export(&sealed, Some(&stranger))), Err(Found::NotSigned));
    let mut behind = export(&sealed, Some(&head));
    behind.extend(export(&sealed[..1], None));
    assert_eq!(verify(&behind), Err(Found::BehindTheHead));
}

#[test]
fn the_keys_of_every_object_are_in_the_order_of_the_alphabet() {
    let (sealed, _) = chain(1);
    let event: AuditEvent = serde_json::from_str(&sealed[0].document).unwrap();
    let document = &sealed[0].document;
    let places: Vec<usize> = [
        "\"action\"",
        "\"actor\"",
        "\"after\"",
        "\"at\"",
        "\"before\"",
        "\"number\"",
        "\"organization_id\"",
        "\"previous_hash\"",
        "\"request_id\"",
        "\"target\"",
    ]
    .into_iter()
    .map(|key| document.find(key).unwrap())
    .collect();
    assert!(places.is_sorted(), "{document}");
    assert!(document.find("\"branch\"") < document.find("\"server_name\""), "{document}");
    assert_eq!(Sealed::of(&event).unwrap(), sealed[0]);
}
