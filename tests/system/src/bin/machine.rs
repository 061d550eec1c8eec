//! Boots a machine of each application with the real cloud-init, until its server is active: `machine [--debian FOLDER]
//! APPLICATION…`.

use std::{env, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let mut applications: Vec<String> = env::args().skip(1).collect();
    let debian = match applications.as_slice() {
        [flag, folder, ..] if flag == "--debian" => Some(PathBuf::from(folder)),
        _ => None,
    };
    if debian.is_some() {
        applications.drain(..2);
    }
    match noc_system_tests::machine_test(&applications, debian.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}
