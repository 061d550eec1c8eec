//! `cargo xtask`: the one tool that sets up, builds, runs and tests the project.

mod arguments;
mod bench;
mod build;
mod console;
mod dev;
#[cfg(test)]
mod documents;
mod files;
mod machine_test;
mod process;
mod project;
mod setup;
mod snapshots;
mod test;
mod torture;

use console::complain;
use project::Project;

/// What everything here returns: the error is one sentence for whoever typed the command.
type Outcome<T> = Result<T, String>;

/// One command of the tool: its name, its one-line description and what runs it.
struct Task {
    name: &'static str,
    about: &'static str,
    run: fn(&Project, &[String]) -> Outcome<()>,
}

const TASKS: &[Task] = &[
    Task {
        name: "dev",
        about: "run everything on this machine: Worker, database, provider simulator",
        run: dev::run,
    },
    Task { name: "test", about: "run every check and every test there is", run: test::run },
    Task {
        name: "torture",
        about: "kill the Worker again and again, and see that nothing is lost",
        run: torture::run,
    },
    Task {
        name: "bench",
        about: "measure the Worker as it runs in production, and the dashboard",
        run: bench::run,
    },
    Task {
        name: "machine-test",
        about: "boot machines with the real cloud-init until they are active",
        run: machine_test::run,
    },
    Task { name: "build", about: "build the Worker for workerd, and the dashboard", run: build::run },
    Task {
        name: "snapshots",
        about: "write anew what is made from the code and checked in",
        run: snapshots::run,
    },
];

fn main() {
    process::end_everything_on_signals();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let code = match dispatch(&arguments) {
        Ok(()) => 0,
        Err(reason) => {
            // After a signal, programs fail because they were ended: nobody needs to read about that.
            if !process::interrupted() {
                complain(&reason);
            }
            1
        }
    };
    process::leave(code);
}

fn dispatch(arguments: &[String]) -> Outcome<()> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(format!("say what to do\n\n{}", overview()));
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        console::say(&overview());
        return Ok(());
    }
    match TASKS.iter().find(|task| task.name == name) {
        Some(task) => {
            let project = Project::locate()?;
            setup::claim_builds(&project)?;
            (task.run)(&project, rest)
        }
        None => Err(format!("there is no command `{name}`\n\n{}", overview())),
    }
}

fn overview() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND [options]\n\nCommands:\n");
    for task in TASKS {
        text.push_str(&format!("  {:<14}{}\n", task.name, task.about));
    }
    text.push_str("\n`cargo xtask COMMAND --help` tells what a command takes.");
    text
}
