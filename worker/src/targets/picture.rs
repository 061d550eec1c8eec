//! What the logs of a target add up to, as the API shows it: functions from data to data.

use std::{collections::BTreeMap, sync::Arc};

use noc_shared::{
    agents::ServiceHealth,
    deployments::{Deployment, DeploymentStatus, DeploymentSummary, Step, StepStatus},
    id::{DeploymentId, OrganizationId, ProjectId},
    servers::{Server, ServerStatus, ServerStatusAnswer},
};
use serde::Serialize;

use super::agent::AgentState;
use crate::{
    deployments, keys,
    ports::Statement,
    saga::{Phase, Run, StepRun, UndoState},
    servers::{self, DeployParameters, Ledger},
};

/// A run as the API shows it.
pub(super) fn deployment(run: &Run, server_name: &str) -> Deployment {
    Deployment {
        summary: summary(run, server_name),
        steps: run.steps.iter().map(|step| shown(step, run.phase)).collect(),
        leftovers: run.leftovers().cloned().collect(),
    }
}

/// A run as a list shows it.
pub(super) fn summary(run: &Run, server_name: &str) -> DeploymentSummary {
    let current = match run.phase {
        Phase::Forward => run.steps.iter().find(|step| step.output.is_none()),
        Phase::Backward => run.steps.iter().rev().find(|step| step.undo == UndoState::Running),
        Phase::Finished(_) => run.steps.iter().find(|step| step.failed),
    };
    DeploymentSummary {
        id: run.id.clone(),
        saga: run.saga,
        saga_version: run.version,
        server_name: server_name.to_owned(),
        server_id: run.server_id.clone(),
        status: run.status(),
        step: current.map(|step| step.name.to_owned()),
        failure: run.failure.clone(),
        created_at: run.started_at,
        finished_at: run.finished_at,
    }
}

fn shown(step: &StepRun, phase: Phase) -> Step {
    let ended = matches!(phase, Phase::Finished(_));
    Step {
        name: step.name.to_owned(),
        status: step_status(step),
        attempts: step.attempts,
        undo_attempts: step.undo_attempts,
        started_at: step.started_at,
        finished_at: step.finished_at,
        next_attempt_at: step.wake_at.filter(|_| !ended),
        deadline_at: step.deadline_at,
        waiting_for: step.waiting_for.clone().filter(|_| !ended),
        error: step.failure.as_ref().map(|failure| failure.message.clone()),
        // What comes of a step is a flat object of texts, numbers and lists of texts.
        evidence: step
            .output
            .as_ref()
            .and_then(|output| crate::json::of_value(output).ok())
            .unwrap_or_default(),
    }
}

fn step_status(step: &StepRun) -> StepStatus {
    match step.undo {
        UndoState::Done => StepStatus::Undone,
        UndoState::Failed => StepStatus::UndoFailed,
        UndoState::Running => StepStatus::Undoing,
        UndoState::Pending if step.failed => StepStatus::Failed,
        UndoState::Pending if step.output.is_some() => StepStatus::Done,
        UndoState::Pending if step.attempts == 0 => StepStatus::Pending,
        UndoState::Pending if step.waiting_for.is_some() => StepStatus::Waiting,
        UndoState::Pending => StepStatus::Running,
    }
}

/// What is sent to the shared database: how the target's servers and deployments stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Picture {
    /// Whose they are.
    pub(super) organization_id: Option<OrganizationId>,
    /// The servers, each with its project.
    pub(super) servers: Vec<(ProjectId, Server)>,
    /// The deployments, each with its project.
    pub(super) deployments: Vec<(ProjectId, DeploymentSummary)>,
}

impl Picture {
    /// What each row is known by, as the shared database is told it.
    pub(super) fn marks(&self) -> BTreeMap<String, String> {
        // These types always serialize.
        let mark = |row: serde_json::Result<Vec<u8>>| keys::sha256_hex(&row.unwrap_or_default());
        let servers = self.servers.iter().map(|row| (row.1.id.to_string(), mark(serde_json::to_vec(row))));
        let deployments =
            self.deployments.iter().map(|row| (row.1.id.to_string(), mark(serde_json::to_vec(row))));
        servers.chain(deployments).collect()
    }

    /// The identifiers of the rows.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let servers = self.servers.iter().map(|(_, server)| server.id.as_str());
        servers.chain(self.deployments.iter().map(|(_, deployment)| deployment.id.as_str()))
    }

    /// The statements that put it into the shared database. A row with a higher number stays as it is: it was sent later.
    pub(super) fn statements(&self, revision: i64) -> Vec<Statement> {
        let Some(organization) = &self.organization_id else { return Vec::new() };
        let servers = self.servers.iter().flat_map(|(project, server)| {
            servers::picture_statements(organization, project, server, revision)
        });
        let deployments = self.deployments.iter().map(|(project, deployment)| {
            deployments::picture_statement(organization, project, deployment, revision)
        });
        servers.chain(deployments).collect()
    }
}

/// What is known of a server.
pub(super) struct Known {
    /// The run that made it.
    pub(super) deploy: Arc<Run>,
    /// What that was asked for.
    pub(super) parameters: Arc<DeployParameters>,
    /// What is known to be at the providers.
    pub(super) ledger: Ledger,
    /// The newest run that says how it stands.
    pub(super) telling: Arc<Run>,
    /// The newest run of all.
    pub(super) newest_id: DeploymentId,
    /// What its agent has said.
    pub(super) agent: AgentState,
}

impl Known {
    /// How the server stands: what the newest run that says so came to.
    pub(super) fn status(&self) -> ServerStatus {
        let made = self.telling.saga.makes_a_server();
        match (made, self.telling.status()) {
            (true, DeploymentStatus::Running) => ServerStatus::Provisioning,
            (true, DeploymentStatus::Succeeded) if self.agent.unreachable_since.is_some() => {
                ServerStatus::Unreachable
            }
            (true, DeploymentStatus::Succeeded) => ServerStatus::Active,
            (true, DeploymentStatus::Unwound) | (false, DeploymentStatus::Succeeded) => {
                ServerStatus::Destroyed
            }
            (_, DeploymentStatus::Stuck) | (false, DeploymentStatus::Unwound) => ServerStatus::Stuck,
            // A deploy that was superseded is never the newest run for long: the destroy that took over is.
            (_, DeploymentStatus::Unwinding | DeploymentStatus::Running | DeploymentStatus::Superseded) => {
                ServerStatus::Destroying
            }
        }
    }

    /// The health of each service of the application; what the agent has not told of is unknown.
    fn services(&self) -> BTreeMap<String, ServiceHealth> {
        let reported = self.agent.report.as_ref().map(|report| &report.services);
        let health =
            |name: &String| reported.and_then(|services| services.get(name)).copied().unwrap_or_default();
        self.parameters.application.services.iter().map(|name| (name.clone(), health(name))).collect()
    }

    pub(super) fn server(&self) -> Server {
        let (ledger, parameters) = (self.ledger.clone(), &self.parameters);
        Server {
            id: self.deploy.server_id.clone(),
            name: parameters.server_name.clone(),
            status: self.status(),
            droplet_id: ledger.droplet_id,
            ip: ledger.ip,
            region: parameters.region.clone(),
            size: parameters.size.clone(),
            price_monthly: parameters.price_monthly,
            domains: parameters.domains.clone(),
            proxied: parameters.proxied,
            application: parameters.application.name.clone(),
            branch: parameters.branch.clone(),
            environment: parameters.environment.clone(),
            projects: vec![parameters.project.clone()],
            services: self.services(),
            created_at: self.deploy.started_at,
            active_since: self.agent.first_report_at,
            deployment_id: self.newest_id.clone(),
        }
    }

    pub(super) fn status_answer(&self) -> ServerStatusAnswer {
        let server = self.server();
        let report = self.agent.report.as_ref();
        ServerStatusAnswer {
            name: server.name,
            status: server.status,
            uptime: report.map(|report| report.uptime),
            services: server.services,
            last_report_at: self.agent.last_report_at,
            unreachable_since: self.agent.unreachable_since,
            restarts: report.map(|report| report.restarts.clone()).unwrap_or_default(),
            versions: report.map(|report| report.versions.clone()).unwrap_or_default(),
            security_updates: report.and_then(|report| report.security_updates),
            host_keys: self.agent.host_keys().to_vec(),
            cloud_init: self.agent.cloud_init.clone(),
            dropped: self.agent.dropped,
            interval_seconds: self.agent.interval(),
            cpu: report.and_then(|report| report.cpu),
            load: report.map(|report| report.load),
            memory: report.map(|report| report.memory),
            disk: report.map(|report| report.disk),
            droplet_id: server.droplet_id,
            ip: server.ip,
            domains: server.domains,
            created_at: server.created_at,
            deployment_id: server.deployment_id,
        }
    }
}
