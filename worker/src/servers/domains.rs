//! Reservations of domains.
//!
//! The object of a target keeps two deploys of one name apart. Two names can still ask for the same domain: `alpha`
//! has `alpha-api.ZONE`, and so has a server that is called `alpha-api`; and organizations that share a zone share its
//! names. So a domain is reserved in the shared database, where its name is the key.

use noc_shared::{
    id::{OrganizationId, ServerId},
    time::Timestamp,
};

use crate::ports::{Database, DatabaseError, Param, Statement};

/// Reserves all of the domains for a server, or none; gives the first one that another server has. To reserve again
/// what one has is fine.
pub(super) async fn reserve(
    database: &dyn Database,
    organization: &OrganizationId,
    server: &ServerId,
    domains: &[String],
    now: Timestamp,
) -> Result<Option<String>, DatabaseError> {
    let insert = |domain: &String| {
        Statement::new(
            "INSERT INTO domains (domain, organization_id, server_id, reserved_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (domain) DO NOTHING",
            [
                Param::from(domain.as_str()),
                organization.as_str().into(),
                server.as_str().into(),
                now.millis().into(),
            ],
        )
    };
    let list = serde_json::to_string(domains).unwrap_or_default();
    let taken = Statement::new(
        "SELECT domain FROM domains WHERE domain IN (SELECT value FROM json_each(?1)) AND server_id <> ?2
         ORDER BY domain LIMIT 1",
        [Param::from(list), server.as_str().into()],
    );
    let mut statements: Vec<Statement> = domains.iter().map(insert).collect();
    statements.push(taken);
    let mut results = database.batch(statements).await?;
    let taken = results.pop().unwrap_or_default();
    let taken = taken.first().and_then(|row| row.get("domain")?.as_str().map(str::to_owned));
    if taken.is_some() {
        release(database, server).await?;
    }
    Ok(taken)
}

/// Gives up all reservations of a server.
pub(super) async fn release(database: &dyn Database, server: &ServerId) -> Result<(), DatabaseError> {
    let statement =
        Statement::new("DELETE FROM domains WHERE server_id = ?1", [Param::from(server.as_str())]);
    database.query(statement).await.map(|_| ())
}
