//! `cargo xtask torture`: kills the Worker again and again while servers are deployed and destroyed.

use crate::Outcome;
use crate::arguments::{Arguments, Syntax};
use crate::build::{self, Build};
use crate::project::Project;
use crate::setup;

/// As many as in `cargo xtask test`.
const KILLS: u32 = 30;

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask torture [--kills N] [--seed S]

Sets up what is missing, builds the Worker as the tests run it, and starts it in workerd with its state on disk.
Servers are deployed, cancelled and destroyed, providers fail, and workerd is killed (SIGKILL) in the middle of it and
started again on the same state. After the last restart every deployment must end, and the simulated providers must
have exactly what NOC believes: no droplet and no record more or less. After each restart, every run that has something
to do must go on within 5 s.

  --kills N  how often it is killed (30 when absent, which takes about a minute)
  --seed S   what is asked for, which faults there are and when the kills come; another one each time when absent

A seed that fails is printed with the command that runs it again, and the whole log is kept.",
    options: &["--kills", "--seed"],
    flags: &[],
    rest: None,
};

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(arguments) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let plan = plan(&arguments)?;
    let tools = setup::prepare(project)?;
    build::worker(project, &tools, &Build::for_tests())?;
    let torture = project.cargo(&["run", "--quiet", "-p", "noc-system-tests", "--bin", "torture", "--"]);
    if torture.args(plan).run()?.success() {
        Ok(())
    } else {
        Err("something was lost, doubled or late: see above".into())
    }
}

/// The arguments of the program: how often, and the seed if there is one.
fn plan(arguments: &Arguments) -> Outcome<Vec<String>> {
    let kills = match arguments.value("--kills").map(|value| (value, value.parse())) {
        None => KILLS,
        Some((_, Ok(kills))) if kills > 0 => kills,
        Some((value, _)) => return Err(format!("--kills wants a number from 1 on, not `{value}`")),
    };
    let mut plan = vec![kills.to_string()];
    if let Some(value) = arguments.value("--seed") {
        let seed: u64 = value.parse().map_err(|_| format!("--seed wants a number, not `{value}`"))?;
        plan.push(seed.to_string());
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kills_and_seed_are_numbers() {
        for (line, expected) in [
            ("", Ok("30")),
            ("--kills 7", Ok("7")),
            ("--seed 42", Ok("30 42")),
            ("--kills 1000 --seed 0", Ok("1000 0")),
            ("--kills 0", Err("--kills wants a number from 1 on, not `0`")),
            ("--kills many", Err("--kills wants a number from 1 on, not `many`")),
            ("--seed -1", Err("--seed wants a number, not `-1`")),
        ] {
            let typed: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let plan = SYNTAX.read_or_help(&typed).and_then(|read| plan(&read.unwrap()));
            assert_eq!(
                plan.map(|plan| plan.join(" ")),
                expected.map(str::to_owned).map_err(str::to_owned),
                "{line}"
            );
        }
    }
}
