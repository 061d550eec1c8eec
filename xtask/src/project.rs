//! Where things are: the checkout, and the cache that outlives it.

use std::env;
use std::path::{Path, PathBuf};

use crate::process::Program;
use crate::{Outcome, console};

/// The checkout that the tool works on, and its cache.
pub(crate) struct Project {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Tools and build outputs; under the user's cache folder, so that a fresh clone is quick.
    pub(crate) cache: PathBuf,
}

impl Project {
    /// Finds the checkout that this tool was started from.
    pub(crate) fn locate() -> Outcome<Self> {
        // Cargo tells at run time. What was compiled in could be another clone's path, as clones share builds.
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = manifest.as_deref().and_then(Path::parent).map(Path::to_owned);
        let root = root.ok_or("start this through cargo: `cargo xtask …`")?;
        Ok(Self { root, cache: cache_folder()? })
    }

    /// Where all builds go that this tool starts.
    pub(crate) fn target(&self) -> PathBuf {
        self.cache.join("target")
    }

    /// `cargo`, in the checkout, building into the cache.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Program {
        let program = Program::new("cargo").args(arguments).dir(&self.root);
        self.building_here(program)
    }

    /// Makes a program that calls cargo build into the cache, with colours only if somebody watches.
    pub(crate) fn building_here(&self, program: Program) -> Program {
        let program = program.env("CARGO_TARGET_DIR", self.target());
        match console::coloured() {
            true => program.env("CARGO_TERM_COLOR", "always"),
            false => program.env("CARGO_TERM_COLOR", "never").env("CARGO_TERM_PROGRESS_WHEN", "never"),
        }
    }

    /// `wrangler`, as `package-lock.json` pins it.
    pub(crate) fn wrangler<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Program {
        Program::new("node")
            .arg(self.root.join("node_modules/wrangler/bin/wrangler.js"))
            .args(arguments)
            .dir(&self.root)
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_HIDE_BANNER", "true")
            // The Worker is built before wrangler starts: its build command has nothing else to do then.
            .env("NOC_XTASK", "1")
    }
}

/// `$XDG_CACHE_HOME/noc`, `~/Library/Caches/noc` on macOS, else `~/.cache/noc`.
fn cache_folder() -> Outcome<PathBuf> {
    let given = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    if let Some(folder) = given.filter(|_| !cfg!(target_os = "macos")) {
        return Ok(folder.join("noc"));
    }
    let home = env::var_os("HOME").map(PathBuf::from).ok_or("HOME is not set: set it to your home folder")?;
    Ok(home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }).join("noc"))
}
