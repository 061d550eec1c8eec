//! What the steps of a recorded run have asked the providers, and were answered. What is decided is the same after a change
//! that has a step look for another mark, and a machine would be made twice all the same: so each attempt of each recorded
//! log is made again, is answered as it was, and must ask the same.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use noc_shared::{deployments::SagaKind, id::DeploymentId, time::Timestamp};
use noc_worker::{
    ports::{Http, HttpError, HttpRequest, HttpResponse},
    saga::{Act, Attempt, Decision, Definition, Entry, Progress, Record, Run, Undo, decide},
    servers::{DeployParameters, Ledger, SAGAS, Work},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    ports::simulated,
    world::{Mutation, World},
};

/// A run, and what its steps have asked.
#[derive(Serialize, Deserialize)]
pub(crate) struct Calls {
    run: Logged,
    /// The run that made the server, if this is another one.
    made_by: Option<Logged>,
    /// What each attempt has asked, by the place of its intent in the log.
    attempts: BTreeMap<u64, Vec<Exchange>>,
}

/// A run with its log: the place of each entry, its time, and the entry.
#[derive(Serialize, Deserialize)]
struct Logged {
    id: DeploymentId,
    log: Vec<(u64, Timestamp, Entry)>,
}

impl Logged {
    fn of((id, log): (DeploymentId, Vec<Record>)) -> Self {
        Self { id, log: log.into_iter().map(|record| (record.id, record.at, record.entry)).collect() }
    }

    /// The first entries: so many.
    fn records(&self, count: usize) -> Vec<Record> {
        let records = self.log[..count].iter().cloned();
        records.map(|(id, at, entry)| Record { id, at, entry }).collect()
    }

    fn definition(&self) -> &'static Definition<Work> {
        let Entry::Started { saga, version, .. } = &self.log[0].2 else {
            panic!("a log begins with a start")
        };
        SAGAS.find(*saga, *version).expect("a saga is kept as long as its logs")
    }

    /// What the first entries add up to.
    fn run(&self, count: usize) -> Run {
        Run::replay(&self.id, self.definition(), &self.records(count)).expect("a log begins with a start")
    }

    fn text(&self) -> String {
        let log: Vec<String> = self.log.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
        format!("{{ \"id\": \"{}\", \"log\": [\n{}\n] }}", self.id, log.join(",\n"))
    }
}

/// A question and its answer.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Exchange {
    asked: Asked,
    /// Status and body; none if the answer was lost, or whoever waited for it.
    answered: Option<(u16, Value)>,
}

/// What is asked: without the headers, and without what is secret in the body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Asked {
    method: String,
    target: String,
    body: Value,
}

impl Exchange {
    /// A question that has no answer yet.
    pub(crate) fn asked(request: &noc_simulator::Request) -> Self {
        let mut body = serde_json::from_slice(&request.body).unwrap_or_default();
        if let Value::Object(fields) = &mut body {
            fields.retain(|name, _| !["user_data", "clientId", "clientSecret"].contains(&name.as_str()));
        }
        let (method, target) = (request.method.clone(), request.target.clone());
        Self { asked: Asked { method, target, body }, answered: None }
    }

    /// Its answer has come.
    pub(crate) fn answer(&mut self, result: &Result<HttpResponse, HttpError>) {
        let body = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
        self.answered = result.as_ref().ok().map(|response| (response.status, body(&response.body)));
    }
}

impl Calls {
    /// What is kept of a run, of all that was asked.
    pub(crate) fn of(
        run: (DeploymentId, Vec<Record>),
        made_by: Option<(DeploymentId, Vec<Record>)>,
        mut asked: BTreeMap<u64, Vec<Exchange>>,
    ) -> Self {
        let intents = run.1.iter().filter(|record| is_intent(&record.entry));
        let attempts =
            intents.map(|record| (record.id, asked.remove(&record.id).unwrap_or_default())).collect();
        Self { run: Logged::of(run), made_by: made_by.map(Logged::of), attempts }
    }

    /// As it is kept: an entry, or a question, in a line.
    pub(crate) fn text(&self) -> String {
        let attempts = self.attempts.iter().map(|(id, exchanges)| {
            let lines = exchanges.iter().map(|exchange| serde_json::to_string(exchange).unwrap());
            let lines: String = lines.map(|line| format!("\n{line}")).collect::<Vec<_>>().join(",");
            format!("\"{id}\": [{lines}]")
        });
        format!(
            "{{\n\"run\": {},\n\"made_by\": {},\n\"attempts\": {{\n{}\n}}\n}}\n",
            self.run.text(),
            self.made_by.as_ref().map_or("null".to_owned(), Logged::text),
            attempts.collect::<Vec<_>>().join(",\n")
        )
    }

    /// Makes each attempt of the run again, and says that it asks what it asked, and comes to what it came to.
    pub(crate) fn replay(&self, world: &Arc<World>) -> Result<(), String> {
        for (index, (id, at, entry)) in self.run.log.iter().enumerate() {
            if !is_intent(entry) {
                continue;
            }
            let script = self.attempts.get(id).ok_or("what it asked was not recorded")?;
            let (before, run) = (self.run.run(index), self.run.run(index + 1));
            let (act, step) =
                self.attempted(&before, *at).map_err(|error| format!("entry {index}: {error}"))?;
            world.reset(1, Mutation::default());
            world.pass_until(*at);
            let http = Arc::new(Script { left: Mutex::new(script.clone().into()), asked: Mutex::default() });
            let work = self.work(world, Arc::clone(&http), &before);
            let came = act(&work, Attempt { run: &run, step, now: *at }).now_or_never();
            let asked = http.asked.lock().unwrap().clone();
            let expected: Vec<Asked> = script.iter().map(|exchange| exchange.asked.clone()).collect();
            if asked != expected {
                return Err(format!("entry {index}: it asked {expected:#?}, and now asks {asked:#?}"));
            }
            // What comes of a step that asks nobody may change with the code, as what is rendered does.
            let outcome = self.run.log.get(index + 1).map(|(_, _, next)| next).filter(|_| !script.is_empty());
            if let Some(Entry::StepDone { output, .. }) = outcome
                && came != Some(Ok(Progress::Done(output.clone())))
            {
                return Err(format!("entry {index}: it came to {output:#}, and now comes to {came:#?}"));
            }
        }
        Ok(())
    }

    /// What is attempted after these entries, and of which step.
    fn attempted(&self, before: &Run, at: Timestamp) -> Result<(Act<Work>, usize), String> {
        let steps = self.run.definition().steps;
        match decide(before, at) {
            Decision::Act(step) => Ok((steps[step].act, step)),
            Decision::Undo(step) => match steps[step].undo {
                Undo::With(undo) => Ok((undo, step)),
                Undo::None(_) => Err("it was undone, and now there is nothing to undo".to_owned()),
            },
            other => Err(format!("it was attempted, and now it is {other:?}")),
        }
    }

    /// What an attempt after these entries works with.
    fn work(&self, world: &Arc<World>, http: Arc<Script>, before: &Run) -> Work {
        let made_by = self.made_by.as_ref().map(|made| made.run(made.log.len()));
        let made_by = made_by.as_ref().unwrap_or(before);
        let repairs = (before.saga == SagaKind::Repair).then_some(before);
        let parameters: DeployParameters = serde_json::from_value(made_by.parameters.clone()).unwrap();
        Work {
            app: Arc::new(world.app(http, world.database.clone())),
            organization_id: before.organization_id.clone(),
            server_id: before.server_id.clone(),
            parameters: Arc::new(parameters),
            ledger: Ledger::of(made_by, repairs),
        }
    }
}

fn is_intent(entry: &Entry) -> bool {
    matches!(entry, Entry::StepIntended { .. } | Entry::UndoIntended { .. })
}

/// Answers what was answered, in its order.
struct Script {
    left: Mutex<VecDeque<Exchange>>,
    asked: Mutex<Vec<Asked>>,
}

#[async_trait]
impl Http for Script {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.asked.lock().unwrap().push(Exchange::asked(&simulated(request)).asked);
        let (next, is_last) = {
            let mut left = self.left.lock().unwrap();
            (left.pop_front(), left.is_empty())
        };
        match next.map(|exchange| exchange.answered) {
            Some(Some((status, body))) => {
                Ok(HttpResponse { status, headers: Vec::new(), body: body.to_string().into_bytes() })
            }
            Some(None) if !is_last => Err(HttpError::Unreachable("the connection broke".to_owned())),
            // Nobody was there any more, or nobody has asked this before.
            _ => std::future::pending().await,
        }
    }
}
