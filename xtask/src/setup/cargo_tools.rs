//! Tools that cargo installs: each version into a folder of its own in the cache.

use std::path::PathBuf;

use crate::Outcome;
use crate::files;
use crate::project::Project;

use super::install::install;
use super::version;

/// `worker-build`: it must be of the same release as the `worker` crate.
pub(super) fn worker_build(project: &Project) -> Outcome<PathBuf> {
    tool(project, "worker-build", &[], "0.8.7", "2 to 6 minutes, once").map(|bin| bin.join("worker-build"))
}

/// `wasm-bindgen`: the build stops unless program and crate are of the very same version.
pub(super) fn wasm_bindgen(project: &Project) -> Outcome<PathBuf> {
    let version = version::locked(&files::read(&project.root.join("Cargo.lock"))?, "wasm-bindgen")?;
    let bin = tool(project, "wasm-bindgen-cli", &[], &version, "2 to 6 minutes, once")?;
    Ok(bin.join("wasm-bindgen"))
}

/// `wasm-split-cli`: it is released together with the crate whose marks it looks for.
pub(super) fn wasm_split(project: &Project) -> Outcome<PathBuf> {
    let version = version::locked(&files::read(&project.root.join("Cargo.lock"))?, "wasm_split_helpers")?;
    let features = &["--features", "build-binary"];
    let bin = tool(project, "wasm_split_cli_support", features, &version, "1 to 2 minutes, once")?;
    Ok(bin.join("wasm-split-cli"))
}

/// `cargo-deny`, which only the tests need.
pub(crate) fn cargo_deny(project: &Project) -> Outcome<PathBuf> {
    let _lock = super::Lock::take(project, "setup")?;
    tool(project, "cargo-deny", &[], "0.20.2", "1 to 4 minutes, once").map(|bin| bin.join("cargo-deny"))
}

/// Installs a crate of programs; answers with the folder of those.
fn tool(project: &Project, name: &str, features: &[&str], version: &str, usually: &str) -> Outcome<PathBuf> {
    let root = project.cache.join("tools").join(format!("{name}-{version}"));
    // Cargo writes this when all else is there.
    if !root.join(".crates.toml").is_file() {
        files::make_folder(&root)?;
        let cargo = project
            .cargo(&["install", name, "--version", version, "--locked", "--root"])
            .arg(&root)
            .args(features)
            // Outside the checkout, whose settings are not for tools.
            .dir(&project.cache)
            .env("CARGO_TARGET_DIR", project.cache.join("tools-target"))
            // The tools' own time hardly matters; that of compiling them does.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        install(&format!("{name} {version}"), usually, cargo)?;
    }
    Ok(root.join("bin"))
}
