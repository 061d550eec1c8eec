//! Everywhere once.

use std::collections::BTreeSet;

use noc_shared::deployments::SagaKind;
use noc_simulator::Effect;
use noc_worker::{saga::Undo, servers::SAGAS};

use super::{
    case::{CASES, Case, Ran},
    matrix::{Matrix, Outcome},
    moment::{Disturbance, Moment, Site, Wish},
    pairs, parallel, scale,
    weather::Aim,
    world::{Mutation, World},
};

#[test]
fn one_or_two_disturbances_anywhere_lose_nothing() {
    let world = World::new();
    let mut matrix = Matrix::default();
    let mut failed = Vec::new();
    for case in &CASES {
        let base = case.run(&world, Mutation::default(), &[]).unwrap();
        let singles = singles(case, &base, &mut failed);
        let pairs = pairs::pairs(case, &base, &mut failed);
        matrix.add(case, &base, &singles, &pairs);
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed[..failed.len().min(40)].join("\n"));
    if scale::is_whole() {
        matrix.assert_current();
    }
}

/// Everything that can go wrong, everywhere, once.
fn singles(case: &Case, base: &Ran, failed: &mut Vec<String>) -> Vec<Outcome> {
    let aims: Vec<Aim> = everywhere(&base.trace).into_iter().step_by(scale::stride()).collect();
    let results = parallel::each(aims.len(), |world, index| {
        let aim = &aims[index];
        let ran = case.run(world, Mutation::default(), std::slice::from_ref(aim))?;
        unchanged(base, &ran, &aim.disturbance)?;
        Ok(ran.ends)
    });
    let mut outcomes = Vec::new();
    for (aim, result) in aims.iter().zip(results) {
        match result {
            Ok(ends) => outcomes.push((aim.index, aim.disturbance.title(), ends)),
            Err(error) => failed.push(told(case, std::slice::from_ref(aim), &error)),
        }
    }
    outcomes
}

#[test]
fn every_step_and_every_undo_of_every_saga_is_passed() {
    let world = World::new();
    let passed: BTreeSet<String> = (CASES.iter())
        .flat_map(|case| case.run(&world, Mutation::default(), &[]).unwrap().trace)
        .filter(|moment| moment.site == Site::Intent)
        .map(|moment| moment.scope.to_string())
        .collect();
    let mut expected = BTreeSet::new();
    for saga in SAGAS.0 {
        for step in saga.steps {
            expected.insert(format!("{}/{}", saga.kind.as_str(), step.name));
            if matches!(step.undo, Undo::With(_)) {
                expected.insert(format!("{}/{} undo", saga.kind.as_str(), step.name));
            }
        }
    }
    assert_eq!(passed, expected);
}

/// All that can go wrong at each of these moments.
fn everywhere(trace: &[Moment]) -> Vec<Aim> {
    let at = |(index, moment): (usize, &Moment)| {
        let moment = moment.clone();
        moment.site.disturbances().into_iter().map(move |disturbance| Aim {
            index,
            moment: moment.clone(),
            disturbance,
        })
    };
    trace.iter().enumerate().flat_map(at).collect()
}

/// Whatever passes soon makes no difference to the end. Only a refusal does, and whoever asks for something else.
pub(crate) fn unchanged(base: &Ran, ran: &Ran, disturbance: &Disturbance) -> Result<(), String> {
    let may_change = match disturbance {
        Disturbance::Provider(Effect::Status { status, .. }) => *status < 429,
        Disturbance::Away(_) | Disturbance::Meanwhile(Wish::Destroy | Wish::Cancel | Wish::Retry) => true,
        // A name that is free again is given to whoever asks next.
        Disturbance::Meanwhile(Wish::Deploy) => base.ends.len() < ran.ends.len(),
        _ => false,
    };
    // A repair that is asked for again, because nobody knows whether it was heard, mends once more.
    let how = |ran: &Ran| {
        let mut ends: Vec<_> = ran.ends.iter().map(|end| (end.saga, end.status)).collect();
        ends.dedup_by(|next, last| next == last && next.0 == SagaKind::Repair);
        ends
    };
    if may_change || how(base) == how(ran) {
        return Ok(());
    }
    Err(format!("it changed the end from {:?} to {:?}", base.ends, ran.ends))
}

/// A failure, with what is needed to look at it again.
pub(crate) fn told(case: &Case, aims: &[Aim], error: &str) -> String {
    let aims = aims.iter().map(|aim| format!("#{} {}: {:?}", aim.index, aim.moment, aim.disturbance));
    format!("{}: {}\n    {error}", case.title, aims.collect::<Vec<_>>().join(", and "))
}
