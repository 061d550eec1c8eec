//! A machine that says nothing any more.
//!
//! The alarm is not set anew with each report: it stays where it was, looks when it comes whether the machine was heard
//! since, and sleeps on if it was. That is one alarm for three reports, and no write for the others.

use noc_shared::{id::ServerId, servers::ServerStatus, time::Timestamp};

use super::Target;
use crate::{log::Fields, ports::StorageError};

impl Target {
    /// When the server of this name counts as unreachable, unless its agent is heard before.
    pub(super) fn silent_at(&self) -> Result<Option<Timestamp>, StorageError> {
        let Some((newest, ServerStatus::Active)) = self.standing()? else { return Ok(None) };
        Ok(self.store.agent(&newest.server_id)?.silent_at())
    }

    /// Writes down that the server has been silent for too long, if it has.
    pub(super) fn notice_silence(&self) -> Result<(), StorageError> {
        let now = self.app.clock.now();
        let Some((newest, ServerStatus::Active)) = self.standing()? else { return Ok(()) };
        let server = newest.server_id;
        let mut agent = self.store.agent(&server)?;
        let (Some(last), Some(silent_at)) = (agent.last_report_at, agent.silent_at()) else { return Ok(()) };
        if now < silent_at {
            return Ok(());
        }
        agent.unreachable_since = Some(now);
        self.store.put_agent(&server, &agent)?;
        let message = format!("Unreachable: its agent was last heard at {last}.");
        self.notice(&server, "unreachable", &message)
    }

    /// Writes down something that was noticed of a server.
    pub(super) fn notice(&self, server: &ServerId, kind: &str, message: &str) -> Result<(), StorageError> {
        self.app.log.warn(message, Fields { step: Some(kind.to_owned()), ..self.about(None) });
        self.store.append_event(server, self.app.clock.now(), kind, message)
    }
}
