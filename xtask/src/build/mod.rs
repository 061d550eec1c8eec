//! `cargo xtask build`: the Worker, as workerd takes it, and the dashboard that it serves.

mod fingerprint;
mod frontend;
mod names;
mod profile;
mod size;
mod wasm;

use std::path::{Path, PathBuf};

use crate::arguments::Syntax;
use crate::console::{self, Step};
use crate::process::Program;
use crate::project::Project;
use crate::setup::{self, Lock, Tools};
use crate::{Outcome, dev, files};

pub(crate) use frontend::{Frontend, frontend};
pub(crate) use profile::Build;

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask build [--release | --profile PROFILE] [--faults]

Sets up what is missing and builds the Worker and the dashboard; says `up to date` when nothing changed since the
last time. The dashboard goes into frontend/dist, which is also the folder for Cloudflare Pages, or with another
profile, quick to build and with the gallery of components, into frontend/dist-dev.

  --release          what runs in production (this is the default), into worker/build
  --profile PROFILE  another cargo profile (wasm-test is quick to build), into worker/build/PROFILE
  --faults           with the feature `faults`, which lets tests inject panics; with the profile wasm-test,
                     which is then the default, into worker/build/test

wrangler.toml names this as its build command, so that wrangler works alone. Called by `wrangler dev`, it also
makes a .dev.vars and applies the database migrations locally.",
    options: &["--profile"],
    flags: &["--release", "--faults"],
    rest: None,
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(arguments) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let by_dev = std::env::var("NOC_WORKER_PROFILE").ok();
    let build = Build::chosen(
        arguments.has("--release"),
        arguments.value("--profile"),
        arguments.has("--faults"),
        by_dev,
    )?;
    let tools = setup::prepare(project)?;
    let wrangler = std::env::var("WRANGLER_COMMAND").ok();
    if tools.nightly.is_none() && wrangler.as_deref().is_some_and(|command| command != "dev") {
        return Err("this would deploy a Worker whose panics abort: see the warning above".into());
    }
    worker(project, &tools, &build)?;
    frontend(project, &tools, Frontend::beside(build.profile()))?;
    // Below `cargo xtask dev`, which has done this for a state of its own, only the Worker is wanted.
    if wrangler.as_deref() == Some("dev") && std::env::var_os("NOC_XTASK").is_none() {
        dev::prepare_for_wrangler(project)?;
    }
    Ok(())
}

/// Builds the Worker, unless it is up to date; answers with the path of its `index.js`.
pub(crate) fn worker(project: &Project, tools: &Tools, build: &Build) -> Outcome<PathBuf> {
    let out = project.root.join("worker").join(build.out_dir());
    // Builds of one profile end in one file, whichever features they had: between compiling and copying it, no
    // other may come.
    let _lock = Lock::take(project, "build")?;
    let stamp = out.join(".fingerprint");
    let fingerprint = fingerprint::of(project, tools, build)?;
    let index = out.join("index.js");
    let there = index.is_file() && out.join("index_bg.wasm").is_file();
    if there && files::read(&stamp).is_ok_and(|stamped| stamped == fingerprint) {
        console::say(&format!("The Worker ({build}) is up to date"));
    } else {
        let step = Step::begin(&format!("Building the Worker ({build})"), build.usually());
        let _ = std::fs::remove_file(&stamp);
        compile(project, tools, build)?;
        if build.is_production() {
            strip(&out.join("index_bg.wasm"))?;
        }
        files::write(&stamp, &fingerprint)?;
        step.done();
    }
    size::report(&out, build.is_production())?;
    Ok(index)
}

fn strip(wasm: &Path) -> Outcome<()> {
    let told = |reason: &dyn std::fmt::Display| format!("{}: {reason}", wasm.display());
    let bytes = std::fs::read(wasm).map_err(|error| told(&error))?;
    let stripped = names::without_names(&bytes).ok_or_else(|| told(&"it is not as wasm files are"))?;
    std::fs::write(wasm, stripped).map_err(|error| told(&error))
}

fn compile(project: &Project, tools: &Tools, build: &Build) -> Outcome<()> {
    let packages = project.root.join("node_modules");
    let worker_build =
        Program::new(&tools.worker_build).args(build.arguments()).dir(&project.root.join("worker"));
    let mut program = project
        .building_here(worker_build)
        // What went wrong is in the lines above it, not in where worker-build was.
        .env("RUST_BACKTRACE", "0")
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", packages.join("binaryen/bin/wasm-opt"))
        .env("ESBUILD_BIN", packages.join("esbuild/bin/esbuild"));
    if let Some(nightly) = &tools.nightly {
        program = program.arg("--panic-unwind").env("PATH", nightly.path()?);
    }
    // Options after these are handed on to cargo.
    if build.faults {
        program = program.args(["--features", "faults"]);
    }
    if program.run()?.success() {
        Ok(())
    } else {
        Err(format!("the Worker ({build}) was not built: see above"))
    }
}
