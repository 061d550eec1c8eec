//! Deployments.

use noc_shared::deployments::{DeployAnswer, DeployRequest, Deployment, DeploymentList};

use super::{Problem, get, send};
use crate::paths::encode;

/// The newest deployments, at most `limit`, from `cursor` on.
///
/// # Errors
/// As [`get`].
pub async fn list(
    status: &str,
    server: &str,
    limit: u32,
    cursor: Option<&str>,
) -> Result<DeploymentList, Problem> {
    let mut path = format!("/api/deployments?limit={limit}");
    for (name, value) in [("status", status), ("server", server), ("cursor", cursor.unwrap_or_default())] {
        if !value.is_empty() {
            path.push_str(&format!("&{name}={}", encode(value)));
        }
    }
    get(&path).await
}

/// One deployment with its steps.
///
/// # Errors
/// As [`get`].
pub async fn show(id: &str) -> Result<Deployment, Problem> {
    get(&format!("/api/deployments/{}", encode(id))).await
}

/// Where a deployment's events are streamed.
pub fn events_path(id: &str) -> String {
    format!("/api/deployments/{}/events", encode(id))
}

/// Begins a deploy. The key makes a request that is sent again mean the same one.
///
/// # Errors
/// As [`send`].
pub async fn deploy(request: &DeployRequest, key: &str) -> Result<DeployAnswer, Problem> {
    let headers = [("prefer", "respond-async"), ("idempotency-key", key)];
    send("POST", "/api/deploy", Some(request), &headers).await
}

/// Has a deploy undone.
///
/// # Errors
/// As [`send`].
pub async fn cancel(id: &str) -> Result<Deployment, Problem> {
    send("POST", &format!("/api/deployments/{}/cancel", encode(id)), None::<&()>, &[]).await
}

/// Has a stuck deployment go on, or an undone one begin again.
///
/// # Errors
/// As [`send`].
pub async fn retry(id: &str) -> Result<Deployment, Problem> {
    send("POST", &format!("/api/deployments/{}/retry", encode(id)), None::<&()>, &[]).await
}
