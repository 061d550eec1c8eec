//! How big Worker and dashboard are, and whether that is too big.

use std::path::Path;

use crate::process::Program;
use crate::{Outcome, console};

/// An isolate takes 25 to 30 ms to start per MiB of wasm (which is three times its gzip): our own limit, far below the
/// platform's, keeps a cold start at about 100 ms.
const LIMIT: u64 = 1184 * 1024;

/// Prints the sizes as uploaded and compressed. Node is there anyway and has the same zlib as everybody.
const MEASURE: &str = "const [, ...files] = process.argv;
for (const file of files) {
  const content = require('node:fs').readFileSync(file);
  console.log(content.length, require('node:zlib').gzipSync(content, { level: 9 }).length);
}";

/// Prints the size of the Worker in `out`, and refuses one for `production` that is over the limit.
pub(super) fn report(out: &Path, production: bool) -> Outcome<()> {
    let node =
        Program::new("node").args(["-e", MEASURE]).arg(out.join("index_bg.wasm")).arg(out.join("index.js"));
    let measured = node.output()?;
    if !measured.success {
        return Err(format!("the Worker's size cannot be measured: {}", measured.stderr));
    }
    let sizes = parse(&measured.stdout).ok_or("the Worker's size cannot be measured")?;
    let (raw, gzip) = sizes.iter().fold((0, 0), |(raw, gzip), size| (raw + size.0, gzip + size.1));
    console::say(&format!("  wasm and JavaScript: {}, {} gzip", kib(raw), kib(gzip)));
    if production && gzip > LIMIT {
        return Err(format!(
            "the Worker is {} gzip, over its limit of {}: see what grew it",
            kib(gzip),
            kib(LIMIT)
        ));
    }
    Ok(())
}

/// What a browser loads before the dashboard is there, over a slow line of 1.6 Mbit/s in less than two seconds.
const FIRST_LOAD_LIMIT: u64 = 350_000;

/// All other pages together, of which nobody loads more than one piece at a time: as much again.
const LATER_LIMIT: u64 = 350_000;

/// Prints the size of each file, as it is sent: brotli at its best, but for the font, which is compressed already. The name
/// is last, as it may have anything in it.
const MEASURE_FILES: &str = "const [, out] = process.argv;
const { readFileSync, readdirSync } = require('node:fs');
const { brotliCompressSync, constants } = require('node:zlib');
const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
for (const name of ['index.html', 'favicon.svg', ...readdirSync(out + '/assets').map((name) => 'assets/' + name)]) {
  const content = readFileSync(out + '/' + name);
  const sent = name.endsWith('.woff2') ? content.length : brotliCompressSync(content, { params }).length;
  console.log(content.length, sent, name);
}";

/// Prints what a browser loads first of the dashboard in `out`, and what it loads later; refuses what is over its limit
/// for `production`.
pub(super) fn report_dashboard(out: &Path, production: bool) -> Outcome<()> {
    let measured = Program::new("node").args(["-e", MEASURE_FILES]).arg(out).output()?;
    if !measured.success {
        return Err(format!("the dashboard's size cannot be measured: {}", measured.stderr));
    }
    let sizes = measured.stdout.lines().filter_map(sent);
    let (later, first): (Vec<_>, Vec<_>) = sizes.partition(|(_, name)| is_later(name));
    if first.len() < 6 {
        return Err("the dashboard's size cannot be measured: files are missing".into());
    }
    if !production {
        return Ok(());
    }
    for (what, files, limit) in [("first load", first, FIRST_LOAD_LIMIT), ("other pages", later, LATER_LIMIT)]
    {
        let sum = files.iter().map(|(size, _)| size).sum();
        let each: Vec<String> = files.iter().map(|(size, name)| format!("{name} {}", kb(*size))).collect();
        console::say(&format!("  {what}, brotli: {} ({})", kb(sum), each.join(", ")));
        if sum > limit {
            return Err(format!("{what}: {} are over the limit of {}: see what grew", kb(sum), kb(limit)));
        }
    }
    Ok(())
}

/// Whether a file is a piece of the program that is loaded when a page needs it.
fn is_later(name: &str) -> bool {
    name.starts_with("assets/split_") || name.starts_with("assets/chunk_")
}

/// What is sent of a file, and its name.
fn sent(line: &str) -> Option<(u64, &str)> {
    let mut words = line.splitn(3, ' ').skip(1);
    Some((words.next()?.parse().ok()?, words.next()?))
}

/// The pairs of raw and compressed size, one for each of the two files.
fn parse(lines: &str) -> Option<Vec<(u64, u64)>> {
    let pair = |line: &str| {
        line.split_once(' ').and_then(|(raw, gzip)| Some((raw.parse().ok()?, gzip.parse().ok()?)))
    };
    let sizes: Vec<(u64, u64)> = lines.lines().map(pair).collect::<Option<_>>()?;
    (sizes.len() == 2).then_some(sizes)
}

/// In thousands, as limits of what is sent are said.
fn kb(bytes: u64) -> String {
    format!("{} kB", bytes.div_ceil(1000))
}

fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_two_pairs_of_numbers() {
        for (lines, sizes) in [
            ("100 40\n20 10\n", Some(vec![(100, 40), (20, 10)])),
            ("100 40\n", None),
            ("100\n20 10\n", None),
            ("a b\n20 10\n", None),
        ] {
            assert_eq!(parse(lines), sizes, "{lines}");
        }
    }

    #[test]
    fn what_is_sent_of_a_file_is_read_with_its_name() {
        assert_eq!(sent("100 40 assets/a b.js"), Some((40, "assets/a b.js")));
        assert_eq!(sent("100 x"), None);
    }

    #[test]
    fn pieces_of_other_pages_are_not_of_the_first_load() {
        for (name, later) in [
            ("assets/split_fleet-0.wasm", true),
            ("assets/chunk_3-0.wasm", true),
            ("assets/noc-0.wasm", false),
        ] {
            assert_eq!(is_later(name), later, "{name}");
        }
    }

    #[test]
    fn sizes_are_rounded_up_so_that_over_the_limit_shows() {
        assert_eq!((kib(LIMIT), kib(LIMIT + 1)), ("1184 KiB".into(), "1185 KiB".into()));
    }
}
