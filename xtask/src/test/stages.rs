//! The stages of a run: what each one runs, and which ones a failure keeps from running.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::build::{self, Build, Frontend};
use crate::console::{self, bold};
use crate::process::Program;
use crate::project::Project;
use crate::setup::{self, Tools, WASM};

use super::count::Count;
use super::report::{End, Report, Stage};

/// How long the advisory database may take to come: it is a download of a few megabytes.
const ADVISORIES: Duration = Duration::from_secs(60);

/// The stage that makes the folder which is served.
const DASHBOARD: &str = "the dashboard for production";

/// With this a test fails that would pass over what it cannot test here, for want of a program or a right.
const REQUIRE_TOOLS: &str = "NOC_REQUIRE_TOOLS";

/// How many seeded schedules of faults the harness runs.
const SCHEDULES: &str = "100000";

/// One part of all there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Only {
    Native,
    System,
    Browser,
    Tools,
}

/// What was asked for.
pub(super) struct Wanted {
    pub(super) only: Option<Only>,
    /// Parts of test names.
    pub(super) filters: Vec<String>,
}

impl Only {
    /// Reads the value of `--only`.
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        match text {
            "native" => Ok(Self::Native),
            "system" => Ok(Self::System),
            "browser" => Ok(Self::Browser),
            "tools" => Ok(Self::Tools),
            _ => Err(format!("--only takes native, system, browser or tools, not `{text}`")),
        }
    }
}

impl Wanted {
    /// Whether there is anything to run.
    pub(super) fn anything(&self) -> bool {
        [Only::Native, Only::System, Only::Browser, Only::Tools].into_iter().any(|part| self.wants(part))
    }

    fn wants(&self, part: Only) -> bool {
        self.only.is_none_or(|only| only == part)
            && (self.filters.is_empty() || matches!(part, Only::Native | Only::System))
    }
}

/// Runs every stage that is wanted; one that fails keeps only those from running that stand on it.
pub(super) fn run_all(project: &Project, wanted: &Wanted) -> Report {
    let mut run = Run { project, wanted, report: Report::default() };
    let mut tools = None;
    run.stage("set-up", |_| {
        setup::programs_of_tests();
        let ready = setup::prepare(project)?;
        let unwinding = ready.nightly.is_some();
        tools = Some(ready);
        if unwinding { Ok(()) } else { Err("panics would abort, as no nightly Rust can be had".into()) }
    });
    let Some(tools) = tools else {
        for (name, part) in [
            ("checks", Only::Tools),
            ("native tests", Only::Native),
            ("whole-system tests", Only::System),
            ("browser tests", Only::Browser),
        ] {
            if wanted.wants(part) {
                run.not_run(name, "the set-up");
            }
        }
        return run.report;
    };
    if wanted.wants(Only::Tools) {
        run.checks();
    }
    if wanted.wants(Only::Native) {
        run.native();
    }
    if wanted.wants(Only::System) {
        run.system(&tools);
    }
    // What is deployed has to be buildable and small enough before anybody looks at it.
    if wanted.wants(Only::Tools) || wanted.wants(Only::Browser) {
        run.dashboard(&tools);
    }
    if wanted.wants(Only::Browser) {
        run.browser();
    }
    if wanted.wants(Only::Tools) {
        run.release(&tools);
    }
    run.report
}

struct Run<'a> {
    project: &'a Project,
    wanted: &'a Wanted,
    report: Report,
}

impl Run<'_> {
    fn checks(&mut self) {
        let project = self.project;
        self.stage("rustfmt", |_| pass(project.cargo(&["fmt", "--all", "--check"]), "run `cargo fmt`"));
        // With all features here; without any for wasm32, as in production.
        self.stage("clippy", |_| clippy(project, &["--workspace", "--all-targets", "--all-features"]));
        self.stage("clippy for wasm32", |_| {
            clippy(project, &["-p", "noc-worker", "-p", "noc-frontend", "--target", WASM])
        });
        self.stage("licences, bans and sources", |_| {
            let deny = setup::cargo_deny(project).map_err(|reason| format!("not checked: {reason}"))?;
            pass(deny_check(project, &deny, &["licenses", "bans", "sources"]), "see what cargo-deny says")?;
            advisories(project, &deny)
        });
    }

    fn native(&mut self) {
        let (project, filters) = (self.project, &self.wanted.filters);
        self.stage("native tests", |count| {
            let packages = [
                "-p",
                "noc-audit",
                "-p",
                "noc-shared",
                "-p",
                "noc-worker",
                "-p",
                "noc-simulator",
                "-p",
                "noc-frontend",
                "-p",
                "xtask",
            ];
            // The OpenAPI document is made by this feature, and a test compares it with what is checked in.
            let features = ["--features", "noc-worker/openapi"];
            let native = project.cargo(&["test", "--no-fail-fast"]).args(packages).args(features);
            tests(native.env(REQUIRE_TOOLS, "1"), filters, count)
        });
        self.stage("fault harness", |count| {
            let harness = ["test", "--no-fail-fast", "-p", "noc-worker", "--test", "harness"];
            let built = ["--profile", "harness", "--features", "noc-worker/harness"];
            tests(project.cargo(&harness).args(built).env("NOC_SCHEDULES", SCHEDULES), filters, count)
        });
    }

    fn system(&mut self, tools: &Tools) {
        const BUILD: &str = "the Worker for tests";
        let (project, filters) = (self.project, &self.wanted.filters);
        self.stage(BUILD, |_| build::worker(project, tools, &Build::for_tests()).map(drop));
        if !self.report.passed(BUILD) {
            return self.not_run("whole-system tests", "the build");
        }
        self.stage("whole-system tests", |count| {
            let system = project.cargo(&["test", "--no-fail-fast", "-p", "noc-system-tests"]);
            tests(system.env(REQUIRE_TOOLS, "1"), filters, count)
        });
    }

    fn dashboard(&mut self, tools: &Tools) {
        let project = self.project;
        self.stage(DASHBOARD, |_| build::frontend(project, tools, Frontend::Production).map(drop));
    }

    fn browser(&mut self) {
        if !self.report.passed(DASHBOARD) {
            return self.not_run("browser tests", "the build");
        }
        let project = self.project;
        self.stage("browser tests", |count| {
            let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into());
            if !std::path::Path::new(&chromium).is_file() {
                return Err(format!(
                    "not run: there is no {chromium}; install Chromium, or say where it is with CHROMIUM=…"
                ));
            }
            let node = Program::new("node").arg("tests/browser/run.mjs").dir(&project.root);
            counted(node.env("CHROMIUM", chromium), count)
        });
    }

    fn release(&mut self, tools: &Tools) {
        const BUILD: &str = "the Worker for production";
        let project = self.project;
        self.stage(BUILD, |_| build::worker(project, tools, &Build::production()).map(drop));
        if !self.report.passed(BUILD) {
            return self.not_run("dry run of a deployment", "the build");
        }
        self.stage("dry run of a deployment", |_| {
            pass(project.wrangler(["deploy", "--dry-run"]), "see what wrangler says")
        });
    }

    fn stage(&mut self, name: &'static str, work: impl FnOnce(&mut Count) -> Outcome<()>) {
        console::say(&format!("\n{}", bold(&format!("== {name}"))));
        let (begun, mut count) = (Instant::now(), Count::default());
        let end = match work(&mut count) {
            Ok(()) => End::Passed,
            Err(reason) => {
                // What follows a signal are failures of everything at once: no table of those.
                if crate::process::interrupted() {
                    crate::process::leave(130);
                }
                console::complain(&format!("{name}: {reason}"));
                End::Failed(reason)
            }
        };
        self.report.stages.push(Stage { name, end, time: begun.elapsed(), count });
    }

    fn not_run(&mut self, name: &'static str, why: &'static str) {
        self.report.stages.push(Stage {
            name,
            end: End::NotRun(why),
            time: Duration::ZERO,
            count: Count::default(),
        });
    }
}

fn clippy(project: &Project, what: &[&str]) -> Outcome<()> {
    pass(project.cargo(&["clippy"]).args(what).args(["--", "-D", "warnings"]), "see its warnings")
}

fn pass(program: Program, otherwise: &str) -> Outcome<()> {
    if program.run()?.success() { Ok(()) } else { Err(otherwise.into()) }
}

fn tests(cargo: Program, filters: &[String], count: &mut Count) -> Outcome<()> {
    // Options for the test programs come after the dashes; cargo itself takes one filter only.
    counted(cargo.arg("--").args(filters), count)
}

/// Runs a program that ends its tests with a line as cargo's do.
fn counted(program: Program, count: &mut Count) -> Outcome<()> {
    let success = program.follow(|line, is_error| {
        if is_error {
            console::say_aside(line)
        } else {
            console::say(line)
        }
        if let Some(result) = Count::parse(line) {
            *count += result;
        }
    })?;
    match (success, count.failed) {
        (true, 0) => Ok(()),
        (_, 0) => Err("the tests did not run to their end".into()),
        (_, 1) => Err("1 test failed".into()),
        (_, failed) => Err(format!("{failed} tests failed")),
    }
}

fn deny_check(project: &Project, deny: &std::path::Path, checks: &[&str]) -> Program {
    // Its own programs (cargo metadata) must not build where nobody looks.
    let colour = if console::coloured() { "auto" } else { "never" };
    Program::new(deny)
        .args(["--color", colour, "check", "--hide-inclusion-graph"])
        .args(checks)
        .dir(&project.root)
        .env("CARGO_TARGET_DIR", project.target())
}

/// Checks for known vulnerabilities, if their database can be had: without a network this says so and passes.
fn advisories(project: &Project, deny: &std::path::Path) -> Outcome<()> {
    let fetch = Program::new(deny).args(["fetch", "db"]).dir(&project.root);
    let fetched = fetch.env("GIT_TERMINAL_PROMPT", "0").output_within(ADVISORIES)?;
    if !fetched.success {
        console::say("The advisory database is out of reach: known vulnerabilities are not checked");
        return Ok(());
    }
    pass(
        deny_check(project, deny, &["advisories"]).env("CARGO_NET_OFFLINE", "true"),
        "see what cargo-deny says",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_parts_choose_what_runs() {
        use Only::{Browser, Native, System, Tools};
        for (only, filter, expected) in [
            (None, None, vec![Native, System, Browser, Tools]),
            (None, Some("name"), vec![Native, System]),
            (Some(System), Some("name"), vec![System]),
            (Some(Browser), None, vec![Browser]),
            (Some(Browser), Some("name"), vec![]),
            (Some(Tools), None, vec![Tools]),
            (Some(Tools), Some("name"), vec![]),
        ] {
            let wanted = Wanted { only, filters: filter.into_iter().map(str::to_owned).collect() };
            let chosen: Vec<Only> =
                [Native, System, Browser, Tools].into_iter().filter(|part| wanted.wants(*part)).collect();
            assert_eq!(chosen, expected);
            assert_eq!(wanted.anything(), !expected.is_empty());
        }
    }

    #[test]
    fn only_takes_the_parts_there_are() {
        assert_eq!(Only::parse("system"), Ok(Only::System));
        assert_eq!(
            Only::parse("all"),
            Err("--only takes native, system, browser or tools, not `all`".to_owned())
        );
    }
}
