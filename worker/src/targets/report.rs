//! What a target's object does with a report of its server's agent.

use noc_shared::{
    agents::{Dropped, Report, ServiceLine},
    deployments::SagaKind,
    id::ServerId,
    servers::CloudInitStatus,
    time::Timestamp,
};

use super::{
    ReportEnvelope, ReportOutcome, ReportTaken, Target, TargetAnswer,
    agent::AgentState,
    allowance::{CHANGES, EVENTS, LINES, REPORTS},
    progress, samples,
};
use crate::{
    keys::FIRST_GENERATION,
    log,
    log::Fields,
    metrics,
    ports::StorageError,
    saga::{Entry, Log as _},
    servers::first_report,
};

/// A report that says that it is older than this is given up, because a machine keeps reports for about a day: its clock
/// was wrong. One that says that it is newer than now is one of now.
const OLDEST_REPORT_MS: i64 = 25 * 3_600_000;

/// A report is signed with a time that is at most so far off, and a machine's clock may stay so: five minutes.
const CLOCK_OFF_MS: i64 = 300_000;

/// How far a counter may be ahead of the time. It is the time, or one more than the one before it; a machine whose
/// clock was a year ahead sets itself right before it gets here. Without an end somebody could use up all that there
/// are, and a machine that was made one's own again would never be heard.
const MOST_AHEAD_SECONDS: u64 = 366 * 86_400;

/// How often the shared database is told how a machine is when nothing changes. 72 times a day, for 1,000 servers,
/// are 72,000 of the 100,000 rows that the free plan lets be written in a day.
const BEAT_EVERY_MS: i64 = 20 * 60_000;

impl Target {
    pub(super) async fn report(&self, envelope: ReportEnvelope) -> Result<TargetAnswer, StorageError> {
        let ReportEnvelope { server_id, counter, generation, report } = envelope;
        let Some((deploy, _)) = self.deploy_of(&server_id)? else { return Ok(TargetAnswer::Absent) };
        if self.standing()?.is_none_or(|(newest, _)| newest.server_id != server_id) {
            return Ok(TargetAnswer::Absent);
        }
        let mut agent = self.store.agent(&server_id)?;
        // The machine of an adopted server may have been given keys of which this object knows nothing. Only NOC can have
        // made one of a higher generation, so that it is newer than what is known here.
        if deploy.saga == SagaKind::Adopt && generation > agent.generation() + u32::from(agent.rotating) {
            agent.rotations = generation - FIRST_GENERATION;
            agent.rotating = false;
        }
        let rotated = agent.rotating && generation == agent.generation() + 1;
        if generation != agent.generation() && !rotated {
            return Ok(TargetAnswer::Report(ReportOutcome::KeyRetired));
        }
        let now = self.app.clock.now();
        let highest = u64::try_from(now.seconds()).unwrap_or(0) + MOST_AHEAD_SECONDS;
        if counter <= agent.counter || counter > highest {
            return Ok(TargetAnswer::Report(ReportOutcome::Replayed { seen: agent.counter }));
        }
        if !agent.allowed.reports.take(REPORTS, now) {
            return Ok(TargetAnswer::Report(ReportOutcome::TooOften));
        }
        agent.counter = counter;
        agent.last_report_at = Some(now);
        if rotated {
            agent.rotations += 1;
            agent.rotating = false;
            self.notice(
                &server_id,
                "key_rotated",
                "The agent signs with a new key; the old one is refused.",
            )?;
        }
        if let Some(since) = agent.unreachable_since.take() {
            let seconds = now.since(since) / 1_000;
            let message = format!("Reachable again, {seconds} s after it was missed.");
            self.notice(&server_id, "reachable", &message)?;
            // Nothing has watched for silence meanwhile.
            self.store.set_alarm(now).await?;
        }
        // The answer to a report may have been lost: its number says that it was here before.
        // It is a counter of before; a higher one would have all that follow be taken for those that were here.
        let number = report.number.map(|number| number.min(counter));
        if number.is_none_or(|number| number > agent.number) {
            agent.number = number.unwrap_or(agent.number);
            self.take(&server_id, &mut agent, report, now)?;
        }
        let commands = self.orders(&server_id, &mut agent)?;
        let (interval_seconds, patience) = (agent.interval(), agent.patience_ms());
        agent.told_interval_seconds = Some(interval_seconds);
        self.store.put_agent(&server_id, &agent)?;
        // The alarm that looks for silence would come too late.
        let is_early = agent.patience_ms() < patience;
        // The log says whether the run was told: an earlier report may have been cut off before it could be.
        let told = deploy.signals.contains_key(first_report::AGENT_REPORTED);
        let is_over = deploy.status().is_final();
        if !told && !is_over && agent.first_report_at.is_some() {
            let signal = first_report::AGENT_REPORTED.to_owned();
            let failed = agent.cloud_init.as_ref().filter(|start| start.status == CloudInitStatus::Failed);
            let errors = failed.map(|start| start.errors.as_slice()).unwrap_or_default();
            let entry = Entry::Signalled { signal, data: first_report::agent_reported(now, errors) };
            self.store.append(&deploy.id, now, &entry)?;
            self.store.set_alarm(now).await?;
        }
        // How the machine is may be told a while later, by a report that follows; how its deployment stands may not.
        let unsent = self.unsent_picture()?;
        let mut may_tell = true;
        if is_over && unsent.is_some() {
            may_tell = agent.allowed.changes.take(CHANGES, now);
            self.store.put_agent(&server_id, &agent)?;
        }
        if may_tell {
            self.send(unsent).await?;
        }
        if is_early || self.picture_is_late()? {
            self.set_next_alarm().await?;
        }
        self.beat(&server_id, agent).await?;
        Ok(TargetAnswer::Report(ReportOutcome::Taken(ReportTaken { interval_seconds, commands })))
    }

    fn take(
        &self,
        server: &ServerId,
        agent: &mut AgentState,
        mut report: Report,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let made = report.at.unwrap_or(now).min(now);
        let age = now.since(made);
        if age < OLDEST_REPORT_MS {
            self.store.add_sample(server, &samples::sample(&report, made), now)?;
        } else {
            agent.dropped.reports = agent.dropped.reports.saturating_add(1);
            let message =
                format!("A report says that it was made at {made}, which cannot be; it is given up.");
            self.notice_of_agent(server, agent, "dropped", &message)?;
        }
        self.take_lines(server, agent, std::mem::take(&mut report.lines))?;
        self.take_results(server, std::mem::take(&mut report.results))?;
        let Dropped { reports, lines } = report.dropped;
        if reports > 0 {
            let message = format!("{reports} reports with {lines} lines were given up while NOC was away.");
            self.notice_of_agent(server, agent, "dropped", &message)?;
        }
        agent.dropped.reports = agent.dropped.reports.saturating_add(reports);
        agent.dropped.lines = agent.dropped.lines.saturating_add(lines);
        self.take_host_keys(server, agent, report.host_keys.take())?;
        let starting = self.take_progress(server, agent, report.cloud_init.take())?;
        if !starting {
            agent.first_report_at.get_or_insert(now);
        }
        // What has waited on the machine tells how it was, and not how it is.
        let is_of_now =
            age < agent.patience_ms() + CLOCK_OFF_MS && agent.report_at.is_none_or(|newest| made >= newest);
        if is_of_now || (agent.report.is_none() && age < OLDEST_REPORT_MS) {
            agent.report = Some(report);
            agent.report_at = Some(made);
        }
        Ok(())
    }

    /// Takes the newest lines of services, as many as may be written, and counts the others.
    fn take_lines(
        &self,
        server: &ServerId,
        agent: &mut AgentState,
        lines: Vec<ServiceLine>,
    ) -> Result<(), StorageError> {
        let taken = agent.allowed.lines.take_up_to(lines.len(), LINES, self.app.clock.now());
        let rest = lines.len() - taken;
        agent.dropped.lines = agent.dropped.lines.saturating_add(u64::try_from(rest).unwrap_or(0));
        self.store.append_lines(server, lines.get(rest..).unwrap_or_default())
    }

    /// Takes the machine's SSH host keys. That they are others than before is worth somebody's look: either the machine made
    /// them anew, or it is not the one that it was.
    fn take_host_keys(
        &self,
        server: &ServerId,
        agent: &mut AgentState,
        told: Option<Vec<String>>,
    ) -> Result<(), StorageError> {
        let Some(mut keys) = told.filter(|keys| !keys.is_empty()) else { return Ok(()) };
        keys.sort();
        let mut before = agent.host_keys().to_vec();
        before.sort();
        if keys == before {
            return Ok(());
        }
        if !before.is_empty() {
            let message = "The machine has other SSH host keys than before; its agent has said so, signed.";
            self.notice_of_agent(server, agent, "host_keys_changed", message)?;
        }
        agent.host_keys = keys;
        Ok(())
    }

    /// Writes down something that its agent has caused, unless that has caused too much of late.
    pub(super) fn notice_of_agent(
        &self,
        server: &ServerId,
        agent: &mut AgentState,
        kind: &str,
        message: &str,
    ) -> Result<(), StorageError> {
        if agent.allowed.events.take(EVENTS, self.app.clock.now()) {
            self.notice(server, kind, message)?;
        }
        Ok(())
    }

    /// Takes how far cloud-init is; says whether it still runs.
    fn take_progress(
        &self,
        server: &ServerId,
        agent: &mut AgentState,
        told: Option<noc_shared::agents::CloudInitReport>,
    ) -> Result<bool, StorageError> {
        let Some(progress) = told.map(|told| progress::of(&told)) else { return Ok(false) };
        let running = progress.status == CloudInitStatus::Running;
        let before = agent.cloud_init.as_ref();
        if before.is_none_or(|before| (before.status, &before.stage) != (progress.status, &progress.stage)) {
            let message = match (progress.status, &progress.stage) {
                (CloudInitStatus::Running, Some(stage)) => format!("cloud-init is in its stage {stage}."),
                (CloudInitStatus::Running, None) => "cloud-init is between two stages.".to_owned(),
                (CloudInitStatus::Done, _) => "cloud-init is done.".to_owned(),
                (CloudInitStatus::Failed, _) => {
                    format!("cloud-init has ended with errors: {}.", progress.errors.join("; "))
                }
            };
            let kind =
                if progress.status == CloudInitStatus::Failed { "cloud_init_failed" } else { "cloud_init" };
            self.notice_of_agent(server, agent, kind, &message)?;
        }
        agent.cloud_init = Some(progress);
        Ok(running)
    }

    /// Tells the shared database how the machine is, if it is time.
    async fn beat(&self, server: &ServerId, mut agent: AgentState) -> Result<(), StorageError> {
        let now = self.app.clock.now();
        let is_time = agent.beaten_at.is_none_or(|beaten| now.since(beaten) >= BEAT_EVERY_MS);
        let (true, Some(report), Some((deploy, _))) = (is_time, agent.report.take(), self.deploy_of(server)?)
        else {
            return Ok(());
        };
        let sample = samples::sample(&report, agent.report_at.unwrap_or(now));
        let statement = metrics::beat(&deploy.organization_id, server, &sample, report.security_updates);
        // Written down before it is sent: if the database does not take it, the next one is soon enough.
        let mut agent = self.store.agent(server)?;
        agent.beaten_at = Some(now);
        self.store.put_agent(server, &agent)?;
        if let Err(error) = self.app.database.batch(vec![statement]).await {
            let error = Some(log::chain(&error));
            self.app
                .log
                .warn("the database did not take how a machine is", Fields { error, ..self.about(None) });
        }
        Ok(())
    }
}
