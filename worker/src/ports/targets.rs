//! The way to a target's object.

use std::fmt;

use async_trait::async_trait;
use noc_shared::id::OrganizationId;

use crate::targets::{TargetAnswer, TargetRequest};

/// The object did not answer. Whether it did what it was asked, nobody knows.
#[derive(Debug)]
pub struct TargetsError(pub String);

impl fmt::Display for TargetsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the target's object did not answer: {}", self.0)
    }
}

impl std::error::Error for TargetsError {}

/// Reaches the one object that owns a target: a server's name inside its organization.
#[async_trait]
pub trait Targets: Send + Sync {
    /// Asks the object of a target.
    async fn ask(
        &self,
        organization: &OrganizationId,
        name: &str,
        request: TargetRequest,
    ) -> Result<TargetAnswer, TargetsError>;
}
