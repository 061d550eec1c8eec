//! `cargo xtask machine-test`: boots a machine of each application with the real cloud-init.

use std::path::PathBuf;

use crate::Outcome;
use crate::arguments::Syntax;
use crate::build::{self, Build};
use crate::process::Program;
use crate::project::Project;
use crate::setup::{self, install};

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask machine-test [--application NAME] [--systemd]

Sets up what is missing, builds the Worker as the tests run it, and starts it in workerd with the simulated providers.
A server of each built-in application is deployed, and its machine is booted from the user data that the provider was
given: with the real cloud-init (Debian package cloud-init), in namespaces of its own, on a copy of this machine's file
system that forgets everything. Packages, swap, firewall, Docker and the service manager are stand-ins. With --systemd
nothing is one: a Debian, which is made once by debootstrap, is booted with its own systemd in a container without a
network, for blank alone, because Docker needs more than a container gives. It ends when each server is active and has done
what it was told, or tells why one has not. It needs root and takes about a minute.

  --application NAME  only this one
  --systemd           boot systemd (Debian packages debootstrap and systemd-container)",
    options: &["--application"],
    flags: &["--systemd"],
    rest: None,
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(arguments) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let systemd = arguments.has("--systemd");
    let applications = match arguments.value("--application") {
        Some(name) => vec![name.to_owned()],
        None if systemd => vec!["blank".to_owned()],
        None => vec!["blank".to_owned(), "flaggerlink".to_owned()],
    };
    let tools = setup::prepare(project)?;
    build::worker(project, &tools, &Build::for_tests())?;
    let run = ["run", "--quiet", "-p", "noc-system-tests", "--bin", "machine", "--"];
    let machine = if systemd {
        let debian = debian(project)?;
        // What is built needs the network; what runs has the loopback interface of its own alone, so that the machine's
        // firewall is nobody else's.
        let built = project.cargo(&["build", "--quiet", "-p", "noc-system-tests", "--bin", "machine"]);
        if !built.run()?.success() {
            return Err("the test cannot be built: see above".into());
        }
        let alone =
            Program::new("unshare").args(["--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
        let alone = alone.arg("cargo").args(run).arg("--debian").arg(debian).dir(&project.root);
        project.building_here(alone)
    } else {
        project.cargo(&run)
    };
    if machine.args(applications).run()?.success() {
        Ok(())
    } else {
        Err("a machine is not active: see above".into())
    }
}

/// The file system of a Debian, in the cache; made if it is not there.
fn debian(project: &Project) -> Outcome<PathBuf> {
    let folder = project.cache.join("machine-debian-12");
    if !folder.exists() {
        let script = project.root.join("tests/system/machine/root.sh");
        install("a Debian to boot", "two minutes, once", Program::new("sh").arg(script).arg(&folder))?;
    }
    Ok(folder)
}
