//! `noc audit verify FILE`: says whether an export of audit events is whole.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    process::ExitCode,
};

use noc_audit::{Broken, Found, Held, Kept, Verified, Verifier, organization_of};

const HELP: &str = "Usage: noc audit verify FILE [--key PUBLIC_KEY [--heads HEADS]]

Says whether an export of audit events (GET /api/audit/export) is whole.

FILE alone      finds any byte that was changed, and any event that was removed, put in or moved, unless all behind it
                was written anew; and no end that was cut off.
--key           the public key (GET /api/audit/key): the export must end with a head that is signed with it, so that
                whoever has the file cannot write it anew or cut it off. Whoever has NOC's database can.
--heads         a file of heads that were kept where the database is not: what NOC_AUDIT_WEBHOOK was sent, last lines
                of exports, or heads alone, as JSON documents one behind the other. Each head of this chain must be
                signed with the key and lie on it, so that whatever was there when the newest was signed is proven,
                whoever has the database. Heads of other organizations are counted and passed over.

It needs no network and no NOC, only the files. The exit code is 0 if the export is whole, 1 if it is not or what was
asked for cannot be shown (no head, or no kept head of this chain), and 2 if a file could not be read.";

/// What the command is asked for.
#[derive(Default)]
struct Asked {
    file: Option<String>,
    key: Option<String>,
    heads: Option<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if matches!(
        arguments.as_slice(),
        ["--help" | "-h" | "help"] | ["audit", "--help"] | ["audit", "verify", "--help"]
    ) {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Some((file, asked)) = read(&arguments) else {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    };
    match verify(&file, &asked) {
        Ok(Ok(verified)) => {
            tell(&verified, asked.key.is_some());
            ExitCode::SUCCESS
        }
        Ok(Err(broken)) => {
            eprintln!("{file}: {broken}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Reads the arguments, of which each stands once at most. Kept heads without the key would prove nothing.
fn read(arguments: &[&str]) -> Option<(String, Asked)> {
    let mut arguments = arguments.strip_prefix(["audit", "verify"].as_slice())?.iter();
    let mut asked = Asked::default();
    while let Some(argument) = arguments.next() {
        let (place, value) = match *argument {
            "--key" => (&mut asked.key, arguments.next()?),
            "--heads" => (&mut asked.heads, arguments.next()?),
            option if option.starts_with('-') => return None,
            _ => (&mut asked.file, argument),
        };
        if place.replace((*value).to_owned()).is_some() {
            return None;
        }
    }
    let file = asked.file.take()?;
    (asked.heads.is_none() || asked.key.is_some()).then_some((file, asked))
}

/// Says what was found to be whole, and no more than that.
fn tell(verified: &Verified, has_key: bool) {
    let Verified { events, hash, head, held } = verified;
    println!("whole: {events} events, the last one with the hash {hash}");
    match head {
        Some(head) if has_key => println!("head: signed at {}, of event {}", head.at, head.number),
        Some(head) => println!(
            "head: of event {}, signature not checked: without --key, anybody can have written this file",
            head.number
        ),
        None => println!("no head: whether events were cut off at the end, nobody can say"),
    }
    match held {
        Some(Held { checked, others, younger }) => {
            println!("kept heads: {checked} checked, {others} of other organizations");
            if *younger > 0 {
                println!(
                    "{younger} more were signed of later events, after this export was made: export again"
                );
            }
        }
        None => println!(
            "no kept heads: whoever has NOC's database can have written the chain anew before it was signed; see --heads"
        ),
    }
}

/// Reads the file line by line, so that it may be longer than memory.
fn verify(file: &str, asked: &Asked) -> Result<Result<Verified, Broken>, String> {
    let cannot = |error| format!("{file} cannot be read: {error}");
    let mut reader = BufReader::with_capacity(1 << 20, File::open(file).map_err(cannot)?);
    let mut verifier = Verifier::new(asked.key.clone());
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        number += 1;
        if reader.read_until(b'\n', &mut line).map_err(cannot)? == 0 {
            return Ok(verifier.end().map_err(|found| Broken { line: number, found }));
        }
        let text = line.strip_suffix(b"\n");
        if let (1, Some(text), Some(heads), Some(key)) = (number, text, &asked.heads, &asked.key) {
            // A first line that does not say whose it is is refused below.
            if let Some(organization) = organization_of(text) {
                let cannot = |error: &dyn std::fmt::Display| format!("{heads} cannot be read: {error}");
                let source = BufReader::new(File::open(heads).map_err(|error| cannot(&error))?);
                let kept = Kept::read(source, organization).map_err(|error| cannot(&error))?;
                verifier = Verifier::holding(key.clone(), kept);
            }
        }
        let read = text.ok_or(Found::Unreadable).and_then(|line| verifier.line(line));
        if let Err(found) = read {
            return Ok(Err(Broken { line: number, found }));
        }
    }
}
