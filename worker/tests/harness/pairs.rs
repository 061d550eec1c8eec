//! Everywhere twice: at each place one of each kind of harm, and then, in the run that came of it, at each place behind
//! that one again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    case::{Case, Ran},
    matrix::words,
    moment::{Moment, Scope},
    parallel, scale,
    singles::told,
    weather::Aim,
    world::{Mutation, World},
};

/// Runs it with every pair, and counts how its runs ended.
pub(crate) fn pairs(case: &Case, base: &Ran, failed: &mut Vec<String>) -> BTreeMap<String, u32> {
    let firsts: Vec<Aim> = harm(&base.trace, 0).into_iter().step_by(scale::stride()).collect();
    let results = parallel::each(firsts.len(), |world, index| {
        Ok(after(case, world, Mutation::default(), &firsts[index]))
    });
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for outcome in results.into_iter().flat_map(|result| result.unwrap_or_else(|panic| vec![Err(panic)])) {
        match outcome {
            Ok(end) => *ends.entry(end).or_default() += 1,
            Err(error) => failed.push(error),
        }
    }
    ends
}

/// Runs it with this disturbance, and then with each that can follow.
pub(crate) fn after(
    case: &Case,
    world: &Arc<World>,
    mutation: Mutation,
    first: &Aim,
) -> Vec<Result<String, String>> {
    let run = |aims: &[Aim]| {
        let ran = case.run(world, mutation, aims).map_err(|error| told(case, aims, &error))?;
        Ok((ran.trace, words(&ran.ends)))
    };
    let trace = match run(std::slice::from_ref(first)) {
        Ok((trace, _)) => trace,
        Err(error) => return vec![Err(error)],
    };
    let seconds = harm(&trace, first.index + 1);
    seconds.into_iter().map(|second| run(&[first.clone(), second]).map(|(_, words)| words)).collect()
}

/// One of each kind of harm at each place behind a moment, when the run is there for the first time.
pub(crate) fn harm(trace: &[Moment], from: usize) -> Vec<Aim> {
    let mut seen = BTreeSet::new();
    let mut aims = Vec::new();
    for (index, moment) in trace.iter().enumerate().skip(from) {
        if moment.scope == Scope::Request || !seen.insert(moment) {
            continue;
        }
        for disturbance in moment.site.kinds_of_harm() {
            aims.push(Aim { index, moment: moment.clone(), disturbance });
        }
    }
    aims
}
