//! `cargo xtask torture` runs this: the torture of the tests, as often and with the seed that is asked for.

use std::{env, process::ExitCode};

use noc_system_tests::{Plan, torture};

fn main() -> ExitCode {
    let Some(plan) = plan(env::args().skip(1).collect()) else {
        eprintln!("Usage: torture KILLS [SEED]");
        return ExitCode::FAILURE;
    };
    torture(plan);
    ExitCode::SUCCESS
}

fn plan(arguments: Vec<String>) -> Option<Plan> {
    match arguments.as_slice() {
        [kills] => Some(Plan::of(kills.parse().ok()?)),
        [kills, seed] => Some(Plan { kills: kills.parse().ok()?, seed: seed.parse().ok()? }),
        _ => None,
    }
}
