//! The audit.

use noc_shared::audit::{AuditKey, AuditList};

use super::{Problem, get};
use crate::paths::encode;

/// Where the whole chain is downloaded.
pub const EXPORT: &str = "/api/audit/export";

/// What is asked for; what is empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What was done.
    pub action: String,
    /// By whom.
    pub principal: String,
    /// To what.
    pub target: String,
}

/// A page of events, newest first.
///
/// # Errors
/// As [`get`].
pub async fn list(filter: &Filter, limit: u32, cursor: Option<&str>) -> Result<AuditList, Problem> {
    let mut path = format!("/api/audit?limit={limit}");
    let cursor = cursor.unwrap_or_default();
    for (name, value) in [
        ("action", filter.action.as_str()),
        ("principal", &filter.principal),
        ("target", &filter.target),
        ("cursor", cursor),
    ] {
        if !value.is_empty() {
            path.push_str(&format!("&{name}={}", encode(value)));
        }
    }
    get(&path).await
}

/// The key that signed heads are checked with.
///
/// # Errors
/// As [`get`].
pub async fn key() -> Result<AuditKey, Problem> {
    get("/api/audit/key").await
}
