//! Rules that are broken on purpose: the harness that passes everything else must notice each of them.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use noc_shared::deployments::SagaKind;
use noc_worker::{
    app::{App, Parts},
    ports::{Http, HttpError, HttpRequest, HttpResponse},
    saga::{Act, Attempt, Definition, Fault, Progress, Step, Undo},
    servers::{SAGAS, Sagas, Work},
};
use serde_json::json;

use super::{
    behind,
    case::{CASES, Case},
    moment::{Disturbance, Scope, Site, Wish},
    pairs, parallel,
    singles::unchanged,
    weather::Aim,
    world::{Mutation, World},
};

#[test]
fn an_intent_that_is_recorded_after_the_call_is_noticed() {
    let mutation = Mutation { records_after_the_call: true, ..Mutation::default() };
    assert_noticed(mutation, "the droplets [");
}

#[test]
fn a_look_that_shows_nothing_on_resume_is_noticed() {
    let looks = [
        (SagaKind::Deploy, "create_droplet", "the droplets ["),
        (SagaKind::Deploy, "write_dns_records", "changed the end"),
        (SagaKind::Adopt, "write_dns_records", "changed the end"),
        (SagaKind::Repair, "mend_dns_records", "it was stuck, and after a Retry"),
    ];
    for (kind, name, how) in looks {
        assert_noticed(Mutation { sagas: acting(kind, name, without_a_look), ..Mutation::default() }, how);
    }
}

#[test]
fn a_wait_for_what_a_lost_answer_may_make_that_is_skipped_is_noticed() {
    let waits = [
        (SagaKind::Deploy, "create_droplet", "the droplets ["),
        (SagaKind::Deploy, "write_dns_records", "leaked"),
        (SagaKind::Adopt, "write_dns_records", "leaked"),
        (SagaKind::Repair, "mend_dns_records", "leaked"),
    ];
    for (kind, name, how) in waits {
        let mutation = Mutation { sagas: acting(kind, name, without_a_wait), ..Mutation::default() };
        assert_noticed_after(mutation, kind, name, how);
    }
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
        let base = match case.run(&world, mutation, &[]) {
            Ok(ran) => ran,
            Err(error) => {
                noticed.push(error);
                continue;
            }
        };
        let calls = base.trace.iter().enumerate().filter(|(_, moment)| matches!(moment.site, Site::Call(_)));
        let aims: Vec<Aim> = calls
            .flat_map(|(index, moment)| {
                let aim = move |disturbance| Aim { index, moment: moment.clone(), disturbance };
                moment.site.kinds_of_harm().into_iter().map(aim)
            })
            .collect();
        let results = parallel::each(aims.len(), |world, index| {
            let ran = case.run(world, mutation, &aims[index..=index])?;
            unchanged(&base, &ran, &aims[index].disturbance)
        });
        noticed.extend(results.into_iter().filter_map(Result::err));
    }
    assert!(noticed.iter().any(|error| error.contains(how)), "noticed was only: {noticed:#?}");
}

/// A repair that has only a record to make. One that also changes others is refused as a whole when it is done a second
/// time, so that what it would make twice does not show.
static REPAIR_OF_A_RECORD: Case = Case {
    title: "repair of a record",
    saga: SagaKind::Repair,
    machines_are_silent: false,
    before: &[Wish::Deploy],
    behind: behind::lose_a_record,
    wish: Wish::Repair,
};

/// Says that a call of this step whose work is done only later, and a disturbance behind it, show what is broken, and how.
fn assert_noticed_after(mutation: Mutation, kind: SagaKind, name: &str, how: &str) {
    let world = World::new();
    let scope = Scope::Step { saga: kind.as_str().to_owned(), step: name.to_owned() };
    let mut noticed = Vec::new();
    for case in CASES.iter().chain([&REPAIR_OF_A_RECORD]).filter(|case| case.saga == kind) {
        let base = case.run(&world, mutation, &[]).unwrap();
        let is_late =
            |aim: &Aim| aim.moment.scope == scope && matches!(aim.disturbance, Disturbance::Late(_));
        let firsts: Vec<Aim> = pairs::harm(&base.trace, 0).into_iter().filter(is_late).collect();
        let errors = |mutation: Mutation| {
            let results = parallel::each(firsts.len(), |world, index| {
                Ok(pairs::after(case, world, mutation, &firsts[index]))
            });
            results.into_iter().flat_map(Result::unwrap).filter_map(Result::err).collect::<Vec<_>>()
        };
        assert_eq!(errors(Mutation::default()), Vec::<String>::new(), "nothing is broken there");
        noticed.extend(errors(mutation));
    }
    assert!(
        noticed.iter().any(|error| error.contains(how)),
        "{kind:?} {name}: noticed was only: {noticed:#?}"
    );
}

/// The sagas with one step that acts like this.
fn acting(kind: SagaKind, name: &str, act: Act<Work>) -> Sagas {
    mutated(|saga, step| match saga == kind && step.name == name {
        true => Step { act, ..copy(step) },
        false => copy(step),
    })
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

/// Does the step as if nothing was known of earlier attempts, so that it waits for nothing that they may still make.
fn without_a_wait<'a>(work: &'a Work, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Progress, Fault>> {
    Box::pin(async move {
        let mut run = attempt.run.clone();
        run.steps[attempt.step].unsure_since = None;
        act(work, Attempt { run: &run, ..attempt }).await
    })
}

/// Does the step without looking at what earlier attempts have made, and without waiting for it.
fn without_a_look<'a>(work: &'a Work, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Progress, Fault>> {
    Box::pin(async move {
        if attempt.unsure_since().is_none() {
            return act(work, attempt).await;
        }
        let app = &work.app;
        let app = App::new(Parts {
            cache: app.cache.clone(),
            clock: app.clock.clone(),
            config: app.config.clone(),
            database: app.database.clone(),
            http: Arc::new(Blind(app.http.clone())),
            limits: app.limits.clone(),
            log: app.log.clone(),
            random: app.random.clone(),
            signatures: app.signatures.clone(),
            targets: app.targets.clone(),
        });
        let blind = Work {
            app: Arc::new(app),
            organization_id: work.organization_id.clone(),
            server_id: work.server_id.clone(),
            parameters: Arc::clone(&work.parameters),
            ledger: work.ledger.clone(),
        };
        without_a_wait(&blind, attempt).await
    })
}

/// Does the step as it is.
async fn act(work: &Work, attempt: Attempt<'_>) -> Result<Progress, Fault> {
    let saga = SAGAS.find(attempt.run.saga, attempt.run.version).unwrap();
    (saga.steps[attempt.step].act)(work, attempt).await
}

/// Shows nothing when it is asked for what there is of a name or with a mark.
struct Blind(Arc<dyn Http>);

#[async_trait]
impl Http for Blind {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let asks = ["tag_name=", "name.exact=", "comment.contains="];
        if !asks.iter().any(|ask| request.url.contains(ask)) {
            return self.0.send(request).await;
        }
        let body = json!({ "droplets": [], "links": {}, "success": true, "errors": [], "result": [] });
        Ok(HttpResponse { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() })
    }
}
