//! The few things that a server's agent does when it is told to.

use serde::{Deserialize, Serialize};

use crate::{agents::CommandResult, id::PrincipalId, time::Timestamp};

/// What an agent can be told to do. It does nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum CommandRequest {
    /// Tells how the machine is: memory, disk, processes, containers, failed units, warnings of its journal.
    CollectDiagnostics,
    /// Restarts a service of the application.
    RestartService {
        /// The service.
        service: String,
    },
    /// Signs with a new key from now on.
    RotateKey,
    /// Reports every so many seconds from now on.
    SetInterval {
        /// From 2 to 3,600.
        seconds: u32,
    },
    /// Replaces itself by the agent of this version of NOC.
    UpdateAgent,
}

/// How a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CommandStatus {
    /// It goes out with the answer to the agent's next report.
    Waiting,
    /// The agent was given it, and has not told what came of it yet.
    Given,
    /// It did what it says.
    Done,
    /// It did not; its output says why.
    Failed,
    /// The agent was given it, and has not told what came of it within an hour.
    Expired,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Command {
    /// Its number among those of the server; it only rises.
    pub id: u64,
    /// What is to be done.
    #[serde(flatten)]
    pub request: CommandRequest,
    /// How it stands.
    pub status: CommandStatus,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the agent was first given it.
    #[serde(default)]
    pub given_at: Option<Timestamp>,
    /// Who asked for it.
    pub principal_id: PrincipalId,
    /// When its result came, or was not waited for any longer.
    pub finished_at: Option<Timestamp>,
    /// What it wrote.
    pub output: Option<String>,
}

impl Command {
    /// Takes its result.
    pub fn finish(&mut self, result: CommandResult, at: Timestamp) {
        self.status = if result.ok { CommandStatus::Done } else { CommandStatus::Failed };
        self.finished_at = Some(at);
        self.output = Some(result.output);
    }
}

/// The answer of `GET /api/servers/{name}/commands`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommandList {
    /// The newest first.
    pub commands: Vec<Command>,
}
