//! What somebody who has the database and the Worker's signature does to a chain is found by the heads that were kept.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it shall")]

mod chains;

use noc_audit::{Broken, FIRST, Found, Head, Held, Kept, Sealed, Unsigned, Verified, Verifier, public_key};
use noc_shared::{audit::AuditEvent, id::OrganizationId, time::Timestamp};
use serde_json::json;

use chains::{SEED, chain, export, organization};

const EVENTS: u64 = 24;
/// Where heads were kept.
const HEADS: [u64; 3] = [6, 12, 18];
/// When the first of them was signed. The others follow in seconds, and exports are made after all of them.
const FIRST_MS: i64 = 1_800_000_000_000;

fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(FIRST_MS + i64::try_from(second).unwrap() * 1_000)
}

fn head_of(sealed: &[Sealed], number: u64, at: Timestamp) -> Head {
    let hash = usize::try_from(number).unwrap().checked_sub(1).map_or(FIRST, |place| &sealed[place].hash);
    Head::sign(&SEED, organization(), number, hash.to_owned(), at)
}

/// The heads that were kept of a chain, as they were sent.
fn sent(sealed: &[Sealed]) -> String {
    let lines =
        HEADS.map(|number| json!({ "heads": [head_of(sealed, number, at(number))] }).to_string() + "\n");
    lines.concat()
}

/// The export that NOC makes of whatever is in the database, with a fresh signature.
fn signed_anew(sealed: &[Sealed]) -> Vec<u8> {
    export(sealed, Some(&head_of(sealed, sealed.len() as u64, at(3_600))))
}

fn verify(export: &[u8], heads: &str) -> Result<Verified, Broken> {
    let kept = Kept::read(heads.as_bytes(), organization()).unwrap();
    Verifier::holding(public_key(&SEED), kept).all(export)
}

/// Makes a chain of events again as somebody does who has the database: each with its number, and the hash of the one
/// before it.
fn rewritten(events: impl IntoIterator<Item = AuditEvent>) -> Vec<Sealed> {
    let mut sealed: Vec<Sealed> = Vec::new();
    for mut event in events {
        event.number = sealed.len() as u64 + 1;
        event.previous_hash = sealed.last().map_or_else(|| FIRST.to_owned(), |last| last.hash.clone());
        sealed.push(Sealed::of(&event).unwrap());
    }
    sealed
}

fn events(sealed: &[Sealed]) -> Vec<AuditEvent> {
    sealed.iter().map(|sealed| serde_json::from_str(&sealed.document).unwrap()).collect()
}

#[test]
fn whatever_is_written_anew_before_the_newest_kept_head_is_found_and_what_is_behind_it_is_not() {
    let (sealed, _) = chain(EVENTS);
    let (heads, events) = (sent(&sealed), events(&sealed));
    let whole = verify(&signed_anew(&sealed), &heads).unwrap();
    assert_eq!(whole.held, Some(Held { checked: 3, others: 0, younger: 0 }));
    for place in 0..events.len() {
        let mut changed = events.clone();
        changed[place].action = "servers.destroy".to_owned();
        let mut without = events.clone();
        without.remove(place);
        let mut with = events.clone();
        with.insert(place, changed[place].clone());
        // The last one of all changes with itself, which changes nothing.
        let mut swapped = events.clone();
        swapped.swap(place, (place + 1).min(events.len() - 1));
        for (what, events) in
            [("changed", changed), ("removed", without), ("put in", with), ("swapped", swapped)]
        {
            let export = signed_anew(&rewritten(events));
            // Without the heads, the fresh signature covers what was done.
            assert!(Verifier::verify(Some(public_key(&SEED)), &export).is_ok(), "{what} {place}");
            let found = verify(&export, &heads);
            let Some(next) = HEADS.into_iter().find(|number| *number > place as u64) else {
                assert!(found.is_ok(), "{what} {place}: nobody has a head of that");
                continue;
            };
            let Err(Broken { line, found: Found::Rewritten { number, at: when, kept, found, since } }) =
                found
            else {
                panic!("{what} {place}: {found:?}");
            };
            assert_eq!((line, number, when), (next, next, at(next)), "{what} {place}");
            assert_eq!(kept, sealed[usize::try_from(next).unwrap() - 1].hash);
            assert_ne!(found, kept);
            assert_eq!(since, HEADS.into_iter().rev().find(|number| *number < next).unwrap_or(0));
        }
    }
}

#[test]
fn an_end_that_was_cut_off_before_the_newest_kept_head_is_found() {
    let (sealed, _) = chain(EVENTS);
    let heads = sent(&sealed);
    for last in 0..EVENTS {
        let export = signed_anew(&sealed[..usize::try_from(last).unwrap()]);
        let found = verify(&export, &heads);
        if last >= 18 {
            assert!(found.is_ok(), "nobody has a head of what came after {last}");
        } else {
            let cut = Found::CutOff { number: 18, at: at(18), found: last };
            assert_eq!(found, Err(Broken { line: last + 2, found: cut }));
        }
    }
    // The same of an export that has no head at all.
    let found = verify(&export(&sealed[..8], None), &heads).unwrap_err().found;
    assert_eq!(found, Found::CutOff { number: 18, at: at(18), found: 8 });
}

#[test]
fn a_head_that_was_signed_after_an_export_says_nothing_of_its_end() {
    let (sealed, _) = chain(EVENTS);
    let older = export(&sealed[..8], Some(&head_of(&sealed, 8, at(8))));
    assert_eq!(
        verify(&older, &sent(&sealed)).unwrap().held,
        Some(Held { checked: 1, others: 0, younger: 2 })
    );
    let oldest = export(&sealed[..4], Some(&head_of(&sealed, 4, at(4))));
    let found = verify(&oldest, &sent(&sealed)).unwrap_err().found;
    assert_eq!(found, Found::NoneKept { others: 0, younger: 3 });
    // Signed at the same moment, it would have to be there.
    let at_once = export(&sealed[..8], Some(&head_of(&sealed, 8, at(18))));
    assert!(matches!(verify(&at_once, &sent(&sealed)).unwrap_err().found, Found::CutOff { number: 18, .. }));
}

#[test]
fn heads_are_read_in_every_form_in_which_they_are_kept() {
    let (sealed, _) = chain(EVENTS);
    let all: Vec<Head> = [0, 6, 6, 12, 18, 24].map(|number| head_of(&sealed, number, at(number))).into();
    let other = Head::sign(&SEED, OrganizationId::from_random([9; 12]), 7, FIRST.to_owned(), at(7));
    let pretty = |value| serde_json::to_string_pretty(&value).unwrap();
    let bare: String = all.iter().map(|head| serde_json::to_string(head).unwrap() + "\n").collect();
    let lines: String = all.iter().map(|head| head.line() + "\n").collect();
    let with_other =
        [json!({ "heads": &all[..3] }), json!({ "heads": [&other] }), json!({ "heads": &all[3..] })];
    for (form, heads, others) in [
        ("one document", json!({ "heads": all }).to_string(), 0),
        ("pretty", pretty(json!({ "heads": all })), 0),
        ("bare", bare.clone(), 0),
        ("lines of exports", lines.clone(), 0),
        ("many", with_other.clone().map(|document| document.to_string()).join("\n"), 1),
        ("many pretty ones without a break", with_other.map(pretty).concat(), 1),
        ("all of it, twice", format!("{bare}\n\n{lines}{bare}"), 0),
    ] {
        let held = verify(&signed_anew(&sealed), &heads).unwrap().held;
        assert_eq!(held, Some(Held { checked: 5, others, younger: 0 }), "{form}");
    }
}

#[test]
fn heads_that_say_nothing_of_the_chain_are_refused() {
    let (sealed, _) = chain(EVENTS);
    let export = signed_anew(&sealed);
    let other = Head::sign(&SEED, OrganizationId::from_random([9; 12]), 7, FIRST.to_owned(), at(7));
    let none = |others| Found::NoneKept { others, younger: 0 };
    assert_eq!(verify(&export, "").unwrap_err().found, none(0));
    assert_eq!(verify(&export, r#"{"heads":[]}"#).unwrap_err().found, none(0));
    assert_eq!(verify(&export, &other.line()).unwrap_err().found, none(1));
    let hash = sealed[5].hash.clone();
    let forged = Head::sign(&[8; 32], organization(), 6, hash, at(6));
    let found = verify(&export, &format!("{}{}", sent(&sealed), forged.line())).unwrap_err();
    assert_eq!(found, Broken { line: 6, found: Found::KeptNotSigned { number: 6, at: at(6) } });
    let beyond = Head::sign(&[8; 32], organization(), 99, FIRST.to_owned(), at(99));
    let found = verify(&export, &format!("{}{}", sent(&sealed), beyond.line())).unwrap_err().found;
    assert_eq!(found, Found::KeptNotSigned { number: 99, at: at(99) });
    // The heads of one chain say nothing of another one.
    let kept = Kept::read(other.line().as_bytes(), other.organization_id.clone()).unwrap();
    let found = Verifier::holding(public_key(&SEED), kept).all(&export).unwrap_err();
    assert_eq!(found, Broken { line: 1, found: Found::Stranger });
    for (heads, said) in [
        (
            "{\"heads\":[]}\n{",
            "JSON document 2 holds no heads: EOF while parsing an object at line 2 column 1",
        ),
        ("[]", "JSON document 1 holds no heads: invalid length 0, expected struct Head with 5 elements"),
        (
            r#"{"heads":[],"more":1}"#,
            "JSON document 1 holds no heads: unknown field `more`, expected `heads`",
        ),
    ] {
        let refused = Kept::read(heads.as_bytes(), organization()).unwrap_err().to_string();
        assert_eq!(refused, said);
    }
}

#[test]
fn every_byte_of_a_kept_head_that_is_flipped_is_found_or_says_the_same() {
    let (sealed, _) = chain(8);
    let (export, head) = (signed_anew(&sealed), head_of(&sealed, 6, at(6)));
    let mut bytes = format!("{}\n", json!({ "heads": [head] })).into_bytes();
    for place in 0..bytes.len() {
        for bit in [0, 5] {
            bytes[place] ^= 1 << bit;
            let is_found = match Kept::read(&bytes[..], organization()) {
                Err(_) => true,
                Ok(kept) => Verifier::holding(public_key(&SEED), kept).all(&export).is_err(),
            };
            let is_same = || {
                let read: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                serde_json::from_value::<Head>(read["heads"][0].clone()).unwrap() == head
            };
            assert!(is_found || is_same(), "byte {place}, bit {bit}");
            bytes[place] ^= 1 << bit;
        }
    }
}

#[test]
fn an_end_that_noc_refused_to_sign_is_never_whole_and_says_why() {
    let (sealed, _) = chain(3);
    let head = head_of(&sealed, 3, at(3));
    for (unsigned, said) in [
        (
            Unsigned { found: Some("f00\u{1b}".to_owned()), head: Some(head.clone()) },
            "has the hash f00\\u{1b} now",
        ),
        (Unsigned { found: None, head: Some(head) }, "is not there any more"),
        (Unsigned { found: None, head: None }, "the newest head that it keeps cannot be read"),
    ] {
        let mut text = export(&sealed, None);
        text.extend(format!("{}\n", unsigned.line()).bytes());
        for key in [None, Some(public_key(&SEED))] {
            let broken = Verifier::verify(key, &text).unwrap_err();
            assert!(broken.to_string().ends_with(said), "{broken}");
            assert_eq!(broken, Broken { line: 4, found: Found::Unsigned(unsigned.clone()) });
        }
    }
}
