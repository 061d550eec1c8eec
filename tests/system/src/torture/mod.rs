//! Torture: workerd is killed at random moments while servers are deployed and destroyed, and in the end NOC must have
//! exactly what it believes that it has.
//!
//! What is asked for, which faults there are, at which moment each kill comes and what happens after each restart
//! follows from a seed. How far the runs have come by then is a matter of the machine, so that a seed that has failed
//! may have to be tried more than once.

mod known;
mod moments;
mod random;
mod resume;
mod schedule;
mod users;
mod verdict;

use std::{
    collections::BTreeMap,
    env, fs, thread,
    time::{Duration, Instant},
};

use noc_simulator::{Settings, agent, http::wall_clock};

use self::{
    random::Random,
    resume::Restart,
    schedule::{Moment, Watch, schedule},
    users::Users,
};
use crate::{
    client::Client,
    console::Console,
    noc::{Noc, Options},
};

/// How often it is killed, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How often.
    pub kills: u32,
    /// What everything else follows from.
    pub seed: u64,
}

impl Plan {
    /// So many kills, with a seed that is another one each time.
    pub fn of(kills: u32) -> Self {
        // Six digits are enough to be different, and few enough to be typed.
        Self { kills, seed: wall_clock() % 1_000_000 }
    }
}

/// Tortures a NOC of its own, and tells how it goes.
///
/// # Panics
/// When anything is lost, doubled or late; it is then told how to do the same again.
pub fn torture(plan: Plan) {
    let Plan { kills, seed } = plan;
    println!("{kills} kills with the seed {seed}");
    let mut random = Random::new(seed);
    let kills = schedule(kills, &mut random);
    let usual = Options::default();
    let noc = Noc::start(Options {
        // So many looks are more than one account has.
        providers: Settings { rate_limits: false, ..usual.providers },
        machines: usual.machines.map(|machines| agent::Settings {
            boot_after: Duration::from_millis(100),
            retry_after: Duration::from_millis(100),
            ..machines
        }),
        ..usual
    });
    let _replay = Replay { plan, console: noc.console.clone() };
    let mut torture = Torture {
        begun: Instant::now(),
        random,
        noc,
        users: Users::default(),
        fresh: 0,
        reached: BTreeMap::new(),
        longest_rest_ms: 0,
    };
    for (number, kill) in kills.iter().enumerate() {
        // Only a kill that comes at once comes just after a start.
        let watch = match kills.get(number + 1).map(|next| next.moment) {
            Some(Moment::JustStarted) => Watch::None,
            _ => kill.watch,
        };
        torture.kill(number + 1, kills.len(), kill, watch);
    }
    torture.end();
}

struct Torture {
    begun: Instant,
    random: Random,
    noc: Noc,
    users: Users,
    /// How many names were used that nobody else wishes for.
    fresh: u32,
    /// For each moment: how often it was aimed at, and how often it came.
    reached: BTreeMap<Moment, (u32, u32)>,
    longest_rest_ms: u64,
}

impl Torture {
    /// Kills it once, starts it again and waits until it goes on.
    fn kill(&mut self, number: usize, of: usize, kill: &schedule::Kill, watch: Watch) {
        self.tell(&format!("aiming: {kill:?}"));
        let came = self.bring_about(kill);
        let lines = self.noc.console.count();
        self.noc.kill();
        let killed_at = wall_clock();
        self.tell("killed");
        self.users.come_back();
        self.assert_nothing_doubled();
        self.noc.providers.clear_faults();
        self.noc.let_machines_run(true);
        self.noc.start_again();
        let restart = Restart { killed_at, ready_at: wall_clock(), lines };
        self.tell("ready");
        let resumed = resume::wait_until_resumed(&self.noc, &restart, watch);
        if watch != Watch::None {
            self.users.ask_again(&Client::clone(&self.noc));
        }

        let reached = self.reached.entry(kill.moment).or_default();
        *reached = (reached.0 + 1, reached.1 + u32::from(came));
        let mut line = format!("kill {number} of {of}: {}", kill.moment);
        if !came {
            line.push_str(" (which did not come)");
        }
        line.push_str(&format!("; started in {} ms", restart.ready_at - killed_at));
        match resumed.longest_ms() {
            // Some of them may have waited for something, which nobody has asked for.
            Some(_) if watch == Watch::Silent => {
                line.push_str(&format!("; {} went on by themselves", resumed.rested_ms.len()));
            }
            Some(longest) => {
                self.longest_rest_ms = self.longest_rest_ms.max(longest);
                line.push_str(&format!("; {} went on after at most {longest} ms", resumed.rested_ms.len()));
            }
            None => {}
        }
        if !resumed.waiting.is_empty() {
            line.push_str(&format!("; {} had to wait", resumed.waiting.len()));
        }
        self.say(&line);
    }

    /// Waits for the end of everything, and compares what there is with what NOC believes.
    fn end(mut self) {
        self.users.ask_again(&Client::clone(&self.noc));
        self.wait_until_ended();
        self.say("every deployment has ended");
        self.assert_all_known();
        self.assert_ledger_is_believed();
        self.say("the providers have what NOC believes");
        self.assert_all_can_go();
        self.say("nothing is left");
        for (moment, (aimed, came)) in &self.reached {
            println!("  {came:>3} of {aimed:>3}  {moment}");
        }
        println!("  no run rested for longer than {} ms after a restart", self.longest_rest_ms);
        let (aimed, came) = self.reached.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert!(
            came * 3 >= aimed * 2,
            "too few of the moments came that were aimed at: the test tests little"
        );
    }

    /// Tells whoever watches, and the log.
    fn say(&self, what: &str) {
        println!("{:>6.1} s  {what}", self.begun.elapsed().as_secs_f64());
        self.tell(what);
    }

    /// Puts a line into the log, between those of the Worker.
    fn tell(&self, what: &str) {
        self.noc.console.put(format!("{} torture: {what}", resume::time(wall_clock())));
    }
}

/// Tells how to do the same again, and keeps the whole log, if it ends with a panic.
struct Replay {
    plan: Plan,
    console: Console,
}

impl Drop for Replay {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let Plan { kills, seed } = self.plan;
        let log = env::temp_dir().join(format!("noc-torture-{seed}.log"));
        let kept = fs::write(&log, self.console.text());
        eprintln!("\nThe seed {seed} has failed; again: cargo xtask torture --kills {kills} --seed {seed}");
        match kept {
            Ok(()) => eprintln!("The whole log is in {}", log.display()),
            Err(error) => eprintln!("The log cannot be kept in {}: {error}", log.display()),
        }
    }
}
