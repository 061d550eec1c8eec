//! The simulator as a program: the providers on one port, until it is interrupted.

mod arguments;

use std::process::ExitCode;

use arguments::{Arguments, HELP};
use noc_simulator::{Settings, Simulator, agent, http, store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) if arguments.help => {
            print!("{HELP}");
            Ok(())
        }
        Ok(arguments) => run(arguments).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("noc-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let settings = settings(&arguments);
    let world = match &arguments.state {
        Some(path) => store::load(path).map_err(|error| error.to_string())?,
        None => None,
    };
    let simulator = match world {
        Some(world) => Simulator::with_world(settings, world),
        None => Simulator::new(settings),
    };
    let signals = |kind| signal(kind).map_err(|cause| format!("signals cannot be received: {cause}"));
    let (mut interrupted, mut terminated) =
        (signals(SignalKind::interrupt())?, signals(SignalKind::terminate())?);

    let address = format!("{}:{}", arguments.host, arguments.port);
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|cause| format!("cannot listen on {address}: {cause}; --port chooses another port"))?;
    let server = http::serve(simulator.clone(), listener).await.map_err(|cause| cause.to_string())?;
    let keeper = arguments.state.clone().map(|path| tokio::spawn(store::keep(simulator.clone(), path)));
    let machines = arguments.boot.then(|| {
        let settings = agent::Settings {
            boot_after: arguments.boot_after,
            interval_limit: arguments.interval_limit,
            ..agent::Settings::default()
        };
        agent::start(simulator.clone(), settings)
    });
    println!("simulator listening on {}", server.url());

    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    drop(machines);
    server.stop().await;
    if let Some(keeper) = keeper {
        keeper.abort();
        // Waited for, so that it does not write after us.
        let _ = keeper.await;
    }
    match arguments.state {
        None => Ok(()),
        Some(path) => store::save(&path, &simulator.world())
            .map_err(|cause| format!("the state file {} cannot be written: {cause}", path.display())),
    }
}

fn settings(arguments: &Arguments) -> Settings {
    let defaults = Settings::default();
    Settings {
        seed: arguments.seed.unwrap_or(defaults.seed),
        zone_name: arguments.zone.clone().unwrap_or(defaults.zone_name),
        address_after_ms: arguments.address_after_ms.unwrap_or(defaults.address_after_ms),
        delete_after_ms: arguments.delete_after_ms.unwrap_or(defaults.delete_after_ms),
        rate_limits: arguments.rate_limits,
        ..defaults
    }
}
