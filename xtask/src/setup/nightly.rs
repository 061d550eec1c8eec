//! The toolchain that makes panics unwind.
//!
//! A panic that aborts takes every request of its isolate with it and stops a Durable Object's alarms for good;
//! one that unwinds costs its own request. That takes std built anew, which only a nightly compiler can do.
//! `worker-build` calls it by the moving name `nightly`. So that everybody builds with the same compiler, it
//! finds scripts in front of the real programs that turn that name into the one pinned here.

use std::env;
use std::path::PathBuf;

use crate::process::{self, Program};
use crate::project::Project;
use crate::{Outcome, console, files};

use super::install::install;
use super::rust::{WASM, has};

/// Known to build the Worker with the pinned wasm-bindgen.
const PINNED: &str = "nightly-2026-10-29";

/// A nightly toolchain with the source of std.
pub(crate) struct Nightly {
    /// What rustup calls it.
    pub(crate) toolchain: String,
    /// The folder of the scripts.
    scripts: PathBuf,
}

impl Nightly {
    /// The search path on which `nightly` means this toolchain.
    pub(crate) fn path(&self) -> Outcome<std::ffi::OsString> {
        let rest = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.scripts.clone()).chain(env::split_paths(&rest));
        env::join_paths(folders)
            .map_err(|error| format!("{} cannot be on PATH: {error}", self.scripts.display()))
    }
}

/// The pinned nightly; where it cannot be had, the machine's own; else none.
pub(super) fn find_or_install(project: &Project) -> Outcome<Option<Nightly>> {
    let found = if has(PINNED, &["rust-src"])? {
        Some(PINNED)
    } else {
        let pinned = Program::new("rustup")
            .args(["toolchain", "install", PINNED, "--profile", "minimal", "--component", "rust-src"])
            .args(["--target", WASM]);
        match install(&format!("Rust {PINNED}, so that panics unwind"), "half a minute, once", pinned) {
            Ok(()) => Some(PINNED),
            Err(reason) => {
                console::say(&format!("  {reason}"));
                own_nightly()?.then_some("nightly")
            }
        }
    };
    if found.is_none() {
        console::say(
            "WARNING: no nightly Rust can be had, so the Worker is built with panics that abort: one panic then \
             ends every request beside it. That is for local use only; do not deploy it.",
        );
    }
    found.map(|toolchain| with_scripts(project, toolchain)).transpose()
}

/// Whether the machine has a toolchain called `nightly` that has, or can be given, what the build takes.
fn own_nightly() -> Outcome<bool> {
    if has("nightly", &["rust-src"])? {
        return Ok(true);
    }
    let listed = Program::new("rustup").args(["toolchain", "list"]).output()?;
    if !listed.stdout.lines().any(|line| {
        line.split([' ', '(']).next().is_some_and(|name| name.starts_with("nightly-") && !dated(name))
    }) {
        return Ok(false);
    }
    for arguments in [["component", "add", "rust-src"], ["target", "add", WASM]] {
        let rustup = Program::new("rustup").args(arguments).args(["--toolchain", "nightly"]);
        if install(
            &format!("{} for this machine's own nightly Rust", arguments[2]),
            "half a minute, once",
            rustup,
        )
        .is_err()
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a toolchain's name holds a date: `nightly-2026-10-29-…`, not `nightly-x86_64-…`.
fn dated(name: &str) -> bool {
    name.strip_prefix("nightly-").is_some_and(|rest| rest.starts_with("20"))
}

fn with_scripts(project: &Project, toolchain: &str) -> Outcome<Nightly> {
    let scripts = project.cache.join("nightly").join(toolchain);
    let rustup = process::find("rustup").ok_or("rustup is gone")?;
    for program in ["cargo", "rustc", "rustup"] {
        let real = process::find(program).ok_or_else(|| format!("`{program}` is not on PATH"))?;
        // When this runs below itself (wrangler calls the build), PATH may begin with the scripts already.
        if real.starts_with(&scripts) {
            continue;
        }
        let script = if program == "rustup" {
            renaming(&real.display().to_string(), toolchain)
        } else {
            redirecting(&real.display().to_string(), &rustup.display().to_string(), toolchain)
        };
        let path = scripts.join(program);
        if files::read(&path).ok().as_deref() != Some(&script) {
            files::write_executable(&path, &script)?;
        }
    }
    Ok(Nightly { toolchain: toolchain.to_owned(), scripts })
}

fn redirecting(real: &str, rustup: &str, toolchain: &str) -> String {
    format!(
        "#!/bin/sh\n# `+nightly` means the pinned toolchain.\nif [ \"$1\" = +nightly ]; then\n  shift\n  \
         exec \"{rustup}\" run {toolchain} \"${{0##*/}}\" \"$@\"\nfi\nexec \"{real}\" \"$@\"\n"
    )
}

fn renaming(real: &str, toolchain: &str) -> String {
    format!(
        "#!/bin/sh\n# `--toolchain nightly` means the pinned toolchain.\nfor argument do\n  shift\n  \
         [ \"$argument\" = nightly ] && argument={toolchain}\n  set -- \"$@\" \"$argument\"\ndone\n\
         exec \"{real}\" \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_redirect_what_names_the_nightly_and_pass_on_the_rest() {
        let folder = env::temp_dir().join(format!("noc-xtask-scripts-{}", std::process::id()));
        let spy = |name: &str| {
            let path = folder.join("real").join(name);
            files::write_executable(&path, "#!/bin/sh\nfor a do printf '%s|' \"${0##*/}\" \"$a\"; done\n")
                .unwrap();
            path.display().to_string()
        };
        let (cargo, rustup) = (spy("cargo"), spy("rustup"));
        for (name, script) in
            [("cargo", redirecting(&cargo, &rustup, "pinned")), ("rustup", renaming(&rustup, "pinned"))]
        {
            files::write_executable(&folder.join(name), &script).unwrap();
        }
        for (program, arguments, expected) in [
            (
                "cargo",
                vec!["+nightly", "build", "a b"],
                "rustup|run|rustup|pinned|rustup|cargo|rustup|build|rustup|a b|\n",
            ),
            ("cargo", vec!["build", "+nightly"], "cargo|build|cargo|+nightly|\n"),
            (
                "rustup",
                vec!["list", "--toolchain", "nightly"],
                "rustup|list|rustup|--toolchain|rustup|pinned|\n",
            ),
        ] {
            let output = Program::new(folder.join(program)).args(&arguments).output().unwrap();
            assert_eq!(output.stdout, expected, "{program} {arguments:?}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_dated_nightly_is_not_the_machines_own() {
        for (name, expected) in
            [("nightly-2026-10-29-x86_64-unknown-linux-gnu", true), ("nightly-aarch64-apple-darwin", false)]
        {
            assert_eq!(dated(name), expected, "{name}");
        }
    }
}
