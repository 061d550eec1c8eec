//! Ports that must be free.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use crate::Outcome;

/// Refuses a port that somebody has; `option` is how to choose another.
pub(super) fn require_free(port: u16, option: &str) -> Outcome<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let hint = port.checked_add(10).unwrap_or(8797);
            Err(format!(
                "port {port} is taken: end what has it, or choose another with {option} (say, {option} {hint})"
            ))
        }
        Err(error) => Err(format!("port {port} cannot be used ({error}): choose another with {option}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_the_option_that_helps() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let reason = require_free(port, "--sim-port").unwrap_err();
        assert!(
            reason.starts_with(&format!("port {port} is taken")) && reason.contains("--sim-port"),
            "{reason}"
        );
    }
}
