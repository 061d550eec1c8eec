//! Node and the npm packages.

use std::fs;
use std::path::Path;

use crate::process::Program;
use crate::project::Project;
use crate::{Outcome, files};

use super::install::install;
use super::version::{self, Version};

/// Refuses to go on without a Node that is new enough.
pub(super) fn require(project: &Project) -> Outcome<()> {
    let package = files::read(&project.root.join("package.json"))?;
    let needed = needed(&package)?;
    let found = Program::new("node").arg("--version").output().ok().filter(|node| node.success);
    check(needed, found.map(|node| node.stdout).as_deref())
}

/// Makes `node_modules` what `package-lock.json` says.
pub(super) fn packages(project: &Project) -> Outcome<()> {
    let folder = project.root.join("node_modules");
    let stamp = folder.join(".package-lock.hash");
    let hash = format!("{:016x}\n", files::hash(&[project.root.join("package-lock.json")], &[])?);
    if files::read(&stamp).is_ok_and(|stamped| stamped == hash) && folder.join("wrangler").is_dir() {
        return Ok(());
    }
    // Whoever has run `npm ci` since the lock file changed has done what is to be done here.
    if is_newer(&folder.join(".package-lock.json"), &project.root.join("package-lock.json"))
        && folder.join("wrangler").is_dir()
    {
        return files::write(&stamp, &hash);
    }
    let npm = Program::new("npm")
        .args(["ci"])
        .dir(&project.root)
        .env("npm_config_audit", "false")
        .env("npm_config_fund", "false")
        .env("npm_config_progress", "false")
        .env("npm_config_update_notifier", "false")
        .env("npm_config_loglevel", "error");
    install("the npm packages of package-lock.json", "10 to 60 seconds", npm)?;
    let wasm_opt = Program::new(folder.join("binaryen/bin/wasm-opt")).arg("--version").output()?;
    if !wasm_opt.success {
        return Err(format!("wasm-opt of the npm package `binaryen` does not run here: {}", wasm_opt.stderr));
    }
    files::write(&stamp, &hash)
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    changed(file).zip(changed(than)).is_some_and(|(file, than)| file > than)
}

fn needed(package: &str) -> Outcome<Version> {
    let package: serde_json::Value =
        serde_json::from_str(package).map_err(|error| format!("package.json is not JSON: {error}"))?;
    let engine = package["engines"]["node"].as_str().and_then(version::parse);
    engine.ok_or("package.json must say which Node it needs: engines.node, as >=MAJOR.MINOR.PATCH".into())
}

fn check((major, minor, patch): Version, found: Option<&str>) -> Outcome<()> {
    let wanted = format!("Node {major}.{minor}.{patch} or newer");
    let advice = "install it (https://nodejs.org) and run this again";
    match found.map(str::trim) {
        None => Err(format!("Node is missing: {wanted} runs the Worker here; {advice}")),
        Some(text) => match version::parse(text) {
            Some(version) if version >= (major, minor, patch) => Ok(()),
            _ => Err(format!("Node {text} is too old: {wanted} is needed; {advice}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_must_be_there_and_new_enough() {
        for (found, complaint) in [
            (Some("v20.18.1\n"), None),
            (Some("v24.1.0"), None),
            (Some("v20.9.0"), Some("Node v20.9.0 is too old: Node 20.18.1 or newer is needed")),
            (None, Some("Node is missing: Node 20.18.1 or newer")),
        ] {
            let outcome = check((20, 18, 1), found);
            match complaint {
                None => assert_eq!(outcome, Ok(()), "{found:?}"),
                Some(start) => assert!(outcome.unwrap_err().starts_with(start), "{found:?}"),
            }
        }
    }

    #[test]
    fn the_needed_node_is_read_from_package_json() {
        for (package, expected) in [
            (r#"{"engines":{"node":">=20.18.1"}}"#, Some((20, 18, 1))),
            (r#"{"engines":{}}"#, None),
            ("[", None),
        ] {
            assert_eq!(needed(package).ok(), expected, "{package}");
        }
    }
}
