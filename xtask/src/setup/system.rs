//! Programs of the system that tests run: a browser, cloud-init, shells, and the check of shell scripts.

use crate::console;
use crate::process::{self, Program};

use super::install::install;

/// A program, and what Debian calls the package that has it.
const PROGRAMS: &[(&str, &str)] = &[
    ("busybox", "busybox"),
    ("chromium", "chromium"),
    ("cloud-init", "cloud-init"),
    ("dash", "dash"),
    ("shellcheck", "shellcheck"),
    ("unshare", "util-linux"),
];

/// Installs those that are missing where that can be done, by root on a Debian; elsewhere says what is missing, and the
/// tests that need it fail.
pub(crate) fn programs_of_tests() {
    let is_missing = |(program, _): &&(&str, &str)| process::find(program).is_none();
    let chromium_is_told = std::env::var_os("CHROMIUM").is_some();
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(is_missing)
        .map(|(_, package)| *package)
        .filter(|package| *package != "chromium" || !chromium_is_told)
        .collect();
    if missing.is_empty() {
        return;
    }
    let names = missing.join(", ");
    if process::find("apt-get").is_none() || !is_root() {
        return console::complain(&format!("not here, and needed by some of the tests: {names}"));
    }
    let apt = |arguments: &[&str]| {
        Program::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(arguments)
    };
    let updated = install("the list of the system's packages", "a few seconds", apt(&["update"]));
    let packages = [&["install", "--no-install-recommends"], missing.as_slice()].concat();
    let installed = updated.and_then(|()| install(&names, "a minute, once", apt(&packages)));
    if let Err(reason) = installed {
        console::complain(&format!("not installed, and needed by some of the tests: {names}: {reason}"));
    }
}

fn is_root() -> bool {
    Program::new("id").arg("-u").output().is_ok_and(|id| id.success && id.stdout.trim() == "0")
}
