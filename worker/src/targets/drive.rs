//! The alarm: runs what is to be run, and sends the picture.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
};

use futures_util::FutureExt as _;
use noc_shared::{
    deployments::SagaKind,
    id::{DeploymentId, ServerId},
};

use super::{
    Target,
    picture::{Known, Picture},
    store::RunKey,
    story,
};
use crate::{
    log,
    log::Fields,
    ports::StorageError,
    saga::{Advanced, Decision, Definition, Entry, Record, Run, advance, decide},
    servers::{DeployParameters, Ledger, Work},
};

/// Things that are done in one alarm. The free plan allows 50 requests to the outside in one: the longest step makes
/// seven (confirming that everything is gone: the tag, the droplet, the comment, three names and a batch), after each the
/// picture is sent with one, and 6 × 8 = 48.
const MOST_AT_ONCE: u32 = 6;

/// When the alarm comes again if this one is cut off in the middle. It is set before anything is begun. The platform
/// runs one alarm of an object at a time, so that an alarm that takes longer than this is not overtaken; and what was
/// cut off goes on soon after the process is back.
const GUARD_MS: i64 = 2_000;

/// After a fault of our own storage, or of the engine, the object tries again after a second, and then less and less
/// often, so that a run never sleeps for good and one that cannot be read does not keep the object busy.
const AFTER_FAULT_MS: i64 = 1_000;
const LONGEST_AFTER_FAULT_MS: i64 = 60_000;

/// How soon the picture is sent again when the database did not take it.
const PICTURE_AGAIN_MS: i64 = 5_000;

/// Runs whose rows the picture holds: a name is used again only after its last run has ended, and a deploy needs the
/// database to begin with, so that no more than these can be waiting to be sent.
const PICTURED: usize = 4;

/// Repairs that are looked at to know what is at the providers. Each that ends well lists every record that it found or
/// made; one that was cut off matters for the seconds in which what it made may still show, in which not so many begin.
/// What none of these lists is found by its mark, or by pointing at the machine.
const LEDGER_REPAIRS: usize = 4;

/// A run and its saga.
type Replay = (Arc<Run>, &'static Definition<Work>);

/// A run that made a server, and what it was asked for.
type Deploy = (Arc<Run>, Arc<DeployParameters>);

impl Target {
    /// What the platform calls at the time that was set. What goes wrong is in the log, and the next alarm is set.
    ///
    /// # Errors
    /// Only when the next alarm could not be set: the platform then calls again by itself.
    pub async fn alarm(&self) -> Result<(), StorageError> {
        self.awake.store(true, Ordering::Relaxed);
        let error = match AssertUnwindSafe(self.run_alarm()).catch_unwind().await {
            Ok(Ok(())) => {
                self.faults.store(0, Ordering::Relaxed);
                return Ok(());
            }
            Ok(Err(error)) => log::chain(&error),
            // What is in memory is only what the storage says, or is read from it again.
            Err(_) => "it panicked; the panic's own line stands before this one".to_owned(),
        };
        self.app.log.error("the alarm failed", Fields { error: Some(error), ..self.about(None) });
        let faults = self.faults.fetch_add(1, Ordering::Relaxed).min(6);
        let again = (AFTER_FAULT_MS << faults).min(LONGEST_AFTER_FAULT_MS);
        self.store.set_alarm(self.app.clock.now().plus(again)).await
    }

    /// Sets the alarm at the first event after the object was lost out of memory, in case it was lost with it; and after
    /// an event that failed, in case that was when the alarm was to be set.
    pub(super) async fn wake(&self) -> Result<(), StorageError> {
        if self.awake.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        if self.unsent_picture()?.is_some() {
            return self.store.set_alarm(self.app.clock.now()).await;
        }
        let is_idle = self.store.open_runs()?.is_empty() && self.silent_at()?.is_none();
        if is_idle { Ok(()) } else { self.set_next_alarm().await }
    }

    /// The next event looks whether the alarm is set.
    pub(super) fn look_again(&self) {
        self.awake.store(false, Ordering::Relaxed);
    }

    async fn run_alarm(&self) -> Result<(), StorageError> {
        #[cfg(feature = "faults")]
        self.panic_if_asked().await?;
        self.store.set_alarm(self.app.clock.now().plus(GUARD_MS)).await?;
        self.notice_silence()?;
        for _ in 0..MOST_AT_ONCE {
            let goes_on = self.advance_oldest().await?;
            self.send_picture().await?;
            if !goes_on {
                break;
            }
        }
        self.set_next_alarm().await
    }

    /// Sets the alarm for whatever is to be done next. What came in while the alarm was running counts, too.
    pub(super) async fn set_next_alarm(&self) -> Result<(), StorageError> {
        let now = self.app.clock.now();
        let picture = self.picture_is_late()?.then(|| now.plus(PICTURE_AGAIN_MS));
        let run = self.oldest()?.and_then(|(run, _)| match decide(&run, now) {
            Decision::Sleep(until) => Some(until),
            Decision::Nothing => None,
            _ => Some(now),
        });
        match [picture, run, self.silent_at()?].into_iter().flatten().min() {
            Some(at) => self.store.set_alarm(at).await,
            // The guard of the alarm that is running would wake the object again and again.
            None => self.store.delete_alarm().await,
        }
    }

    /// Does the next thing in the oldest run that has not ended; says whether there may be more to do now.
    async fn advance_oldest(&self) -> Result<bool, StorageError> {
        let Some((run, definition)) = self.oldest()? else { return Ok(false) };
        let Some(work) = self.work(&run)? else {
            let message =
                "the deploy of the server does not read in this version, so that nothing can be done";
            self.app.log.error(message, self.about(Some(&run.id)));
            return Ok(false);
        };
        let app = &*self.app;
        let before = self.store.newest_id()?;
        let advanced = advance(definition, &work, &run, &self.store, &*app.clock, &*app.random).await?;
        self.log_events(&run.id, before)?;
        // When this run has ended, another one may have been waiting behind it.
        Ok(!matches!(advanced, Advanced::SleepUntil(_)))
    }

    /// Writes what was added to the story of a run into the log of the Worker, too.
    pub(super) fn log_events(&self, run: &DeploymentId, after: u64) -> Result<(), StorageError> {
        for record in self.store.entries(run, after)? {
            let Some(event) = story::event(&record) else { continue };
            let request_id = match &record.entry {
                Entry::Started { request_id, .. }
                | Entry::Cancelled { request_id, .. }
                | Entry::Retried { request_id, .. } => Some(request_id.to_string()),
                _ => None,
            };
            let fields = Fields { request_id, step: event.step, ..self.about(Some(run)) };
            if matches!(event.kind.as_str(), "step_failed" | "step_retried" | "undo_failed" | "undo_retried")
            {
                self.app.log.warn(&event.message, fields);
            } else {
                self.app.log.info(&event.message, fields);
            }
        }
        Ok(())
    }

    /// The oldest run that has not ended, with its saga. One whose saga this version does not know is left alone: the
    /// version that knows it may be back.
    fn oldest(&self) -> Result<Option<Replay>, StorageError> {
        for key in self.store.open_runs()? {
            match self.replay(&key)? {
                Some(found) => return Ok(Some(found)),
                None => {
                    let message = format!("no saga {} in version {}", key.saga.as_str(), key.version);
                    self.app.log.error(&message, self.about(Some(&key.id)));
                }
            }
        }
        Ok(None)
    }

    /// A run from its log. Entries are never changed, and the object is the only one that adds any.
    pub(super) fn replay(&self, key: &RunKey) -> Result<Option<Replay>, StorageError> {
        let Some(definition) = self.sagas.find(key.saga, key.version) else { return Ok(None) };
        let entries = |after| self.store.entries(&key.id, after);
        let replay = |records: &[Record]| Run::replay(&key.id, definition, records);
        let run = self.replayed.run(&key.id, self.store.written(), entries, replay)?;
        Ok(run.map(|run| (run, definition)))
    }

    /// The run that made a server, and what it was asked for; `None` if this target has no such server.
    ///
    /// # Errors
    /// When there is one that this version cannot read: it is not to be taken for one that is not there.
    pub(super) fn deploy_of(&self, server: &ServerId) -> Result<Option<Deploy>, StorageError> {
        let runs = self.store.runs_on(server)?;
        let Some(key) = runs.iter().find(|run| run.saga.makes_a_server()) else { return Ok(None) };
        let deploy = self.read(key)?;
        let parameters = self.replayed.parameters(&deploy, parameters_of)?;
        Ok(Some((deploy, parameters)))
    }

    /// The same for the server of a run, which may be that deploy itself and is not read a second time then.
    fn deploy_behind(&self, run: &Arc<Run>) -> Result<Option<Deploy>, StorageError> {
        if run.saga.makes_a_server() {
            return Ok(Some((Arc::clone(run), self.replayed.parameters(run, parameters_of)?)));
        }
        self.deploy_of(&run.server_id)
    }

    /// What is known to be at the providers of a server, from the run that made it and from its repairs.
    pub(super) fn ledger(&self, deploy: &Run) -> Result<Ledger, StorageError> {
        let runs = self.store.runs_on(&deploy.server_id)?;
        let since = runs.iter().take_while(|run| run.id != deploy.id);
        let repairs = since.filter(|run| run.saga == SagaKind::Repair).take(LEDGER_REPAIRS);
        let repairs = repairs.map(|key| self.read(key));
        let repairs: Vec<Arc<Run>> = repairs.collect::<Result<_, _>>()?;
        Ok(Ledger::of(deploy, repairs.iter().map(|run| &**run)))
    }

    /// A run that must be readable.
    pub(super) fn read(&self, key: &RunKey) -> Result<Arc<Run>, StorageError> {
        let found = self.replay(key)?.map(|(run, _)| run);
        found.ok_or_else(|| {
            let (saga, version) = (key.saga.as_str(), key.version);
            StorageError(format!("this version does not know the saga {saga} in version {version}"))
        })
    }

    fn work(&self, run: &Arc<Run>) -> Result<Option<Work>, StorageError> {
        let Some((deploy, parameters)) = self.deploy_behind(run)? else { return Ok(None) };
        let ledger = self.ledger(&deploy)?;
        Ok(Some(Work {
            app: Arc::clone(&self.app),
            organization_id: run.organization_id.clone(),
            server_id: run.server_id.clone(),
            parameters,
            ledger,
        }))
    }

    /// The newest run on a server that says how it stands. A repair does not: the server is what it was before.
    pub(super) fn telling_run_on(&self, server: &ServerId) -> Result<Option<Arc<Run>>, StorageError> {
        let runs = self.store.runs_on(server)?;
        runs.iter().find(|run| run.saga != SagaKind::Repair).map(|key| self.read(key)).transpose()
    }

    /// The newest run on a server.
    pub(super) fn newest_on(&self, server: &ServerId) -> Result<Option<RunKey>, StorageError> {
        Ok(self.store.runs_on(server)?.into_iter().next())
    }

    /// Sends the picture to the shared database if it has changed. That the database does not take it stops nothing:
    /// it is sent again.
    pub(super) async fn send_picture(&self) -> Result<(), StorageError> {
        self.send(self.unsent_picture()?).await
    }

    /// Sends what [`Self::unsent_picture`] has found.
    pub(super) async fn send(&self, unsent: Option<(Picture, String)>) -> Result<(), StorageError> {
        let Some((rows, content)) = unsent else {
            // It was taken, and what was to be written down of that was not.
            return if self.picture_is_late()? { self.store.put_meta("picture_late", "") } else { Ok(()) };
        };
        let revision =
            1 + self.store.meta("revision")?.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        self.store.put_meta("revision", &revision.to_string())?;
        self.store.put_meta("picture_late", "1")?;
        // Nobody knows what the database has of a row that is on its way, if its answer is lost: it is not what was taken
        // before, even if it becomes the same again.
        let mut taken = self.taken()?;
        rows.ids().for_each(|id| drop(taken.remove(id)));
        self.store.put_meta("pictured", &super::store::text(&taken)?)?;
        let statements = rows.statements(revision);
        match self.app.database.batch(statements).await {
            Ok(_) => {
                // While this one was on its way, a newer one may have been sent, and may have failed.
                if self.store.meta("revision")?.as_deref() == Some(&revision.to_string()) {
                    self.store.put_meta("pictured", &content)?;
                    self.store.put_meta("picture_late", "")?;
                }
                Ok(())
            }
            Err(error) => {
                let error = Some(log::chain(&error));
                self.app.log.warn("the picture was not taken", Fields { error, ..self.about(None) });
                Ok(())
            }
        }
    }

    /// Of the picture the rows that the shared database has not taken yet, if there are any, and what all of it is known
    /// by. A row that did not change is not written again: a service that comes and goes is one row each time, however
    /// many deployments there were.
    pub(super) fn unsent_picture(&self) -> Result<Option<(Picture, String)>, StorageError> {
        let mut picture = self.picture()?;
        if picture.organization_id.is_none() {
            return Ok(None);
        }
        let marks = picture.marks();
        let taken = self.taken()?;
        let is_new = |id: &str| taken.get(id) != marks.get(id);
        picture.servers.retain(|(_, server)| is_new(server.id.as_str()));
        picture.deployments.retain(|(_, deployment)| is_new(deployment.id.as_str()));
        let is_taken = picture.servers.is_empty() && picture.deployments.is_empty();
        Ok((!is_taken).then_some((picture, super::store::text(&marks)?)))
    }

    /// What each row is known by that the shared database has taken.
    fn taken(&self) -> Result<BTreeMap<String, String>, StorageError> {
        let taken = self.store.meta("pictured")?.unwrap_or_default();
        // What does not read is sent anew, or was written by a version that knew the picture as a whole.
        Ok(crate::json::read(&taken).unwrap_or_default())
    }

    pub(super) fn picture_is_late(&self) -> Result<bool, StorageError> {
        Ok(self.store.meta("picture_late")?.is_some_and(|late| !late.is_empty()))
    }

    fn picture(&self) -> Result<Picture, StorageError> {
        let mut picture = Picture::default();
        let mut servers = BTreeSet::new();
        for key in self.store.newest_runs(PICTURED)? {
            let Some((run, _)) = self.replay(&key)? else { continue };
            let Some((deploy, parameters)) = self.deploy_behind(&run)? else { continue };
            picture.organization_id.get_or_insert_with(|| run.organization_id.clone());
            let summary = super::picture::summary(&run, &parameters.server_name);
            picture.deployments.push((parameters.project_id.clone(), summary));
            if servers.insert(run.server_id.clone())
                && let Some(known) = self.known(&run.server_id, deploy, Arc::clone(&parameters))?
            {
                picture.servers.push((parameters.project_id.clone(), known.server()));
            }
        }
        Ok(picture)
    }

    /// What is known of a server, given the run that made it.
    pub(super) fn known(
        &self,
        server: &ServerId,
        deploy: Arc<Run>,
        parameters: Arc<DeployParameters>,
    ) -> Result<Option<Known>, StorageError> {
        let (Some(telling), Some(newest)) = (self.telling_run_on(server)?, self.newest_on(server)?) else {
            return Ok(None);
        };
        let (agent, ledger) = (self.store.agent(server)?, self.ledger(&deploy)?);
        Ok(Some(Known { deploy, parameters, ledger, telling, newest_id: newest.id, agent }))
    }

    /// What a log line of this target is about.
    pub(super) fn about(&self, deployment: Option<&DeploymentId>) -> Fields {
        let target = self.store.meta("target").ok().flatten();
        Fields { target, deployment_id: deployment.map(ToString::to_string), ..Fields::default() }
    }

    /// Panics if a test has asked for it, once.
    #[cfg(feature = "faults")]
    #[expect(clippy::panic, reason = "this is what the tests ask for")]
    async fn panic_if_asked(&self) -> Result<(), StorageError> {
        if self.store.meta("panic_in_alarm")?.is_some_and(|asked| !asked.is_empty()) {
            self.store.put_meta("panic_in_alarm", "")?;
            // Without a wait the platform would take back what was written together with the failed event.
            self.app.clock.sleep(50).await;
            panic!("a test has asked for this panic");
        }
        Ok(())
    }
}

/// What a deploy was asked for.
fn parameters_of(deploy: &Run) -> Result<DeployParameters, StorageError> {
    crate::json::of_value::<DeployParameters>(&deploy.parameters)
        .map_err(|error| StorageError(format!("the parameters of {} do not read: {error}", deploy.id)))
}
