//! How quickly an export of audit events is checked.

use crate::Outcome;
use crate::project::Project;
use crate::setup::Tools;

use super::Subject;

pub(super) const SUBJECT: Subject =
    Subject { name: "audit", about: "an export of 500,000 audit events is checked on one core", run };

fn run(project: &Project, _: &Tools) -> Outcome<()> {
    let speed = ["run", "--quiet", "--release", "-p", "noc-audit", "--example", "speed"];
    if project.cargo(&speed).run()?.success() { Ok(()) } else { Err("it was not measured: see above".into()) }
}
