//! Where the checkout is, and in it the Worker that was built for the tests.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// What a run of workerd needs of the checkout.
pub(crate) struct Build {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// The folder of the built Worker.
    pub(crate) worker: PathBuf,
    /// What `wrangler.toml` says of the platform's behaviour.
    pub(crate) compatibility_date: String,
}

impl Build {
    /// Finds the Worker that `NOC_WORKER_BUILD` names, or else the one that is usual.
    pub(crate) fn find() -> Self {
        let root = root();
        let worker =
            env::var_os("NOC_WORKER_BUILD").map_or_else(|| "worker/build/test".into(), PathBuf::from);
        // A relative folder is seen from the checkout, wherever cargo has the tests run.
        let worker = root.join(worker);
        assert!(
            worker.join("index.js").is_file() && worker.join("index_bg.wasm").is_file(),
            "there is no built Worker in {}: run `cargo xtask test`, or `cargo xtask build --profile wasm-test \
             --faults` first",
            worker.display()
        );
        let compatibility_date = compatibility_date(&root);
        Self { root, worker, compatibility_date }
    }
}

/// The checkout. What was compiled in could be another clone's path, as clones may share builds.
pub fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = manifest.ancestors().nth(2).unwrap_or(&manifest);
    root.to_owned()
}

fn compatibility_date(root: &Path) -> String {
    let path = root.join("wrangler.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let date = text.lines().find_map(|line| line.strip_prefix("compatibility_date = \"")?.strip_suffix('"'));
    date.unwrap_or_else(|| panic!("{} has no line `compatibility_date = \"…\"`", path.display())).to_owned()
}
