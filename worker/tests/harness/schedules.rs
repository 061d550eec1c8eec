//! By chance: seeded schedules of everything that can go wrong, at any moment, and of what people ask for meanwhile.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use noc_shared::deployments::{DeploymentStatus, SagaKind};

use super::{
    behind, check, client,
    moment::{Disturbance, LATE_MS, Moment, Wish},
    parallel, scale,
    weather::{Fair, Weather},
    world::{Mutation, World},
};

/// Seeds that failed once. They stay.
const FAILED_ONCE: &[u64] = &[
    160, 294, 2_120, 14_699, 55_118, 62_872, 65_921, 77_547, 4_444, 9_251, 17_117, 88_832, 94_823, 26_437,
    28_567, 29_424,
];

#[test]
fn no_schedule_of_faults_crashes_and_wishes_loses_anything() {
    if let Some(seed) = std::env::var("NOC_SEED").ok().map(|text| text.parse().expect("NOC_SEED is a number"))
    {
        return replay(seed);
    }
    let seeds: Vec<u64> = FAILED_ONCE.iter().copied().chain(0..scale::schedules()).collect();
    let results =
        parallel::each(seeds.len(), |world, index| schedule(world, seeds[index], Mutation::default()));
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    let mut failed = Vec::new();
    for (seed, result) in seeds.iter().zip(results) {
        match result {
            Ok(end) => *ends.entry(end).or_default() += 1,
            Err(error) => failed.push(format!("seed {seed}: {error}\n    {}", command(*seed))),
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n{}",
        failed.len(),
        seeds.len(),
        failed[..failed.len().min(20)].join("\n")
    );
    // Were the schedules too kind or too harsh, only one of the ends would be seen.
    for end in [
        "deploy succeeded",
        "deploy unwound",
        "deploy stuck",
        "destroy succeeded",
        "destroy stuck",
        "repair succeeded",
        "adopt succeeded",
        "adopt unwound",
    ] {
        let seen: u64 = ends.iter().filter(|(words, _)| words.contains(end)).map(|(_, count)| count).sum();
        assert!(seen * 400 > scale::schedules(), "{end}: {ends:#?}");
    }
}

#[test]
fn the_same_seed_is_the_same_schedule() {
    let world = World::new();
    for seed in 0..20 {
        let run = || schedule(&world, seed, Mutation::default()).map(|words| (words, world.trace()));
        assert_eq!(run(), run(), "seed {seed}");
    }
}

/// What repeats a schedule, and shows what happens in it.
fn command(seed: u64) -> String {
    format!(
        "NOC_SEED={seed} cargo test -p noc-worker --profile harness --features harness --test harness schedule -- --nocapture"
    )
}

fn replay(seed: u64) {
    let world = World::new();
    world.verbose.store(true, Ordering::Relaxed);
    let result = schedule(&world, seed, Mutation::default());
    eprintln!("{}", world.lines());
    eprintln!("seed {seed}: {result:?}");
    result.unwrap();
}

/// Runs a schedule, and says how its runs ended.
pub(crate) fn schedule(world: &Arc<World>, seed: u64, mutation: Mutation) -> Result<String, String> {
    world.reset(seed, mutation);
    let mut chance = Chance::new(seed);
    let address_after_ms = chance.one_of(&[0, 1_500, 3_000, 10_000]);
    let delete_after_ms = chance.one_of(&[0, 0, 2_500, 20_000]);
    world.simulator.update_settings(|settings| {
        settings.address_after_ms = address_after_ms;
        settings.delete_after_ms = delete_after_ms;
    });
    world.crowd.lock().unwrap().machines_are_silent = chance.below(5) == 0;
    if chance.below(6) == 0 {
        behind::orphan(world);
        client::ask_for_later(world, 0, Wish::Adopt);
    } else {
        client::ask_for_later(world, 0, Wish::Deploy);
    }
    for _ in 0..chance.below(3) {
        let millis = chance.one_of(&[1_000, 10_000, 60_000, 2_000_000]);
        let wish = chance.one_of(&[
            Wish::Deploy,
            Wish::Destroy,
            Wish::Destroy,
            Wish::Cancel,
            Wish::Retry,
            Wish::Repair,
        ]);
        client::ask_for_later(world, chance.up_to(millis), wish);
    }
    if chance.below(3) == 0 {
        // After something was changed, a repair is asked for now and then at once, and always in the end.
        let (after, how) = (chance.up_to(200_000), chance.below(7) as u8);
        client::ask_for_later(world, after, Wish::Meddle(how));
        client::ask_for_later(world, after + chance.up_to(30_000), Wish::Repair);
    }
    let odds = chance.one_of(&[4, 8, 16, 40]);
    let refusals = chance.below(5) == 0;
    let budget = 1 + chance.below(8);
    let cure = chance.one_of(&[Wish::Retry, Wish::Destroy]);
    let is_removed = chance.below(4) == 0;
    world.set_weather(Box::new(Stormy { chance, odds, budget, refusals }));
    world.run_until_quiet()?;
    let ends = check::everything(world, cure)?;
    if is_removed {
        remove(world)?;
    }
    let words = |end: &check::End| format!("{} {}", end.saga.as_str(), end.status.as_str());
    Ok(ends.iter().map(words).collect::<Vec<_>>().join(", "))
}

/// In the end the server is destroyed, and nothing is there any more.
fn remove(world: &Arc<World>) -> Result<(), String> {
    world.set_weather(Box::new(Fair));
    client::ask_for(world, Wish::Destroy);
    world.run_until_quiet()?;
    let ends = check::at_rest(world)?;
    let last = ends.last().map(|end| (end.saga, end.status));
    let is_gone = matches!(
        last,
        None | Some(
            (SagaKind::Destroy, DeploymentStatus::Succeeded)
                | (SagaKind::Deploy | SagaKind::Adopt, DeploymentStatus::Unwound)
        )
    );
    if is_gone { Ok(()) } else { Err(format!("after the last destroy the newest run is {last:?}")) }
}

/// Something goes wrong now and then, so many times.
struct Stormy {
    chance: Chance,
    odds: u64,
    budget: u64,
    /// Whether providers like to refuse to remove anything, so that runs are stuck.
    refusals: bool,
}

impl Weather for Stormy {
    fn at(&mut self, _: usize, moment: &Moment) -> Option<Disturbance> {
        let is_refused = self.refusals && moment.removes() && self.chance.below(3) == 0;
        if self.budget == 0 || !is_refused && self.chance.below(self.odds) > 0 {
            return None;
        }
        self.budget -= 1;
        let mut all = moment.site.disturbances();
        if is_refused {
            all.retain(|disturbance| disturbance.title() == "refused");
        }
        let mut chosen = all[usize::try_from(self.chance.below(all.len() as u64)).unwrap()].clone();
        match &mut chosen {
            Disturbance::Late(millis) | Disturbance::CrashLate(millis) => {
                *millis = self.chance.below(LATE_MS * 3 / 2)
            }
            // Now and then longer than any step is tried; that takes many attempts, and so it is not done often.
            Disturbance::Away(millis) if self.chance.below(12) > 0 => *millis = self.chance.up_to(120_000),
            Disturbance::Delayed(millis) => *millis = self.chance.up_to(2 * *millis),
            _ => {}
        }
        Some(chosen)
    }
}

/// Chance that is the same for the same seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9fb2_1c65_1e98_df25))
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn up_to(&mut self, millis: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(millis).unwrap() + 1)).unwrap()
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()].clone()
    }
}
