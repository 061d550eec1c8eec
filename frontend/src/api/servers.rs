//! Servers.

use noc_shared::{
    metrics::{MetricsAnswer, Resolution},
    servers::{DestroyAnswer, DestroyRequest, Server, ServerList, ServerStatusAnswer},
    time::Timestamp,
};

use super::{Problem, get, send};
use crate::paths::encode;

/// As many as the API gives at once.
const PAGE: u32 = 500;

/// A page of all servers.
///
/// # Errors
/// As [`get`].
pub async fn page(cursor: Option<&str>) -> Result<ServerList, Problem> {
    let mut path = format!("/api/servers?limit={PAGE}");
    if let Some(cursor) = cursor {
        path.push_str(&format!("&cursor={}", encode(cursor)));
    }
    get(&path).await
}

/// The server of this very name; `None` if there is none.
///
/// # Errors
/// As [`get`].
pub async fn find(name: &str) -> Result<Option<Server>, Problem> {
    let list: ServerList = get(&format!("/api/servers?limit={PAGE}&search={}", encode(name))).await?;
    Ok(list.servers.into_iter().find(|server| server.name == name))
}

/// How a server stands.
///
/// # Errors
/// As [`get`].
pub async fn status(name: &str) -> Result<ServerStatusAnswer, Problem> {
    get(&format!("/api/servers/{}/status", encode(name))).await
}

/// How a server was over time.
///
/// # Errors
/// As [`get`].
pub async fn metrics(name: &str, resolution: Resolution, from: Timestamp) -> Result<MetricsAnswer, Problem> {
    let (name, resolution, from) = (encode(name), resolution.as_str(), encode(&from.to_string()));
    get(&format!("/api/servers/{name}/metrics?resolution={resolution}&from={from}")).await
}

/// Where a server's story is streamed.
pub fn logs_path(name: &str) -> String {
    format!("/api/servers/{}/logs?follow=1", encode(name))
}

/// Begins to take a server away.
///
/// # Errors
/// As [`send`].
pub async fn destroy(name: &str) -> Result<DestroyAnswer, Problem> {
    let body = DestroyRequest { confirm: "DESTROY".to_owned() };
    send("DELETE", &format!("/api/servers/{}", encode(name)), Some(&body), &[("prefer", "respond-async")])
        .await
}
