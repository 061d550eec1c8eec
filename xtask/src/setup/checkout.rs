//! The build outputs that all checkouts share.
//!
//! Cargo gives a crate of a workspace the same name in the shared folder whichever checkout it is in, and takes it for
//! up to date when the files are older than the build: two checkouts with different sources would run each other's
//! programs. So when another checkout has built here before, the crates of the project itself are built anew; the
//! dependencies, which are most of the work, stay.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::files;
use crate::project::Project;

use super::Lock;

/// What the names of the project's own crates begin with.
const OURS: [&str; 2] = ["noc-", "xtask-"];

/// Makes the shared build outputs those of this checkout.
pub(crate) fn claim_builds(project: &Project) -> Outcome<()> {
    let _lock = Lock::take(project, "checkout")?;
    let marker = project.target().join("checkout");
    let root = project.root.to_string_lossy().into_owned();
    if fs::read_to_string(&marker).is_ok_and(|last| last == root) {
        return Ok(());
    }
    forget(&project.target())?;
    files::write(&marker, &root)
}

/// Has cargo forget what it knows of our crates: for each profile of each target there is a folder of what it knows.
fn forget(target: &Path) -> Outcome<()> {
    for platform in folders(target).into_iter().chain([target.to_owned()]) {
        for profile in folders(&platform) {
            for known in folders(&profile.join(".fingerprint")) {
                let name =
                    known.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                if OURS.iter().any(|ours| name.starts_with(ours)) {
                    fs::remove_dir_all(&known)
                        .map_err(|error| format!("{} cannot be removed: {error}", known.display()))?;
                }
            }
        }
    }
    Ok(())
}

/// The folders in a folder; none if it is not there.
fn folders(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_checkout_builds_our_crates_anew_and_keeps_the_dependencies() {
        let cache = std::env::temp_dir().join(format!("noc-checkout-{}", std::process::id()));
        let known = |path: &str| cache.join("target").join(path);
        let (ours, theirs) = ("debug/.fingerprint/noc-shared-1", "debug/.fingerprint/serde-1");
        let wasm = "wasm32-unknown-unknown/release/.fingerprint/noc-worker-2";
        let claim = |root: &str| {
            claim_builds(&Project { root: root.into(), cache: cache.clone() }).unwrap();
            [ours, wasm, theirs].map(|path| known(path).exists())
        };
        for path in [ours, wasm, theirs] {
            fs::create_dir_all(known(path)).unwrap();
        }
        assert_eq!(claim("/first"), [false, false, true]);
        fs::create_dir_all(known(ours)).unwrap();
        assert_eq!(claim("/first"), [true, false, true]);
        assert_eq!(claim("/second"), [false, false, true]);
        fs::remove_dir_all(&cache).unwrap();
    }
}
