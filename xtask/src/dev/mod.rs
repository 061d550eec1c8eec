//! `cargo xtask dev`: the whole system on this machine.

mod advice;
mod dev_vars;
mod environment;
mod http;
mod migrations;
mod ports;
mod relay;
mod sign_in;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::arguments::{Arguments, Syntax};
use crate::build::{self, Build, Frontend};
use crate::console::{self, Step};
use crate::process::{Happening, Program};
use crate::project::Project;
use crate::{Outcome, setup};

use relay::Relay;

const SYNTAX: Syntax = Syntax {
    help: "Usage: cargo xtask dev [--port PORT] [--sim-port PORT] [--state DIR] [--release] [--no-sim]

Sets up what is missing, builds everything, and runs the Worker with its database beside a simulator of all
providers. Ctrl-C ends all of it; the next start finds its state again.

  --port PORT      where the Worker answers (8787)
  --sim-port PORT  where the simulator answers (8788)
  --state DIR      where database and simulator keep their state (.noc/dev)
  --release        run the Worker as production does, not the quicker build
  --no-sim         leave the simulator out: the real providers, with real costs, unless the variables below say else

From the environment, where set: DIGITALOCEAN_API_URL, CLOUDFLARE_API_URL, INFISICAL_API_URL (with their path) and
NOC_PUBLIC_URL; and in place of what .dev.vars says: DIGITALOCEAN_TOKEN, CLOUDFLARE_API_TOKEN, CLOUDFLARE_ZONE_ID,
INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID, NOC_MASTER_KEY, NOC_BOOTSTRAP_TOKEN, and what
docs/signing-in.md names for identity providers.",
    options: &["--port", "--sim-port", "--state"],
    flags: &["--release", "--no-sim"],
    rest: None,
};

/// How long the Worker and the simulator may take to answer at all.
const START: Duration = Duration::from_secs(90);

const MINUTE: Duration = Duration::from_secs(60);

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &[String]) -> Outcome<()> {
    let Some(arguments) = SYNTAX.read_or_help(arguments)? else { return Ok(()) };
    let plan = Plan::read(project, &arguments)?;
    // Before anything that takes minutes.
    ports::require_free(plan.port, "--port")?;
    if let Some(port) = plan.simulator {
        ports::require_free(port, "--sim-port")?;
    }
    // Two of them would each write the state of its own simulator over the other's.
    let Some(_state) = setup::Lock::try_folder(&plan.state)? else {
        let state = plan.state.display();
        return Err(format!("another `cargo xtask dev` works in {state}: end it, or choose another --state"));
    };
    let tools = setup::prepare(project)?;
    let index = build::worker(project, &tools, &plan.build)?;
    let dashboard = build::frontend(project, &tools, Frontend::beside(plan.build.profile()))?;
    if plan.simulator.is_some() {
        build_simulator(project)?;
    }
    dev_vars::complete(project)?;
    let state = plan.state.join("wrangler");
    migrations::apply(project, Some(&state))?;
    sign_in::renew(project, &plan.state, &state)?;

    let (sender, happenings) = channel();
    if let Some(port) = plan.simulator {
        start_simulator(project, &plan, port, &sender)?;
        await_answer("the simulator", port, "/_simulator/ledger", &happenings)?;
    }
    start_worker(project, &plan, (&index, &dashboard), &sender)?;
    let health = await_answer("the Worker", plan.port, "/api/health", &happenings)?;
    if health.status != 200 {
        console::say(&format!("The Worker is up, but not well: {}", health.body.trim()));
    }
    let token = environment::bootstrap_token().map_or_else(|| dev_vars::bootstrap_token(project), Ok)?;
    let sign_in = sign_in::sign_in(plan.port, &plan.state, &token)?;
    console::say(&advice::text(plan.port, plan.simulator, sign_in.as_ref()));
    relay::show_all();
    let port = plan.port;
    std::thread::spawn(move || keep_the_schedule(port));
    // From here on only what the programs do: the handler of Ctrl-C ends them, and this tool.
    Err(first_end(plan.port, &happenings))
}

/// What `wrangler dev` alone needs beside the Worker: keys and a database.
pub(crate) fn prepare_for_wrangler(project: &Project) -> Outcome<()> {
    dev_vars::complete(project)?;
    migrations::apply(project, None)
}

/// What was asked for.
struct Plan {
    port: u16,
    /// The simulator's port, if it shall run.
    simulator: Option<u16>,
    state: PathBuf,
    build: Build,
}

impl Plan {
    fn read(project: &Project, arguments: &Arguments) -> Outcome<Self> {
        let port = arguments.port("--port", 8787)?;
        let simulator = arguments.port("--sim-port", 8788)?;
        let simulator = (!arguments.has("--no-sim")).then_some(simulator);
        if simulator == Some(port) {
            return Err(format!(
                "the Worker and the simulator cannot both have port {port}: choose another --sim-port"
            ));
        }
        // A relative folder is meant from where the command was typed; the default belongs to the checkout.
        let state = match arguments.value("--state") {
            Some(folder) => {
                std::path::absolute(folder).map_err(|error| format!("--state {folder}: {error}"))?
            }
            None => project.root.join(".noc/dev"),
        };
        Ok(Self { port, simulator, state, build: Build::for_dev(arguments.has("--release")) })
    }
}

/// Calls what the platform calls every minute and every hour: wrangler has the schedule, and does not keep it on a machine
/// of a developer.
fn keep_the_schedule(port: u16) {
    for minute in 0_u64.. {
        http::get(port, "/cdn-cgi/handler/scheduled?cron=*+*+*+*+*");
        if minute % 60 == 0 {
            http::get(port, "/cdn-cgi/handler/scheduled?cron=0+*+*+*+*");
        }
        std::thread::sleep(MINUTE);
    }
}

/// The end of one of the programs, by its name and in the words of the system.
struct Ended {
    name: &'static str,
    how: String,
}

fn build_simulator(project: &Project) -> Outcome<()> {
    let step = Step::begin("Building the provider simulator", "a few seconds, a minute the first time");
    if !project.cargo(&["build", "--quiet", "-p", "noc-simulator"]).run()?.success() {
        return Err("the simulator was not built: see above".into());
    }
    step.done();
    Ok(())
}

fn start_simulator(project: &Project, plan: &Plan, port: u16, ended: &Sender<Ended>) -> Outcome<()> {
    console::say(&format!("Starting the simulator on port {port}"));
    let program = Program::new(project.target().join("debug/noc-simulator"))
        .args(["--boot", "--interval-seconds", "10", "--port", &port.to_string(), "--state"])
        .arg(plan.state.join("simulator.json"))
        .dir(&project.root);
    start("simulator", program, ended)
}

fn start_worker(
    project: &Project,
    plan: &Plan,
    (index, dashboard): (&Path, &Path),
    ended: &Sender<Ended>,
) -> Outcome<()> {
    console::say(&format!("Starting the Worker on port {}", plan.port));
    let mut program = project
        .wrangler(["dev", "--local", "--ip", "127.0.0.1", "--show-interactive-dev-session=false"])
        .arg(index)
        .arg("--assets")
        .arg(dashboard)
        .args(["--port", &plan.port.to_string(), "--persist-to"])
        .arg(plan.state.join("wrangler"))
        // What it builds anew when a source changes.
        .env("NOC_WORKER_PROFILE", plan.build.profile());
    for (name, value) in environment::variables(plan.port, plan.simulator) {
        program = program.args(["--var", &format!("{name}:{value}")]);
    }
    // Secrets go by files: a command line is for everybody to see.
    for file in [project.root.join(".dev.vars"), environment::write_secrets(&plan.state)?] {
        program = program.arg("--env-file").arg(file);
    }
    start("worker", program, ended)
}

fn start(name: &'static str, program: Program, ended: &Sender<Ended>) -> Outcome<()> {
    let (relay, ended) = (Relay::new(name), ended.clone());
    program.start(move |happening| match happening {
        Happening::Line(line) => relay.line(&line),
        Happening::Ended(how) => {
            relay.show_what_was_held_back();
            let _ = ended.send(Ended { name, how });
        }
    })
}

fn await_answer(who: &str, port: u16, path: &str, ended: &Receiver<Ended>) -> Outcome<http::Answer> {
    let begun = Instant::now();
    while begun.elapsed() < START {
        if let Some(answer) = http::get(port, path) {
            return Ok(answer);
        }
        if let Ok(end) = ended.recv_timeout(Duration::from_millis(200)) {
            return Err(sentence(&end));
        }
    }
    relay::show_all();
    Err(format!("{who} does not answer on port {port} after {}", console::duration(START)))
}

/// Waits until one of the programs ends, or the Worker does not answer any more: wrangler lives on when the workerd below
/// it has died, and answers nothing.
fn first_end(port: u16, ended: &Receiver<Ended>) -> String {
    let mut silent = 0;
    loop {
        match ended.recv_timeout(LOOK_EVERY) {
            Ok(end) => return sentence(&end),
            Err(RecvTimeoutError::Disconnected) => return "nothing runs any more".into(),
            Err(RecvTimeoutError::Timeout) => {}
        }
        silent = if http::get(port, "/api/health").is_some() { 0 } else { silent + 1 };
        if silent >= SILENT_LOOKS {
            return "the Worker does not answer any more: its lines above say why; everything is ended"
                .into();
        }
    }
}

/// How often it is looked whether the Worker answers.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A build that follows an edit keeps the Worker from answering for a while: each look waits ten seconds, so that this
/// many are one to two minutes.
const SILENT_LOOKS: u32 = 8;

fn sentence(end: &Ended) -> String {
    format!(
        "the {} ended by itself ({}): its lines above say why; everything else is ended too",
        end.name, end.how
    )
}
