//! How quick the dashboard is.

use super::Subject;
use crate::Outcome;
use crate::build::{self, Frontend};
use crate::process::Program;
use crate::project::Project;
use crate::setup::Tools;

pub(super) const SUBJECT: Subject = Subject {
    name: "dashboard",
    about: "its first load, its scores, and lists of ten thousand servers",
    run,
};

/// The program prints each figure with its limit. Chromium is /usr/bin/chromium, or what CHROMIUM says.
fn run(project: &Project, tools: &Tools) -> Outcome<()> {
    build::frontend(project, tools, Frontend::Production)?;
    let measured = Program::new("node").arg("tests/browser/bench.mjs").dir(&project.root).run()?;
    if measured.success() { Ok(()) } else { Err("something is over its limit: see above".into()) }
}
