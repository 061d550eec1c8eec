//! The pinned stable toolchain, with what the checks and the wasm build add to it.

use crate::Outcome;
use crate::files;
use crate::process::{self, Program};
use crate::project::Project;

use super::install::install;

/// The target that workerd runs.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Refuses to go on without rustup.
pub(super) fn require_rustup() -> Outcome<()> {
    match process::find("rustup") {
        Some(_) => Ok(()),
        None => Err(
            "rustup is missing, and only it can add the wasm target: install it as https://rustup.rs says, \
                     then run this again"
                .into(),
        ),
    }
}

/// Makes sure of the toolchain in `rust-toolchain.toml`. rustup may have been told not to install by itself.
pub(super) fn pinned_toolchain(project: &Project) -> Outcome<()> {
    let channel = channel(&files::read(&project.root.join("rust-toolchain.toml"))?)?;
    if has(&channel, &["clippy", "rustfmt"])? {
        return Ok(());
    }
    let rustup = Program::new("rustup")
        .args(["toolchain", "install", &channel, "--profile", "minimal", "--target", WASM])
        .args(["--component", "clippy", "--component", "rustfmt"]);
    install(&format!("Rust {channel} with {WASM}, clippy and rustfmt"), "half a minute, once", rustup)
}

/// Whether a toolchain is there with these components and the wasm target.
pub(super) fn has(toolchain: &str, components: &[&str]) -> Outcome<bool> {
    let list = |what: &str| {
        Program::new("rustup").args([what, "list", "--installed", "--toolchain", toolchain]).output()
    };
    let (installed, targets) = (list("component")?, list("target")?);
    Ok(installed.success
        && targets.success
        && targets.stdout.lines().any(|target| target == WASM)
        && components
            .iter()
            .all(|component| installed.stdout.lines().any(|line| line.starts_with(component))))
}

fn channel(toolchain_file: &str) -> Outcome<String> {
    let value =
        toolchain_file.lines().find_map(|line| line.trim().strip_prefix("channel")?.trim().strip_prefix('='));
    value
        .map(|value| value.trim().trim_matches('"').to_owned())
        .ok_or("rust-toolchain.toml names no channel".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_is_found_in_the_toolchain_file() {
        for (file, expected) in [
            ("[toolchain]\nchannel = \"1.95.0\"\ncomponents = []\n", Some("1.95.0")),
            ("[toolchain]\n  channel=\"stable\"\n", Some("stable")),
            ("[toolchain]\n", None),
        ] {
            assert_eq!(channel(file).ok().as_deref(), expected, "{file}");
        }
    }
}
