//! The machines: for every droplet that boots, a task that plays NOC's agent over real HTTP.
//!
//! A machine reads its user data, claims its key once, and then reports until its droplet is gone or NOC does not
//! know it any more. What it knows is in the simulator's world, so that a restart goes on where it ended.

mod client;
mod life;
mod machine;
mod report;
mod user_data;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};

use crate::Simulator;

pub use machine::Machine;

/// How the machines behave.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a machine takes from its address to its first call.
    pub boot_after: Duration,
    /// The longest time between two reports, whatever NOC says.
    pub interval_limit: Option<Duration>,
    /// How long it waits after its first failed call; each further one doubles it, up to half a minute.
    pub retry_after: Duration,
    /// How often it is looked for new droplets.
    pub look_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            boot_after: Duration::from_secs(3),
            interval_limit: None,
            retry_after: Duration::from_secs(1),
            look_every: Duration::from_millis(200),
        }
    }
}

/// All machines of a simulator; they go silent when this is dropped.
pub struct Machines {
    task: JoinHandle<()>,
}

impl Drop for Machines {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Lets the droplets of a simulator boot, those that are there and those that come. Needs a tokio runtime.
pub fn start(simulator: Simulator, settings: Settings) -> Machines {
    Machines { task: tokio::spawn(look_for_droplets(simulator, settings)) }
}

async fn look_for_droplets(simulator: Simulator, settings: Settings) {
    let client = client::Client::new();
    let mut living = BTreeSet::new();
    let mut lives = JoinSet::new();
    loop {
        while let Some(ended) = lives.try_join_next() {
            if let Ok(droplet) = ended {
                living.remove(&droplet);
            }
        }
        for droplet in simulator.bootable_droplets() {
            if living.insert(droplet) {
                lives.spawn(life::live(simulator.clone(), settings.clone(), client.clone(), droplet));
            }
        }
        tokio::time::sleep(settings.look_every).await;
    }
}
