//! `Idempotency-Key`: a request that is sent again gets the answer that the first one got.

use noc_shared::{
    id::{DeploymentId, ServerId},
    time::Timestamp,
};

use crate::{
    app::App,
    error::ApiError,
    log,
    log::Fields,
    organizations::Caller,
    ports::{Param, Row, Statement},
};

/// A key is remembered for two days: long enough for any script that tries again, and short enough that the table
/// stays small.
const KEPT_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// The longest key.
const MOST: usize = 255;

/// What a key stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remembered {
    pub(super) deployment_id: DeploymentId,
    pub(super) server_id: ServerId,
    /// What was answered first, if anything was yet.
    pub(super) answer: Option<(u16, String)>,
}

/// Says whether a key may be one.
pub(super) fn validate(key: &str) -> Result<(), ApiError> {
    if key.is_empty() || key.len() > MOST || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ApiError::Invalid {
            field: "Idempotency-Key".to_owned(),
            message: format!("a key has 1 to {MOST} visible ASCII characters"),
        });
    }
    Ok(())
}

/// Takes a key for a request, or finds what it was taken for. Of two requests that come at once one takes it, and both
/// go on with that one's deployment.
pub(super) async fn take(
    app: &App,
    caller: &Caller,
    key: &str,
    request_sha256: &str,
    deployment: &DeploymentId,
    server: &ServerId,
) -> Result<Remembered, ApiError> {
    let now = app.clock.now();
    let forget = Statement::new(
        "DELETE FROM idempotency_keys WHERE created_at < ?1",
        [Param::from(now.plus(-KEPT_MS).millis())],
    );
    let insert = Statement::new(
        "INSERT INTO idempotency_keys
             (organization_id, principal_id, key, request_sha256, deployment_id, server_id, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        params(caller, key, &[request_sha256, deployment.as_str(), server.as_str()], Some(now)),
    );
    let doing = "remember the idempotency key";
    let statements = vec![forget, insert, select(caller, key)];
    let results = app.database.batch(statements).await.map_err(ApiError::database(doing))?;
    let row = results.last().and_then(|rows| rows.first());
    let row = row.ok_or_else(|| ApiError::Internal { doing, cause: "it is not there".to_owned() })?;
    remembered(row, request_sha256)
}

/// What a key was taken for, if it was.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    key: &str,
    request_sha256: &str,
) -> Result<Option<Remembered>, ApiError> {
    let doing = "look up the idempotency key";
    let rows = app.database.query(select(caller, key)).await.map_err(ApiError::database(doing))?;
    rows.first().map(|row| remembered(row, request_sha256)).transpose()
}

fn select(caller: &Caller, key: &str) -> Statement {
    Statement::new(
        "SELECT request_sha256, deployment_id, server_id, status, answer FROM idempotency_keys
         WHERE organization_id = ?1 AND principal_id = ?2 AND key = ?3",
        params(caller, key, &[], None),
    )
}

fn remembered(row: &Row, request_sha256: &str) -> Result<Remembered, ApiError> {
    if text(row, "request_sha256") != Some(request_sha256) {
        return Err(ApiError::IdempotencyKeyReused);
    }
    let read = || {
        Some(Remembered {
            deployment_id: DeploymentId::parse(text(row, "deployment_id")?)?,
            server_id: ServerId::parse(text(row, "server_id")?)?,
            answer: answer(row),
        })
    };
    read().ok_or_else(|| ApiError::Internal {
        doing: "read what was remembered",
        cause: "it is not what was written".to_owned(),
    })
}

/// Remembers what was answered, unless something was answered before. That it cannot be remembered does not make it
/// wrong: a request that is sent again finds the deployment and is answered anew.
pub(super) async fn answered(app: &App, caller: &Caller, key: &str, status: u16, answer: &str) {
    let mut bound = params(caller, key, &[answer], None);
    bound.push(Param::from(i64::from(status)));
    let update = Statement::new(
        "UPDATE idempotency_keys SET answer = ?4, status = ?5
         WHERE organization_id = ?1 AND principal_id = ?2 AND key = ?3 AND status IS NULL",
        bound,
    );
    if let Err(error) = app.database.query(update).await {
        let request_id = Some(caller.request_id.to_string());
        let fields = Fields { request_id, error: Some(log::chain(&error)), ..Fields::default() };
        app.log.warn("the answer was not remembered", fields);
    }
}

fn params(caller: &Caller, key: &str, more: &[&str], at: Option<Timestamp>) -> Vec<Param> {
    let mut params =
        vec![Param::from(caller.organization_id.as_str()), caller.principal_id.as_str().into(), key.into()];
    params.extend(more.iter().map(|text| Param::from(*text)));
    params.extend(at.map(|at| Param::from(at.millis())));
    params
}

fn text<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.get(name)?.as_str()
}

fn answer(row: &Row) -> Option<(u16, String)> {
    let status = row.get("status")?.as_f64()?;
    let status = u16::try_from(status as i64).ok()?;
    Some((status, text(row, "answer")?.to_owned()))
}
