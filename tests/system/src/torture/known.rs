//! What NOC says that it has: read page by page.

use noc_shared::{
    deployments::{Deployment, DeploymentSummary},
    servers::Server,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Client;

/// All deployments, newest first.
pub(super) fn deployments(client: &Client) -> Vec<DeploymentSummary> {
    pages(client, "/api/deployments?limit=500", "deployments")
}

/// The deployments that have not ended. The lists are read from the shared database, so that no object is woken.
pub(super) fn open_deployments(client: &Client) -> Vec<DeploymentSummary> {
    let of = |status| pages(client, &format!("/api/deployments?limit=500&status={status}"), "deployments");
    let mut open: Vec<DeploymentSummary> = of("running");
    open.extend(of("unwinding"));
    open
}

/// All servers.
pub(super) fn servers(client: &Client) -> Vec<Server> {
    pages(client, "/api/servers?limit=500", "servers")
}

/// A deployment, as its object shows it.
pub(super) fn deployment(client: &Client, id: &str) -> Deployment {
    read(client.get(&format!("/api/deployments/{id}")).assert_status(200))
}

fn pages<T: DeserializeOwned>(client: &Client, path: &str, field: &str) -> Vec<T> {
    let mut all = Vec::new();
    let mut next = path.to_owned();
    loop {
        let mut page = client.get(&next).assert_status(200);
        all.extend(read::<Vec<T>>(page[field].take()));
        let Some(cursor) = page["next_cursor"].as_str() else { return all };
        next = format!("{path}&cursor={cursor}");
    }
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    T::deserialize(&value).unwrap_or_else(|error| panic!("{error}: {value:#}"))
}
