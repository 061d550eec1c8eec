//! Boots a machine of each application with the real cloud-init, until its server is active.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let applications: Vec<String> = env::args().skip(1).collect();
    match noc_system_tests::machine_test(&applications) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}
