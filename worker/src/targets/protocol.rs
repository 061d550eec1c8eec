//! What is asked of a target's object, and what it answers. It goes as JSON from the Worker to the object.

use noc_shared::{
    agents::Report,
    commands::{Command, CommandRequest},
    deployments::{Deployment, DeploymentEvent, SagaKind},
    id::{DeploymentId, OrganizationId, PrincipalId, RequestId, ServerId},
    metrics::{Resolution, Sample},
    servers::{LogLevel, LogLine, ServerStatusAnswer},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::servers::Facts;

/// What is asked of a target's object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetRequest {
    /// Whether it is there.
    Ping,
    /// Starts a run, unless another one stands in its way. To start a run again that is there already is fine.
    Start(Start),
    /// How a run stands.
    Run {
        /// The run.
        id: DeploymentId,
    },
    /// How a run stands as soon as it has come so far, or after a while.
    Wait {
        /// The run.
        id: DeploymentId,
        /// How far.
        until: Until,
        /// How long to wait at most, in milliseconds.
        wait_ms: u64,
    },
    /// The events of a run, as soon as there are some, or none after a while.
    Events {
        /// The run.
        id: DeploymentId,
        /// The last event that is known already.
        after: u64,
        /// How many at most.
        limit: u32,
        /// How long to wait at most, in milliseconds.
        wait_ms: u64,
    },
    /// Undoes a deploy that is under way. To cancel it again is fine.
    Cancel {
        /// The run.
        id: DeploymentId,
        /// Who asks.
        principal_id: PrincipalId,
        /// In which request.
        request_id: RequestId,
    },
    /// Has a run that is stuck go on, or a deploy that was undone begin again. To ask for it again is fine.
    Retry {
        /// The run.
        id: DeploymentId,
        /// What a deploy that was undone begins again as. It follows from the run, so that a repeated request means the
        /// same one.
        again: Again,
        /// Who asks.
        principal_id: PrincipalId,
        /// In which request.
        request_id: RequestId,
    },
    /// Sends the picture to the shared database once more, which may have lost it.
    ShowYourself,
    /// How the server stands.
    Status {
        /// The server.
        server_id: ServerId,
    },
    /// The server's story, as soon as there is more of it, or none after a while.
    Story {
        /// The server.
        server_id: ServerId,
        /// Which lines of it.
        #[serde(default)]
        filter: StoryFilter,
        /// The last line that is known already.
        after: u64,
        /// How many at most.
        limit: u32,
        /// How long to wait at most, in milliseconds.
        wait_ms: u64,
    },
    /// How the server was over time.
    Samples {
        /// The server.
        server_id: ServerId,
        /// How fine.
        resolution: Resolution,
        /// From when.
        from: Timestamp,
        /// Until when, exclusively.
        to: Timestamp,
    },
    /// Has the server's agent do something.
    Command {
        /// The server.
        server_id: ServerId,
        /// What.
        request: CommandRequest,
        /// Who asks.
        principal_id: PrincipalId,
    },
    /// What the server's agent was told to do, the newest first.
    Commands {
        /// The server.
        server_id: ServerId,
    },
    /// A new machine claims its secrets.
    Claim(Claim),
    /// The claim that was granted is in the audit.
    ClaimAudited {
        /// The server.
        server_id: ServerId,
    },
    /// The server's agent reports.
    Report(Box<ReportEnvelope>),
    /// Panics in the next alarm, for the tests.
    #[cfg(feature = "faults")]
    PanicInAlarm,
}

/// Starts a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// The run.
    pub id: DeploymentId,
    /// Which saga.
    pub saga: SagaKind,
    /// Whose server.
    pub organization_id: OrganizationId,
    /// The server's name.
    pub name: String,
    /// Who asks.
    pub principal_id: PrincipalId,
    /// In which request.
    pub request_id: RequestId,
    /// The server: a new one for a deploy, the one that stands for a destroy.
    pub server_id: ServerId,
    /// What is asked for.
    pub parameters: Value,
}

/// What a deploy that was undone begins again as.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Again {
    /// The run.
    pub id: DeploymentId,
    /// The server.
    pub server_id: ServerId,
}

/// How far a run shall have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Machine, address and DNS records are there, or the run has ended.
    Provisioned,
    /// The run has ended.
    Ended,
}

/// A new machine claims its secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// The server.
    pub server_id: ServerId,
    /// The deployment that made it.
    pub deployment_id: DeploymentId,
    /// What the machine made once, so that a repeated claim is known as its own.
    pub nonce: String,
    /// The machine's own id.
    pub machine_id: String,
    /// The public halves of its SSH host keys.
    pub host_keys: Vec<String>,
}

/// A report whose signature was checked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportEnvelope {
    /// The server.
    pub server_id: ServerId,
    /// The counter that was signed.
    pub counter: u64,
    /// The generation of the key that it was signed with.
    pub generation: u32,
    /// The report.
    pub report: Report,
}

/// How a run stands, with what is known of its effects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    /// The deployment as the API shows it.
    pub deployment: Deployment,
    /// What it has made or removed.
    pub facts: Facts,
}

/// What a target's object answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetAnswer {
    /// It is there.
    Pong,
    /// The run was started, is there already, or another one does the same.
    Started {
        /// The run that does it.
        id: DeploymentId,
    },
    /// The run is not where this could be done.
    Refused {
        /// Why not.
        reason: String,
    },
    /// Another run stands in the way.
    Busy {
        /// That run.
        id: DeploymentId,
    },
    /// There is no such run or server.
    Absent,
    /// How a run stands.
    Run(Box<RunView>),
    /// Events of a run.
    Events {
        /// The events.
        events: Vec<DeploymentEvent>,
        /// Whether there will be no more.
        ended: bool,
    },
    /// How the server stands.
    Status(Box<ServerStatusAnswer>),
    /// Lines of the server's story.
    Story {
        /// The lines.
        lines: Vec<LogLine>,
        /// Whether there are more of them now.
        more: bool,
    },
    /// How the server was over time.
    Samples {
        /// The samples, oldest first.
        samples: Vec<Sample>,
    },
    /// A command was taken.
    Command(Box<Command>),
    /// What the server's agent was told to do.
    Commands {
        /// The newest first.
        commands: Vec<Command>,
    },
    /// What came of a claim.
    Claim(ClaimAnswer),
    /// What came of a report.
    Report(ReportOutcome),
    /// The object could not do it. The cause is in the log.
    Failed,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimAnswer {
    /// The machine may have these secrets.
    Granted {
        /// The names of the secrets.
        secrets: Vec<String>,
        /// What the secret store calls the environment.
        environment: String,
        /// The services of the application.
        services: Vec<String>,
        /// Whether the audit says so already. Before it does, the machine gets nothing.
        audited: bool,
    },
    /// Another machine has claimed already.
    ClaimedAlready,
    /// The same, and it was told often enough.
    ClaimedAlreadyAgain,
    /// The machine asks for it too often.
    TooOften,
    /// The deployment has ended, or its time is over.
    Expired,
}

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportOutcome {
    /// It was taken.
    Taken(ReportTaken),
    /// It was signed with a key that is not good any more, or not yet.
    KeyRetired,
    /// Its counter does not rise, because it, or a later one, was here before; or it is too far ahead.
    Replayed {
        /// The highest counter that was here.
        seen: u64,
    },
    /// There were too many.
    TooOften,
}

/// What the agent is told in return for its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTaken {
    /// Seconds until the next report.
    pub interval_seconds: u32,
    /// What it shall do.
    pub commands: Vec<Order>,
}

/// A command that goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: u64,
    /// What is to be done.
    pub request: CommandRequest,
    /// The generation of the key that the agent would go on with.
    pub generation: u32,
}

/// Which lines of a server's story.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoryFilter {
    /// Those of this service.
    pub service: Option<String>,
    /// Those that matter at least so much.
    pub level: Option<LogLevel>,
    /// Those with this text in them, in lower case.
    pub text: Option<String>,
    /// Those from this time on.
    pub from: Option<Timestamp>,
    /// Those before this time.
    pub to: Option<Timestamp>,
}

impl StoryFilter {
    /// Whether a line is wanted.
    pub fn wants(&self, line: &LogLine) -> bool {
        self.service.as_ref().is_none_or(|service| line.service.as_ref() == Some(service))
            && self.level.is_none_or(|level| line.level >= level)
            && self.text.as_ref().is_none_or(|text| line.message.to_lowercase().contains(text))
            && self.from.is_none_or(|from| line.at >= from)
            && self.to.is_none_or(|to| line.at < to)
    }
}
