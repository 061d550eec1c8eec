//! `cargo xtask bench`: measures what runs in production. One file for each subject.

mod agents;
mod audit;
mod dashboard;

use crate::Outcome;
use crate::arguments::Syntax;
use crate::build::{self, Build};
use crate::project::Project;
use crate::setup::{self, Tools};

/// Something that is measured.
struct Subject {
    name: &'static str,
    about: &'static str,
    run: fn(&Project, &Tools) -> Outcome<()>,
}

/// Everything that is measured.
const SUBJECTS: &[Subject] = &[agents::SUBJECT, audit::SUBJECT, dashboard::SUBJECT];

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask bench [SUBJECT]

Sets up what is missing, builds the Worker as it runs in production, and measures it in workerd.

  agents     one Worker takes the reports of 1,000 agents: reports a second and core, p99, rows written to D1
  audit      how many events of an export are checked in a second, on one core
  dashboard  its first load (bytes over the wire as brotli, requests, time to content), Lighthouse's scores, and with
             10,000 servers how soon a keystroke of the filter is on screen and how many frames a scroll drops; in the
             Chromium that CHROMIUM names, or /usr/bin/chromium

Without a subject, all of them. Measure on a machine that has nothing else to do.",
    options: &[],
    flags: &[],
    rest: Some("SUBJECT"),
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(arguments) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let names = &arguments.rest;
    if let Some(name) = names.iter().find(|name| SUBJECTS.iter().all(|subject| subject.name != **name)) {
        return Err(format!("there is no subject `{name}`"));
    }
    let tools = setup::prepare(project)?;
    build::worker(project, &tools, &Build::production())?;
    for subject in
        SUBJECTS.iter().filter(|subject| names.is_empty() || names.iter().any(|name| name == subject.name))
    {
        crate::console::say(&format!("\n{}: {}", subject.name, subject.about));
        (subject.run)(project, &tools)?;
    }
    Ok(())
}
