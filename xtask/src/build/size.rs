//! How big the Worker is, and whether that is too big.

use std::path::Path;

use crate::process::Program;
use crate::{Outcome, console};

/// An isolate takes 25 to 30 ms to start per MiB of wasm (which is 2 to 3 times its gzip): our own limit, far
/// below the platform's, keeps a cold start under 100 ms.
const LIMIT: u64 = 1024 * 1024;

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

/// The pairs of raw and compressed size, one for each of the two files.
fn parse(lines: &str) -> Option<Vec<(u64, u64)>> {
    let pair = |line: &str| {
        line.split_once(' ').and_then(|(raw, gzip)| Some((raw.parse().ok()?, gzip.parse().ok()?)))
    };
    let sizes: Vec<(u64, u64)> = lines.lines().map(pair).collect::<Option<_>>()?;
    (sizes.len() == 2).then_some(sizes)
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
    fn sizes_are_rounded_up_so_that_over_the_limit_shows() {
        assert_eq!((kib(LIMIT), kib(LIMIT + 1)), ("1024 KiB".into(), "1025 KiB".into()));
    }
}
