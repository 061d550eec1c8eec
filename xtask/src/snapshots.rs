//! `cargo xtask snapshots`: writes anew what is made from the code and checked in.

use crate::Outcome;
use crate::arguments::Syntax;
use crate::project::Project;

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask snapshots

Writes anew what is made from the code and checked in, for `git diff` to show: the OpenAPI document, the schema that
the migrations make, and what the machines of each application get.",
    options: &[],
    flags: &[],
    rest: None,
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(_) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let written = project
        .cargo(&["test", "--quiet", "-p", "noc-worker", "--features", "openapi", "--test", "api"])
        .env("UPDATE_SNAPSHOTS", "1")
        .run()?;
    if written.success() { Ok(()) } else { Err("a test failed: see above".into()) }
}
