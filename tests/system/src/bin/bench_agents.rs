//! `cargo xtask bench agents` runs this: how many reports one Worker takes, and what each costs.

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let numbers: Vec<u64> = env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [agents, seconds] = numbers.as_slice() else {
        eprintln!("Usage: bench_agents AGENTS SECONDS");
        return ExitCode::FAILURE;
    };
    noc_system_tests::bench_agents(*agents, *seconds);
    ExitCode::SUCCESS
}
