//! The last samples in the shared database.

use std::collections::BTreeMap;

use noc_shared::{
    id::{OrganizationId, ServerId},
    metrics::Sample,
    servers::Server,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ports::{Database, DatabaseError, Param, Row, Statement};

/// How a machine was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Last {
    pub(super) sample: Sample,
    pub(super) security_updates: Option<u32>,
}

/// The statement that tells how a machine is: one row, in a table without any index.
pub fn beat(
    organization: &OrganizationId,
    server: &ServerId,
    sample: &Sample,
    security_updates: Option<u32>,
) -> Statement {
    // These types always serialize.
    let document = serde_json::to_string(&Last { sample: *sample, security_updates }).unwrap_or_default();
    Statement::new(
        "INSERT INTO server_samples (server_id, organization_id, at, document) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (server_id) DO UPDATE SET at = excluded.at, document = excluded.document",
        [
            Param::from(server.as_str()),
            organization.as_str().into(),
            sample.at.millis().into(),
            document.into(),
        ],
    )
}

/// The last samples of an organization's servers.
async fn last(
    database: &dyn Database,
    organization: &OrganizationId,
) -> Result<BTreeMap<String, Last>, DatabaseError> {
    let statement = Statement::new(
        "SELECT server_id, document FROM server_samples WHERE organization_id = ?1",
        [Param::from(organization.as_str())],
    );
    let text = |row: &Row, name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let rows = database.query(statement).await?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((text(row, "server_id")?, crate::json::read(&text(row, "document")?).ok()?)))
        .collect())
}

/// The servers, each with its last sample.
pub(super) async fn of_fleet(
    database: &dyn Database,
    organization: &OrganizationId,
    servers: Vec<Server>,
) -> Result<Vec<(Server, Option<Last>)>, DatabaseError> {
    let mut last = last(database, organization).await?;
    Ok(servers
        .into_iter()
        .map(|server| {
            let last = last.remove(server.id.as_str());
            (server, last)
        })
        .collect())
}
