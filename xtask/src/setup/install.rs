//! Running an installer: its lines shown as they come, its failure put into one sentence.

use crate::Outcome;
use crate::console::{self, Step};
use crate::process::Program;

/// How installers say that they could not reach anything: curl in rustup and cargo, then npm.
const NO_NETWORK: &[&str] = &[
    "Could not resolve host",
    "Couldn't resolve host",
    "Could not connect to server",
    "Failed to connect to",
    "Couldn't connect to server",
    "dns error",
    "error sending request",
    "client error (Connect)",
    "Network is unreachable",
    "Timeout was reached",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENETUNREACH",
    "ETIMEDOUT",
];

/// Installs `what` with `program`; the lines it writes are shown, indented.
pub(crate) fn install(what: &str, usually: &str, program: Program) -> Outcome<()> {
    let step = Step::begin(&format!("Installing {what}"), usually);
    let mut written = String::new();
    let success = program.follow(|line, _| {
        if !line.trim().is_empty() {
            console::say(&format!("  {line}"));
        }
        written.push_str(line);
        written.push('\n');
    })?;
    if success {
        step.done();
        return Ok(());
    }
    Err(explain(what, &written))
}

fn explain(what: &str, written: &str) -> String {
    if NO_NETWORK.iter().any(|sign| written.contains(sign)) {
        return format!(
            "{what} could not be installed, as the network is out of reach: connect and run this again"
        );
    }
    format!("{what} could not be installed: the lines above say why; run this again when that is solved")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_network_is_told_from_other_failures() {
        for (written, no_network) in [
            ("npm error code EAI_AGAIN", true),
            (
                "warning: spurious network error: [6] Couldn't resolve host name (Could not resolve host: x)",
                true,
            ),
            ("error: could not download file: error sending request for url", true),
            ("npm error code EUSAGE", false),
            ("error: linker `cc` not found", false),
        ] {
            assert_eq!(explain("it", written).contains("network is out of reach"), no_network, "{written}");
        }
    }
}
