//! `noc audit verify`, as it is called.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it shall")]

mod chains;

use std::{fs, path::PathBuf, process::Command};

use noc_audit::{Head, public_key};

use chains::{SEED, chain, export, organization};

/// A file of these bytes.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The exit code, and all that is said.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_noc")).args(["audit", "verify"]).args(arguments).output();
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn the_command_says_what_it_has_checked_and_no_more() {
    let (sealed, head) = chain(5);
    let whole = file("whole", export(&sealed, Some(&head)));
    let headless = file("headless", export(&sealed, None));
    let mut bytes = export(&sealed, Some(&head));
    bytes[20] ^= 1;
    let changed = file("changed", bytes);
    let heads = file("heads", head.line());
    let elsewhere = Head { hash: sealed[3].hash.clone(), ..head.clone() };
    let elsewhere = Head::sign(&SEED, organization(), elsewhere.number, elsewhere.hash, elsewhere.at);
    let elsewhere = file("elsewhere", elsewhere.line());
    let (empty, nonsense) = (file("empty", ""), file("nonsense", "heads"));
    let (key, missing) = (public_key(&SEED), format!("{whole}-not"));
    let key = key.as_str();
    let cases: [(&[&str], i32, &str); 14] = [
        (&[&whole], 0, "head: of event 5, signature not checked"),
        (&[&headless], 0, "no head: whether events were cut off at the end, nobody can say"),
        (&[&changed], 1, "line 1: the event is not the one that its hash was made of"),
        (&[&whole, "--key", key], 0, "no kept heads: whoever has NOC's database"),
        (&["--key", key, &whole], 0, "head: signed at 2027-01-15T08:00:01Z, of event 5\n"),
        (&[&headless, "--key", key], 1, "line 6: there is no signed head"),
        (&[&whole, "--key", key, "--heads", &heads], 0, "kept heads: 1 checked, 0 of other organizations\n"),
        (&["--heads", &heads, "--key", key, &whole], 0, "kept heads: 1 checked"),
        (&[&whole, "--key", key, "--heads", &elsewhere], 1, "line 5: event 5 had the hash"),
        (&[&whole, "--key", key, "--heads", &empty], 1, "no kept head says anything about this chain"),
        (&[&whole, "--key", key, "--heads", &nonsense], 2, "nonsense cannot be read: JSON document 1"),
        (&[&whole, "--key", key, "--heads", &missing], 2, "-not cannot be read"),
        (&[&missing], 2, "-not cannot be read"),
        // Heads whose signature nobody checks would prove nothing.
        (&[&whole, "--heads", &heads], 2, "Usage: noc audit verify"),
    ];
    for (arguments, code, said) in cases {
        let (exit, output) = run(arguments);
        assert_eq!(exit, Some(code), "{arguments:?}: {output}");
        assert!(output.contains(said), "{arguments:?}: {output}");
    }
    let (_, output) = run(&[&whole]);
    assert!(!output.contains("signed at"), "{output}");
    let whole = whole.as_str();
    let unclear: [&[&str]; 4] = [&[], &[whole, whole], &[whole, "--key"], &[whole, "--keys", key]];
    for arguments in unclear {
        assert_eq!(run(arguments).0, Some(2), "{arguments:?}");
    }
}
