//! Set-up: what the builds need and a machine may not have. Each part looks first and installs only what is
//! missing, so that running it again costs a fraction of a second.

mod cargo_tools;
mod checkout;
mod install;
mod lock;
mod nightly;
mod node;
mod rust;
mod system;
mod version;

use std::path::PathBuf;

use crate::Outcome;
use crate::project::Project;

pub(crate) use cargo_tools::cargo_deny;
pub(crate) use checkout::claim_builds;
pub(crate) use install::install;
pub(crate) use lock::Lock;
pub(crate) use rust::WASM;
pub(crate) use system::programs_of_tests;

/// What building the Worker takes, all of it there.
pub(crate) struct Tools {
    /// The program `worker-build`.
    pub(crate) worker_build: PathBuf,
    /// The program `wasm-bindgen`, of the very version that `Cargo.lock` has.
    pub(crate) wasm_bindgen: PathBuf,
    /// The program that splits the dashboard's program into pieces.
    pub(crate) wasm_split: PathBuf,
    /// The toolchain that builds std anew, so that panics unwind; without one they abort.
    pub(crate) nightly: Option<nightly::Nightly>,
}

/// Makes everything ready that building and running the Worker takes.
pub(crate) fn prepare(project: &Project) -> Outcome<Tools> {
    // The quick refusals first: nobody should wait for a download to be told that Node is too old.
    rust::require_rustup()?;
    node::require(project)?;
    // One at a time: rustup and npm do not like company, and two would build the same tool twice.
    let _lock = Lock::take(project, "setup")?;
    rust::pinned_toolchain(project)?;
    node::packages(project)?;
    let worker_build = cargo_tools::worker_build(project)?;
    let wasm_bindgen = cargo_tools::wasm_bindgen(project)?;
    let wasm_split = cargo_tools::wasm_split(project)?;
    let nightly = nightly::find_or_install(project)?;
    Ok(Tools { worker_build, wasm_bindgen, wasm_split, nightly })
}
