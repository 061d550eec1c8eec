//! `noc audit verify FILE`: says whether an export of audit events is whole.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    process::ExitCode,
};

use noc_audit::{Broken, Found, Verified, Verifier};

const HELP: &str = "Usage: noc audit verify FILE [--key PUBLIC_KEY]

Says whether an export of audit events (GET /api/audit/export) is whole: any byte that was changed, and any event that
was removed, put in or moved, is found and named by its line. With the public key of the heads (GET /api/audit/key) the
export must end with a signed head, so that events that were cut off at the end are found, too.

It needs no network and no NOC, only the file. The exit code is 0 if the export is whole, 1 if it is not, and 2 if it
could not be read.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (file, key) = match arguments.as_slice() {
        ["audit", "verify", file] if !file.starts_with('-') => (*file, None),
        ["audit", "verify", file, "--key", key] | ["audit", "verify", "--key", key, file] => {
            (*file, Some((*key).to_owned()))
        }
        ["--help" | "-h" | "help"] | ["audit", "--help"] | ["audit", "verify", "--help"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match verify(file, key) {
        Ok(Ok(Verified { events, hash, head })) => {
            println!("whole: {events} events, the last one with the hash {hash}");
            match head {
                Some(head) => println!("head: signed at {}, of event {}", head.at, head.number),
                None => println!("no head: whether events were cut off at the end, nobody can say"),
            }
            ExitCode::SUCCESS
        }
        Ok(Err(broken)) => {
            eprintln!("{file}: {broken}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{file} cannot be read: {error}");
            ExitCode::from(2)
        }
    }
}

/// Reads the file line by line, so that it may be longer than memory.
fn verify(file: &str, key: Option<String>) -> std::io::Result<Result<Verified, Broken>> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(file)?);
    let mut verifier = Verifier::new(key);
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        number += 1;
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(verifier.end().map_err(|found| Broken { line: number, found }));
        }
        let read = line.strip_suffix(b"\n").ok_or(Found::Unreadable).and_then(|line| verifier.line(line));
        if let Err(found) = read {
            return Ok(Err(Broken { line: number, found }));
        }
    }
}
