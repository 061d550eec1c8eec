//! `cargo xtask machine-test`: boots a machine of each application with the real cloud-init.

use crate::Outcome;
use crate::arguments::Syntax;
use crate::build::{self, Build};
use crate::project::Project;
use crate::setup;

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask machine-test [--application NAME]

Sets up what is missing, builds the Worker as the tests run it, and starts it in workerd with the simulated providers.
A server of each built-in application is deployed, and its machine is booted from the user data that the provider was
given: with the real cloud-init (Debian package cloud-init), in namespaces of its own, on a copy of this machine's file
system that forgets everything. Packages, swap, firewall, Docker and the service manager are stand-ins. It ends when
each server is active, or tells why one is not. It needs root and takes about a minute.

  --application NAME  only this one",
    options: &["--application"],
    flags: &[],
    rest: None,
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(arguments) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let applications = match arguments.value("--application") {
        Some(name) => vec![name.to_owned()],
        None => vec!["blank".to_owned(), "flaggerlink".to_owned()],
    };
    let tools = setup::prepare(project)?;
    build::worker(project, &tools, &Build::for_tests())?;
    let machine = project.cargo(&["run", "--quiet", "-p", "noc-system-tests", "--bin", "machine", "--"]);
    if machine.args(applications).run()?.success() {
        Ok(())
    } else {
        Err("a machine is not active: see above".into())
    }
}
