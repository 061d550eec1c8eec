//! Whether anything changed that a build is made of.

use crate::project::Project;
use crate::setup::Tools;
use crate::{Outcome, files};

use super::Build;

/// What the Worker is built from, seen from the root. The lock files stand for dependencies and tools.
const INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "rust-toolchain.toml",
    "cloud-init",
    "shared",
    "worker",
];

/// A text that changes when the outcome of `build` may.
pub(super) fn of(project: &Project, tools: &Tools, build: &Build) -> Outcome<String> {
    let inputs: Vec<_> = INPUTS.iter().map(|input| project.root.join(input)).collect();
    let hash = files::hash(&inputs, &[project.root.join("worker/build")])?;
    let toolchain = tools.nightly.as_ref().map_or("panics abort", |nightly| &nightly.toolchain);
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    Ok(format!(
        "{hash:016x}\n{build}\n{toolchain}\n{}\n{}\n{flags}\n",
        tools.worker_build.display(),
        tools.wasm_bindgen.display()
    ))
}
