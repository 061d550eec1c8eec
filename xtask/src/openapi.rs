//! `cargo xtask openapi`: writes the checked-in OpenAPI document anew.

use crate::Outcome;
use crate::arguments::Syntax;
use crate::project::Project;

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask openapi\n\nWrites the checked-in OpenAPI document anew, from the routes.",
    options: &[],
    flags: &[],
    rest: None,
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(_) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let written = project
        .cargo(&["test", "-p", "noc-worker", "--test", "api", "openapi"])
        .env("UPDATE_SNAPSHOTS", "1")
        .run()?;
    if written.success() { Ok(()) } else { Err("the document was not written: see above".into()) }
}
