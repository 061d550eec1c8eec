//! The servers as the reconciler compares them with what it finds at the providers.

use std::collections::BTreeMap;

use noc_shared::{
    id::{OrganizationId, ServerId},
    servers::{Server, ServerStatus},
    time::Timestamp,
};

use super::SERVER_TAG;
use crate::{
    ports::{Database, DatabaseError, Param, Row, Statement, text},
    providers::Machine,
};

/// A server, and whether something is being done with it.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownServer {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What the API shows of it.
    pub server: Server,
    /// Whether a deployment on it is under way.
    pub busy: bool,
}

impl KnownServer {
    /// Whether what is at the providers should be what NOC made: it is all made, and nothing is being done with it.
    pub fn is_settled(&self) -> bool {
        // What stands at the providers does not go by whether the machine is heard.
        matches!(self.server.status, ServerStatus::Active | ServerStatus::Unreachable) && !self.busy
    }
}

/// Servers by their identifiers, and by their domains.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownServers {
    /// The servers, those that are gone included.
    pub servers: BTreeMap<ServerId, KnownServer>,
    /// Which of them has a domain.
    pub domains: BTreeMap<String, ServerId>,
}

/// What servers are looked for by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookedFor<'a> {
    /// Their identifiers.
    pub ids: Vec<&'a ServerId>,
    /// The provider's ids of their machines.
    pub droplets: Vec<&'a str>,
    /// Their domains.
    pub domains: Vec<&'a str>,
}

impl KnownServers {
    /// The server whose machine this is, by its own record, whatever tags the machine has.
    pub fn of_droplet(&self, droplet: &str) -> Option<&KnownServer> {
        let is_its = |known: &&KnownServer| {
            known.server.status != ServerStatus::Destroyed
                && known.server.droplet_id.as_deref() == Some(droplet)
        };
        self.servers.values().find(is_its)
    }
}

/// A server as a row: its document, and whether a deployment on it is under way. The look goes by the index of the
/// deployments by server.
const COLUMNS: &str = "servers.organization_id, servers.document, EXISTS (
    SELECT 1 FROM deployments
    WHERE deployments.organization_id = servers.organization_id AND deployments.server_name = servers.name
        AND deployments.status IN ('running', 'unwinding')) AS busy";

/// The servers that are looked for, in one batch.
///
/// # Errors
/// When the database does not answer.
pub async fn known(
    database: &dyn Database,
    looked_for: &LookedFor<'_>,
) -> Result<KnownServers, DatabaseError> {
    // Texts always serialize.
    let ids = serde_json::to_string(&looked_for.ids).unwrap_or_default();
    let droplets = serde_json::to_string(&looked_for.droplets).unwrap_or_default();
    let domains = serde_json::to_string(&looked_for.domains).unwrap_or_default();
    let of_domains = Statement::new(
        "SELECT domain, server_id FROM domains WHERE domain IN (SELECT value FROM json_each(?1))",
        [Param::from(domains.as_str())],
    );
    let servers = Statement::new(
        format!(
            "SELECT {COLUMNS} FROM servers WHERE id IN (SELECT value FROM json_each(?1))
                 OR id IN (SELECT server_id FROM domains WHERE domain IN (SELECT value FROM json_each(?2)))
                 OR (status <> 'destroyed'
                     AND document ->> '$.droplet_id' IN (SELECT value FROM json_each(?3)))"
        ),
        [Param::from(ids), domains.into(), droplets.into()],
    );
    let mut results = database.batch(vec![of_domains, servers]).await?.into_iter();
    let mut known = KnownServers::default();
    for row in results.next().unwrap_or_default() {
        if let (Some(domain), Some(server)) =
            (text(&row, "domain"), text(&row, "server_id").and_then(ServerId::parse))
        {
            known.domains.insert(domain.to_owned(), server);
        }
    }
    known.servers = read(&results.next().unwrap_or_default());
    Ok(known)
}

/// What a sweep did not see, although it should be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Unseen {
    /// The server.
    pub known: KnownServer,
    /// Its domain, if that is what was not seen, or was seen more than once.
    pub domain: Option<String>,
}

/// Settled servers that were made before a sweep began and were on none of its pages, at most so many; those that were
/// looked for by themselves already are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn unseen_servers(
    database: &dyn Database,
    sweep: &str,
    began_at: Timestamp,
    most: u32,
) -> Result<Vec<Unseen>, DatabaseError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM servers
         WHERE servers.status IN ('active', 'unreachable') AND servers.created_at < ?2 AND busy = 0
             AND servers.id NOT IN (
                 SELECT json_each.value FROM sweep_pages, json_each(sweep_pages.seen) WHERE sweep_pages.kind = ?1)
             AND servers.id NOT IN (
                 SELECT json_each.value FROM sweeps, json_each(sweeps.confirmed) WHERE sweeps.kind = ?1)
         LIMIT ?3"
    );
    let params = [Param::from(sweep), began_at.millis().into(), i64::from(most).into()];
    let rows = database.query(Statement::new(sql, params)).await?;
    Ok(read(&rows).into_values().map(|known| Unseen { known, domain: None }).collect())
}

/// Domains of settled servers that a sweep saw on none of its pages, or on more than one, at most so many; those that
/// were looked for by themselves already are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn unseen_domains(
    database: &dyn Database,
    sweep: &str,
    began_at: Timestamp,
    most: u32,
) -> Result<Vec<Unseen>, DatabaseError> {
    let sql = format!(
        "WITH seen (domain, times) AS (
             SELECT json_each.value, COUNT(*) FROM sweep_pages, json_each(sweep_pages.seen)
             WHERE sweep_pages.kind = ?1 GROUP BY json_each.value)
         SELECT {COLUMNS}, domains.domain FROM domains JOIN servers ON servers.id = domains.server_id
         WHERE servers.status IN ('active', 'unreachable') AND servers.created_at < ?2 AND busy = 0
             AND domains.domain NOT IN (SELECT domain FROM seen WHERE times = 1)
             AND domains.domain NOT IN (
                 SELECT json_each.value FROM sweeps, json_each(sweeps.confirmed) WHERE sweeps.kind = ?1)
         LIMIT ?3"
    );
    let params = [Param::from(sweep), began_at.millis().into(), i64::from(most).into()];
    let rows = database.query(Statement::new(sql, params)).await?;
    Ok(rows
        .iter()
        .filter_map(|row| Some(Unseen { known: one(row)?, domain: text(row, "domain").map(str::to_owned) }))
        .collect())
}

/// The server whose tag a machine has.
pub fn tagged_server(machine: &Machine) -> Option<ServerId> {
    machine.tags.iter().find_map(|tag| ServerId::parse(tag.strip_prefix(SERVER_TAG)?))
}

fn read(rows: &[Row]) -> BTreeMap<ServerId, KnownServer> {
    rows.iter().filter_map(one).map(|known| (known.server.id.clone(), known)).collect()
}

/// A server from its row. One that does not read in this version is left alone.
fn one(row: &Row) -> Option<KnownServer> {
    Some(KnownServer {
        organization_id: OrganizationId::parse(text(row, "organization_id")?)?,
        server: crate::json::read(text(row, "document")?).ok()?,
        busy: row.get("busy")?.as_f64()? != 0.0,
    })
}
