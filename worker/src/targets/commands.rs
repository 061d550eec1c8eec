//! Commands for a server's agent: asked for, given with the answer to a report, and done.

use noc_shared::{
    agents::CommandResult,
    commands::{Command, CommandRequest, CommandStatus},
    deployments::SagaKind,
    id::{PrincipalId, ServerId},
    servers::ServerStatus,
};

use super::{
    Order, Target, TargetAnswer,
    agent::AgentState,
    store::{Store, body, text},
};
use crate::ports::{Param, Statement, StorageError};

/// Commands that may wait at a time, so that a machine that is away does not come back to a heap of them.
const MOST_WAITING: usize = 10;

/// The result of a command that was given is waited for as long as this. The longest takes about four minutes, an update
/// with its three tries, and its result does not wait for the next interval; what comes later than an hour was lost, and
/// would stand in the way of other commands for good.
const RESULT_WITHIN_MS: i64 = 3_600_000;

/// Commands that are kept, with their output of at most 32,000 bytes each.
const KEPT: i64 = 50;

/// The one source of this table.
pub(super) const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS commands (
        server_id TEXT NOT NULL,
        id INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (server_id, id)
    ) STRICT, WITHOUT ROWID"];

impl Target {
    /// Takes a command for the server's agent.
    pub(super) async fn command(
        &self,
        server: &ServerId,
        request: CommandRequest,
        principal_id: PrincipalId,
    ) -> Result<TargetAnswer, StorageError> {
        let standing = self.standing()?.filter(|(newest, _)| newest.server_id == *server);
        let Some((_, status)) = standing else { return Ok(TargetAnswer::Absent) };
        let refused = |reason: String| Ok(TargetAnswer::Refused { reason });
        if !matches!(status, ServerStatus::Active | ServerStatus::Unreachable | ServerStatus::Provisioning) {
            return refused(format!("the server is {}", status.as_str()));
        }
        self.expire_commands(server)?;
        let commands = self.store.commands(server)?;
        if commands.iter().filter(|command| is_open(command)).count() >= MOST_WAITING {
            return refused(format!("{MOST_WAITING} commands wait for the agent already"));
        }
        if let CommandRequest::RestartService { service } = &request {
            let services =
                self.deploy_of(server)?.map(|(_, parameters)| parameters.application.services.clone());
            let services = services.unwrap_or_default();
            if !services.contains(service) {
                return refused(format!("the services of the server are {}", services.join(", ")));
            }
        }
        let now = self.app.clock.now();
        // The machine of an adopted server passes over every number up to the last that it was given, maybe by an object
        // that is lost. Seconds have gone by more quickly than commands were asked for.
        let is_adopted = self.deploy_of(server)?.is_some_and(|(deploy, _)| deploy.saga == SagaKind::Adopt);
        let first = if is_adopted { u64::try_from(now.seconds()).unwrap_or(1) } else { 1 };
        let mut command = Command {
            id: commands.first().map_or(first, |newest| newest.id + 1),
            request,
            status: CommandStatus::Waiting,
            created_at: now,
            given_at: None,
            principal_id,
            finished_at: None,
            output: None,
        };
        // The interval is no command that the agent carries out: every answer says it.
        if let CommandRequest::SetInterval { seconds } = command.request {
            let mut agent = self.store.agent(server)?;
            agent.interval_seconds = Some(seconds);
            self.store.put_agent(server, &agent)?;
            let output = format!("the next answer to the agent says {seconds} s");
            command.finish(CommandResult { id: command.id, ok: true, output }, now);
        }
        self.store.put_command(server, &command)?;
        let message = format!("{} was asked for, as command {}.", title(&command.request), command.id);
        self.notice(server, "command_asked", &message)?;
        self.set_next_alarm().await?;
        Ok(TargetAnswer::Command(Box::new(command)))
    }

    /// The commands that go out with an answer. One is given again until its result has come.
    pub(super) fn orders(
        &self,
        server: &ServerId,
        agent: &mut AgentState,
    ) -> Result<Vec<Order>, StorageError> {
        self.expire_commands(server)?;
        let mut orders = Vec::new();
        for mut command in self.store.commands(server)?.into_iter().rev().filter(is_open) {
            if command.request == CommandRequest::RotateKey {
                agent.rotating = true;
            }
            if command.status == CommandStatus::Waiting {
                command.status = CommandStatus::Given;
                command.given_at = Some(self.app.clock.now());
                self.store.put_command(server, &command)?;
            }
            let generation = agent.generation() + 1;
            orders.push(Order { id: command.id, request: command.request, generation });
        }
        Ok(orders)
    }

    /// The commands for a server's agent, as they stand now.
    pub(super) fn commands_now(&self, server: &ServerId) -> Result<Vec<Command>, StorageError> {
        self.expire_commands(server)?;
        self.store.commands(server)
    }

    /// Ends commands whose result nobody expects any more: it was lost with the machine, or before it got here.
    fn expire_commands(&self, server: &ServerId) -> Result<(), StorageError> {
        let now = self.app.clock.now();
        for mut command in self.store.commands(server)?.into_iter().rev() {
            // A version before this one did not write down when it was given.
            let given_at = command.given_at.unwrap_or(command.created_at);
            if command.status != CommandStatus::Given || now.since(given_at) < RESULT_WITHIN_MS {
                continue;
            }
            command.status = CommandStatus::Expired;
            command.finished_at = Some(now);
            self.store.put_command(server, &command)?;
            let message = format!("{} has no result, as command {}.", title(&command.request), command.id);
            self.notice(server, "command_expired", &message)?;
        }
        Ok(())
    }

    /// Takes what came of commands.
    pub(super) fn take_results(
        &self,
        server: &ServerId,
        results: Vec<CommandResult>,
    ) -> Result<(), StorageError> {
        if results.is_empty() {
            return Ok(());
        }
        let commands = self.store.commands(server)?;
        for result in results {
            let found = commands.iter().find(|command| command.id == result.id && is_open(command));
            let Some(mut command) = found.cloned() else { continue };
            let came = if result.ok { "is done" } else { "failed" };
            let message = format!("{} {came}, as command {}.", title(&command.request), command.id);
            command.finish(result, self.app.clock.now());
            self.store.put_command(server, &command)?;
            self.notice(server, "command_finished", &message)?;
        }
        Ok(())
    }
}

impl Store {
    /// The commands for a server's agent, newest first.
    pub(super) fn commands(&self, server: &ServerId) -> Result<Vec<Command>, StorageError> {
        let rows = self.storage.run(Statement::new(
            "SELECT body FROM commands WHERE server_id = ?1 ORDER BY id DESC LIMIT ?2",
            [Param::from(server.as_str()), KEPT.into()],
        ))?;
        rows.iter().map(body).collect()
    }

    fn put_command(&self, server: &ServerId, command: &Command) -> Result<(), StorageError> {
        let id = i64::try_from(command.id).unwrap_or(i64::MAX);
        self.storage.run(Statement::new(
            "INSERT INTO commands (server_id, id, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (server_id, id) DO UPDATE SET body = excluded.body",
            [Param::from(server.as_str()), id.into(), text(command)?.into()],
        ))?;
        self.storage.run(Statement::new(
            "DELETE FROM commands WHERE server_id = ?1 AND id <= ?2",
            [Param::from(server.as_str()), (id - KEPT).into()],
        ))?;
        Ok(())
    }
}

fn is_open(command: &Command) -> bool {
    matches!(command.status, CommandStatus::Waiting | CommandStatus::Given)
}

fn title(request: &CommandRequest) -> String {
    match request {
        CommandRequest::CollectDiagnostics => "To collect diagnostics".to_owned(),
        CommandRequest::RestartService { service } => format!("To restart {service}"),
        CommandRequest::RotateKey => "To rotate the agent's key".to_owned(),
        CommandRequest::SetInterval { seconds } => format!("To report every {seconds} s"),
        CommandRequest::UpdateAgent => "To update the agent".to_owned(),
    }
}
