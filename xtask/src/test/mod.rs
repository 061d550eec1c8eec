//! `cargo xtask test`: every check and every test there is.

mod count;
mod report;
mod stages;

use crate::Outcome;
use crate::arguments::Syntax;
use crate::project::Project;

use stages::{Only, Wanted};

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask test [--only native|system|browser|tools] [filter…]

Sets up what is missing and runs every check and test. Each run ends with a table of what it did, and a count.

  --only native   the tests of shared, worker, frontend, simulator and this tool
  --only system   the built Worker in workerd, against the simulator
  --only browser  the dashboard in a real Chromium (CHROMIUM=/usr/bin/chromium); its pictures are in target/screens
  --only tools    rustfmt, clippy, cargo-deny, the release's size, and wrangler's dry run of a deployment
  filter          run only tests whose names contain one of these (and nothing that is not a test)

A check that is not a test (clippy, say) counts as one failed test when it fails, and as none when it does not.",
    options: &["--only"],
    flags: &[],
    rest: Some("filter"),
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(arguments) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let only = arguments.value("--only").map(Only::parse).transpose()?;
    let wanted = Wanted { only, filters: arguments.rest };
    if !wanted.anything() {
        return Err("this part has no tests that a filter could choose from".into());
    }
    let report = stages::run_all(project, &wanted);
    report.print();
    // The last line is the count: a failure adds no words of its own.
    if !report.succeeded() {
        crate::process::leave(1);
    }
    Ok(())
}
