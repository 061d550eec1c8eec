//! How many reports of agents one Worker takes.

use super::Subject;
use crate::Outcome;
use crate::project::Project;
use crate::setup::Tools;

/// As many servers as the free plan's writes to D1 are reckoned for.
const AGENTS: &str = "1000";

/// Long enough for the slowest of a hundred reports to be one of many.
const SECONDS: &str = "30";

pub(super) const SUBJECT: Subject =
    Subject { name: "agents", about: "the reports of 1,000 agents, as fast as they are taken", run };

fn run(project: &Project, _: &Tools) -> Outcome<()> {
    let program = project.cargo(&[
        "run",
        "--quiet",
        "--release",
        "-p",
        "noc-system-tests",
        "--bin",
        "bench_agents",
        "--",
    ]);
    let program = program.args([AGENTS, SECONDS]).env("NOC_WORKER_BUILD", "worker/build");
    if program.run()?.success() { Ok(()) } else { Err("it was not measured: see above".into()) }
}
