//! What a target's object does with each request.

use noc_shared::{
    applications::SecretDelivery,
    deployments::{DeploymentStatus, SagaKind},
    id::{DeploymentId, ServerId},
    servers::ServerStatus,
};

use serde::Deserialize as _;

use super::{
    Claim, ClaimAnswer, RunView, Start, StoryFilter, Target, TargetAnswer, TargetRequest, Until,
    agent::Claimed,
    allowance::{AUDITS, CLAIMS},
    picture,
    picture::Known,
    store::RunKey,
    story,
};
use crate::{
    keys, log,
    log::Fields,
    ports::StorageError,
    saga::{Entry, Log as _},
    servers::{Facts, RepairParameters},
};

/// How often a waiting request looks. A look reads the object's own storage, which costs some microseconds.
const LOOK_EVERY_MS: u64 = 100;

/// The longest that a request may wait here: long enough that waiting for minutes takes few of the 50 requests that
/// the free plan allows the one who waits, and short enough that none is cut off by an idle connection.
pub(crate) const LONGEST_WAIT_MS: u64 = 25_000;

impl Target {
    /// Does what is asked. It never fails: what goes wrong is in the log.
    pub async fn handle(&self, request: TargetRequest) -> TargetAnswer {
        let answered = match self.wake().await {
            Ok(()) => self.answer(request).await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(answer) => answer,
            Err(error) => {
                let error = Some(log::chain(&error));
                self.app.log.error("the target could not answer", Fields { error, ..self.about(None) });
                self.look_again();
                TargetAnswer::Failed
            }
        }
    }

    async fn answer(&self, request: TargetRequest) -> Result<TargetAnswer, StorageError> {
        match request {
            TargetRequest::Ping => Ok(TargetAnswer::Pong),
            TargetRequest::Start(start) => self.start(start).await,
            TargetRequest::Run { id } => Ok(self.view(&id)?.map_or(TargetAnswer::Absent, run_answer)),
            TargetRequest::Wait { id, until, wait_ms } => self.wait(&id, until, wait_ms).await,
            TargetRequest::Events { id, after, limit, wait_ms } => {
                self.events(&id, after, limit, wait_ms).await
            }
            TargetRequest::Cancel { id, principal_id, request_id } => {
                self.cancel(&id, principal_id, request_id).await
            }
            TargetRequest::Retry { id, again, principal_id, request_id } => {
                self.retry(&id, again, principal_id, request_id).await
            }
            TargetRequest::ShowYourself => self.show_yourself().await,
            TargetRequest::Status { server_id } => self.status(&server_id),
            TargetRequest::Story { server_id, filter, after, limit, wait_ms } => {
                self.story(&server_id, &filter, after, limit, wait_ms).await
            }
            TargetRequest::Samples { server_id, resolution, from, to } => {
                Ok(TargetAnswer::Samples { samples: self.store.samples(&server_id, resolution, from, to)? })
            }
            TargetRequest::Command { server_id, request, principal_id } => {
                self.command(&server_id, request, principal_id).await
            }
            TargetRequest::Commands { server_id } => {
                Ok(TargetAnswer::Commands { commands: self.commands_now(&server_id)? })
            }
            TargetRequest::Claim(claim) => self.claim(claim),
            TargetRequest::ClaimAudited { server_id } => self.claim_audited(&server_id),
            TargetRequest::Report(report) => self.report(*report).await,
            #[cfg(feature = "faults")]
            TargetRequest::PanicInAlarm => {
                self.store.put_meta("panic_in_alarm", "1")?;
                self.store.set_alarm(self.app.clock.now()).await?;
                Ok(TargetAnswer::Pong)
            }
        }
    }

    pub(super) async fn start(&self, start: Start) -> Result<TargetAnswer, StorageError> {
        // From here to the last write there is no await: of two that come at once, one is first.
        if self.store.run(&start.id)?.is_some() {
            // It is asked for again because its answer was lost, and maybe more than that.
            self.set_next_alarm().await?;
            return Ok(TargetAnswer::Started { id: start.id });
        }
        if self.sagas.newest_version(start.saga).is_none() {
            return Ok(TargetAnswer::Absent);
        }
        // However many runs begin and end while the database is away, the rows of all of them are sent: a new one only
        // begins after how the last one stands was taken.
        if start.saga != SagaKind::Destroy && self.picture_is_late()? {
            self.send_picture().await?;
            if self.picture_is_late()? {
                return Ok(TargetAnswer::Failed);
            }
        }
        let now = self.app.clock.now();
        let standing = self.standing()?;
        match (start.saga, standing) {
            (SagaKind::Deploy | SagaKind::Adopt, None) => {}
            (SagaKind::Deploy | SagaKind::Adopt, Some((newest, _))) => {
                return Ok(TargetAnswer::Busy { id: newest.id });
            }
            (_, None) => return Ok(TargetAnswer::Absent),
            (_, Some((newest, _))) if newest.server_id != start.server_id => {
                return Ok(TargetAnswer::Absent);
            }
            // One that is under way does the same.
            (saga, Some((newest, _)))
                if newest.saga == saga && !newest.ended && self.covers(&newest, &start)? =>
            {
                return Ok(TargetAnswer::Started { id: newest.id });
            }
            (SagaKind::Repair, Some((newest, status))) => {
                if !matches!(status, ServerStatus::Active | ServerStatus::Unreachable) || !newest.ended {
                    return Ok(TargetAnswer::Busy { id: newest.id });
                }
            }
            (SagaKind::Destroy, Some((newest, _))) => {
                if !newest.ended {
                    // Whatever that run has made, or is about to, the destroy finds by its mark.
                    self.store.append(&newest.id, now, &Entry::Superseded { by: start.id.clone() })?;
                }
            }
        }
        let entry = Entry::Started {
            saga: start.saga,
            version: self.sagas.newest_version(start.saga).unwrap_or_default(),
            server_id: start.server_id.clone(),
            organization_id: start.organization_id.clone(),
            principal_id: start.principal_id,
            request_id: start.request_id,
            parameters: start.parameters,
        };
        self.store.put_meta("target", &format!("{}/{}", start.organization_id, start.name))?;
        self.store.begin(&start.id, &start.server_id, now, &entry)?;
        self.log_events(&start.id, 0)?;
        // The alarm is what makes the run go on, so it is wished for before anybody is told that the run began.
        self.store.set_alarm(now).await?;
        // Whoever is told of the run may ask for it at once, and is answered from the picture.
        self.send_picture().await?;
        self.set_next_alarm().await?;
        Ok(TargetAnswer::Started { id: start.id })
    }

    /// Whether a run that is under way does all that is asked for: a repair of some kinds of drift does not mend others.
    fn covers(&self, run: &RunKey, start: &Start) -> Result<bool, StorageError> {
        if start.saga != SagaKind::Repair {
            return Ok(true);
        }
        let kinds = |parameters: &serde_json::Value| {
            RepairParameters::deserialize(parameters).map(|parameters| parameters.kinds).unwrap_or_default()
        };
        Ok(kinds(&self.read(run)?.parameters).is_superset(&kinds(&start.parameters)))
    }

    async fn show_yourself(&self) -> Result<TargetAnswer, StorageError> {
        self.store.put_meta("pictured", "")?;
        self.send_picture().await?;
        if self.picture_is_late()? {
            self.set_next_alarm().await?;
        }
        Ok(TargetAnswer::Pong)
    }

    /// The newest run on the server that has this name now, and how that stands.
    pub(super) fn standing(&self) -> Result<Option<(RunKey, ServerStatus)>, StorageError> {
        let Some(newest) = self.store.newest_runs(1)?.into_iter().next() else { return Ok(None) };
        let known = self.known_of(&newest.server_id)?;
        let status = known.map(|known| known.status()).filter(|status| *status != ServerStatus::Destroyed);
        Ok(status.map(|status| (newest, status)))
    }

    fn known_of(&self, server: &ServerId) -> Result<Option<Known>, StorageError> {
        let Some((deploy, parameters)) = self.deploy_of(server)? else { return Ok(None) };
        self.known(server, deploy, parameters)
    }

    fn view(&self, id: &DeploymentId) -> Result<Option<RunView>, StorageError> {
        let Some(key) = self.store.run(id)? else { return Ok(None) };
        let run = self.read(&key)?;
        let Some((_, parameters)) = self.deploy_of(&run.server_id)? else { return Ok(None) };
        Ok(Some(RunView {
            deployment: picture::deployment(&run, &parameters.server_name),
            facts: Facts::of(&run, &parameters),
        }))
    }

    async fn wait(
        &self,
        id: &DeploymentId,
        until: Until,
        wait_ms: u64,
    ) -> Result<TargetAnswer, StorageError> {
        let started = self.app.clock.now();
        loop {
            let seen = self.store.newest_id()?;
            let Some(view) = self.view(id)? else { return Ok(TargetAnswer::Absent) };
            let ended = view.deployment.summary.status.is_final();
            let there = ended || (until == Until::Provisioned && view.facts.provisioned);
            if there || !self.may_wait(started, wait_ms) {
                // Whoever is told that it has ended may look at a list at once.
                self.send_picture().await?;
                if self.picture_is_late()? {
                    self.set_next_alarm().await?;
                }
                return Ok(run_answer(view));
            }
            // What adds up to the view is only read again when something was added.
            while self.store.newest_id()? == seen && self.may_wait(started, wait_ms) {
                self.app.clock.sleep(LOOK_EVERY_MS).await;
            }
        }
    }

    async fn events(
        &self,
        id: &DeploymentId,
        after: u64,
        limit: u32,
        wait_ms: u64,
    ) -> Result<TargetAnswer, StorageError> {
        let started = self.app.clock.now();
        loop {
            let Some(key) = self.store.run(id)? else { return Ok(TargetAnswer::Absent) };
            let mut events: Vec<_> = self.store.entries(id, after)?.iter().filter_map(story::event).collect();
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let cut = events.len() > limit;
            events.truncate(limit);
            let ended = key.ended && !cut;
            if !events.is_empty() || ended || !self.may_wait(started, wait_ms) {
                return Ok(TargetAnswer::Events { events, ended });
            }
            self.app.clock.sleep(LOOK_EVERY_MS).await;
        }
    }

    async fn story(
        &self,
        server: &ServerId,
        filter: &StoryFilter,
        after: u64,
        limit: u32,
        wait_ms: u64,
    ) -> Result<TargetAnswer, StorageError> {
        let started = self.app.clock.now();
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut after, mut lines) = (after, Vec::new());
        loop {
            let mut rows = self.store.story(server, after, limit)?.into_iter();
            let is_full = rows.len() >= wanted;
            // Rows that make no line, or none that is wanted, are passed over for good, so that a page of them alone does
            // not end the story.
            for row in rows.by_ref() {
                after = row.id();
                lines.extend(story::line(row).filter(|line| filter.wants(line)));
                if lines.len() >= wanted {
                    break;
                }
            }
            if lines.len() >= wanted || (!is_full && (!lines.is_empty() || !self.may_wait(started, wait_ms)))
            {
                let more = !self.store.story(server, after, 1)?.is_empty();
                return Ok(TargetAnswer::Story { lines, more });
            }
            if !is_full {
                self.app.clock.sleep(LOOK_EVERY_MS).await;
            }
        }
    }

    fn may_wait(&self, started: noc_shared::time::Timestamp, wait_ms: u64) -> bool {
        let waited = self.app.clock.now().since(started);
        u64::try_from(waited).unwrap_or(0) < wait_ms.min(LONGEST_WAIT_MS)
    }

    fn status(&self, server: &ServerId) -> Result<TargetAnswer, StorageError> {
        let known = self.known_of(server)?;
        Ok(known.map_or(TargetAnswer::Absent, |known| TargetAnswer::Status(Box::new(known.status_answer()))))
    }

    fn claim(&self, claim: Claim) -> Result<TargetAnswer, StorageError> {
        let Some((deploy, parameters)) = self.deploy_of(&claim.server_id)? else {
            return Ok(TargetAnswer::Absent);
        };
        if deploy.id != claim.deployment_id {
            return Ok(TargetAnswer::Absent);
        }
        let now = self.app.clock.now();
        let mut agent = self.store.agent(&claim.server_id)?;
        let is_again = agent.claim.is_some();
        let answer = match &agent.claim {
            Some(granted) if granted.nonce != claim.nonce => {
                let tell = agent.allowed.audits.take(AUDITS, now);
                let message = format!(
                    "Refused: the machine {} claims the secrets, which another one has claimed already.",
                    claim.machine_id
                );
                self.notice_of_agent(&claim.server_id, &mut agent, "claim_refused", &message)?;
                self.store.put_agent(&claim.server_id, &agent)?;
                if tell { ClaimAnswer::ClaimedAlready } else { ClaimAnswer::ClaimedAlreadyAgain }
            }
            // The machine's own claim, repeated because its answer was lost, is good for as long as the first one.
            _ if deploy.status() != DeploymentStatus::Running => ClaimAnswer::Expired,
            // The alarm that ends the deployment may be late; the token is not good for any longer because of that.
            _ if deploy
                .steps
                .iter()
                .any(|step| step.deadline_at.is_some_and(|at| step.output.is_none() && at <= now)) =>
            {
                ClaimAnswer::Expired
            }
            _ if is_again && !agent.allowed.claims.take(CLAIMS, now) => ClaimAnswer::TooOften,
            _ => ClaimAnswer::Granted {
                secrets: match parameters.application.delivery {
                    SecretDelivery::Claim => parameters.application.secrets.clone(),
                    // The machine has them already.
                    SecretDelivery::Embedded => Vec::new(),
                },
                environment: parameters.secret_environment.clone(),
                services: parameters.application.services.clone(),
                audited: agent.claim.as_ref().is_some_and(|claim| claim.audited),
            },
        };
        if matches!(answer, ClaimAnswer::Granted { .. }) {
            agent.claim.get_or_insert(Claimed {
                at: now,
                nonce: claim.nonce,
                machine_id: claim.machine_id,
                host_keys: claim.host_keys,
                audited: false,
            });
            self.store.put_agent(&claim.server_id, &agent)?;
        }
        Ok(TargetAnswer::Claim(answer))
    }

    /// The machine gets its secrets now; once it is asked for more than that, the story has it already.
    fn claim_audited(&self, server: &ServerId) -> Result<TargetAnswer, StorageError> {
        let mut agent = self.store.agent(server)?;
        let Some(claim) = agent.claim.as_mut() else { return Ok(TargetAnswer::Absent) };
        if !claim.audited {
            claim.audited = true;
            let keys = keys::fingerprints(&claim.host_keys).join(", ");
            let keys = if keys.is_empty() {
                "without SSH host keys".to_owned()
            } else {
                format!("with the SSH host keys {keys}")
            };
            let message =
                format!("The machine {}, {keys}, has claimed the key and the secrets.", claim.machine_id);
            self.store.put_agent(server, &agent)?;
            self.notice(server, "claimed", &message)?;
        }
        Ok(TargetAnswer::Pong)
    }
}

fn run_answer(view: RunView) -> TargetAnswer {
    TargetAnswer::Run(Box::new(view))
}
