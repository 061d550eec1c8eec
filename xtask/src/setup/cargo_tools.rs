//! Tools that cargo installs: each version into a folder of its own in the cache.

use std::path::PathBuf;

use crate::Outcome;
use crate::files;
use crate::project::Project;

use super::install::install;
use super::version;

/// `worker-build`: it must be of the same release as the `worker` crate.
pub(super) fn worker_build(project: &Project) -> Outcome<PathBuf> {
    tool(project, "worker-build", "worker-build", "0.8.7", "2 to 6 minutes, once")
}

/// `wasm-bindgen`: the build stops unless program and crate are of the very same version.
pub(super) fn wasm_bindgen(project: &Project) -> Outcome<PathBuf> {
    let version = version::locked(&files::read(&project.root.join("Cargo.lock"))?, "wasm-bindgen")?;
    tool(project, "wasm-bindgen-cli", "wasm-bindgen", &version, "2 to 6 minutes, once")
}

/// `cargo-deny`, which only the tests need.
pub(crate) fn cargo_deny(project: &Project) -> Outcome<PathBuf> {
    let _lock = super::Lock::take(project, "setup")?;
    tool(project, "cargo-deny", "cargo-deny", "0.20.2", "1 to 4 minutes, once")
}

fn tool(project: &Project, name: &str, program: &str, version: &str, usually: &str) -> Outcome<PathBuf> {
    let root = project.cache.join("tools").join(format!("{name}-{version}"));
    let path = root.join("bin").join(program);
    if !path.is_file() {
        files::make_folder(&root)?;
        let cargo = project
            .cargo(&["install", name, "--version", version, "--locked", "--root"])
            .arg(&root)
            // Outside the checkout, whose settings are not for tools.
            .dir(&project.cache)
            .env("CARGO_TARGET_DIR", project.cache.join("tools-target"))
            // The tools' own time hardly matters; that of compiling them does.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        install(&format!("{name} {version}"), usually, cargo)?;
    }
    Ok(path)
}
