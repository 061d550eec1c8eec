//! Rules that are broken on purpose: the harness that passes everything else must notice each of them.

use noc_shared::deployments::SagaKind;
use noc_worker::{
    saga::{Attempt, Definition, Progress, Step, Undo},
    servers::{SAGAS, Sagas, Work},
};

use super::{
    case::CASES,
    moment::Site,
    parallel,
    weather::Aim,
    world::{Mutation, World},
};

#[test]
fn an_intent_that_is_recorded_after_the_call_is_noticed() {
    let mutation = Mutation { records_after_the_call: true, ..Mutation::default() };
    assert_noticed(mutation, "the droplets [");
}

#[test]
fn a_look_up_that_is_skipped_on_resume_is_noticed() {
    let sagas = mutated(|_, step| Step { act: without_a_look, ..copy(step) });
    assert_noticed(Mutation { sagas, ..Mutation::default() }, "the droplets [");
}

#[test]
fn an_undo_that_does_nothing_is_noticed() {
    let undone = [
        (SagaKind::Deploy, "create_droplet", "leaked"),
        (SagaKind::Deploy, "write_dns_records", "leaked"),
        (SagaKind::Deploy, "reserve_name", "still reserved"),
        (SagaKind::Adopt, "write_dns_records", "leaked"),
        (SagaKind::Adopt, "reserve_name", "still reserved"),
    ];
    // A run begins under the newest version of its saga.
    let newest = SAGAS.0.iter().filter(|saga| SAGAS.newest_version(saga.kind) == Some(saga.version));
    let with_undo = newest.flat_map(|saga| saga.steps).filter(|step| matches!(step.undo, Undo::With(_)));
    assert_eq!(with_undo.count(), undone.len(), "every undo is broken once");
    for (kind, name, how) in undone {
        let sagas = mutated(|saga, step| match saga == kind && step.name == name {
            true => Step { undo: Undo::With(|_, _| Box::pin(async { Ok(Progress::done()) })), ..copy(step) },
            false => copy(step),
        });
        assert_noticed(Mutation { sagas, ..Mutation::default() }, how);
    }
}

/// Says that one disturbance somewhere, or even none, shows what is broken, and how.
fn assert_noticed(mutation: Mutation, how: &str) {
    let world = World::new();
    let mut noticed = Vec::new();
    for case in &CASES {
        let trace = match case.run(&world, mutation, &[]) {
            Ok(ran) => ran.trace,
            Err(error) => {
                noticed.push(error);
                continue;
            }
        };
        let calls = trace.iter().enumerate().filter(|(_, moment)| matches!(moment.site, Site::Call(_)));
        let aims: Vec<Aim> = calls
            .flat_map(|(index, moment)| {
                let aim = move |disturbance| Aim { index, moment: moment.clone(), disturbance };
                moment.site.kinds_of_harm().into_iter().map(aim)
            })
            .collect();
        let results =
            parallel::each(aims.len(), |world, index| case.run(world, mutation, &aims[index..=index]));
        noticed.extend(results.into_iter().filter_map(Result::err));
    }
    assert!(noticed.iter().any(|error| error.contains(how)), "noticed was only: {noticed:#?}");
}

/// The sagas with every step changed like this.
fn mutated(change: impl Fn(SagaKind, &Step<Work>) -> Step<Work>) -> Sagas {
    let saga = |saga: &&'static Definition<Work>| -> &'static Definition<Work> {
        let steps = saga.steps.iter().map(|step| change(saga.kind, step)).collect::<Vec<_>>().leak();
        let (kind, version, on_failure) = (saga.kind, saga.version, saga.on_failure);
        Box::leak(Box::new(Definition { kind, version, on_failure, steps }))
    };
    Sagas(SAGAS.0.iter().map(saga).collect::<Vec<_>>().leak())
}

fn copy(step: &Step<Work>) -> Step<Work> {
    Step {
        name: step.name,
        act: step.act,
        undo: step.undo,
        deadline: step.deadline,
        leftovers: step.leftovers,
    }
}

/// Does the step as if nothing was known of earlier attempts.
fn without_a_look<'a>(
    work: &'a Work,
    attempt: Attempt<'a>,
) -> futures_util::future::BoxFuture<'a, Result<Progress, noc_worker::saga::Fault>> {
    Box::pin(async move {
        let mut run = attempt.run.clone();
        run.steps[attempt.step].unsure_since = None;
        let saga = SAGAS.find(run.saga, run.version).unwrap();
        (saga.steps[attempt.step].act)(work, Attempt { run: &run, ..attempt }).await
    })
}
