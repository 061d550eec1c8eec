//! `POST /api/agents/report`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
};
use http::HeaderMap;
use noc_shared::{
    agents::{Report, ReportAnswer, signed_text},
    id::ServerId,
};

use super::INTERVAL_SECONDS;
use crate::{
    api,
    app::App,
    error::ApiError,
    keys, servers,
    targets::{ReportEnvelope, ReportOutcome, TargetAnswer, TargetRequest},
};

/// A clock may be this far off, in seconds: machines that have just started have not always asked for the time yet.
const CLOCK_OFF_SECONDS: i64 = 300;

const MOST_LINES: usize = 200;
const LONGEST_LINE: usize = 2_000;
const MOST_SERVICES: usize = 50;

/// The times that RFC 3339 can write, from the first that a machine's clock can say: 253,402,300,800 seconds are the end
/// of the year 9999.
const EARLIEST: i64 = 0;
const LATEST: i64 = 253_402_300_800_000;

pub(super) async fn report(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Json<ReportAnswer>, ApiError> {
    let body = api::bytes(request, &app).await?;
    let signed = Signed::read(&headers)?;
    let now = app.clock.now();
    // The key is derived from the server, so that a signature is checked before anything is looked up.
    let key = keys::agent_key(&app.platform()?.master_key, &signed.server_id);
    let text =
        signed_text("POST", "/api/agents/report", signed.timestamp, signed.counter, &keys::sha256_hex(&body));
    if !keys::is_authentic(&key, text.as_bytes(), &signed.signature) {
        return Err(ApiError::Unauthorized("the signature is not that of this server's agent".to_owned()));
    }
    if (now.seconds().saturating_sub(signed.timestamp)).abs() > CLOCK_OFF_SECONDS {
        let message = format!("the clock is off by more than 300 seconds; it is {} here", now.seconds());
        return Err(ApiError::Unauthorized(message));
    }
    let report = bounded(api::parse::<Report>(&body)?)?;
    let located = servers::locate(&app, &signed.server_id).await?;
    let envelope = ReportEnvelope { server_id: signed.server_id, counter: signed.counter, report };
    match app.targets.ask(&located.organization_id, &located.name, TargetRequest::Report(envelope)).await? {
        TargetAnswer::Report(ReportOutcome::Taken) => {
            Ok(Json(ReportAnswer { interval_seconds: INTERVAL_SECONDS }))
        }
        TargetAnswer::Report(ReportOutcome::Replayed) => Err(ApiError::Conflict {
            code: "counter_does_not_rise",
            message: "this report, or a later one, was here before".to_owned(),
        }),
        TargetAnswer::Absent => Err(ApiError::NotFound("server")),
        _ => Err(ApiError::Target { doing: "take the report" }),
    }
}

/// What an agent signs a report with.
struct Signed {
    server_id: ServerId,
    timestamp: i64,
    counter: u64,
    signature: Vec<u8>,
}

impl Signed {
    fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let read = || {
            Some(Self {
                server_id: ServerId::parse(header("x-noc-server")?)?,
                timestamp: header("x-noc-timestamp")?.parse().ok()?,
                // Beyond 2^53 a number does not go through JSON unharmed; no counter gets there honestly.
                counter: header("x-noc-counter")?.parse().ok().filter(|counter| *counter <= 1 << 53)?,
                signature: hex::decode(header("x-noc-signature")?).ok()?,
            })
        };
        read().ok_or_else(|| ApiError::Unauthorized(
            "the headers X-Noc-Server, X-Noc-Timestamp, X-Noc-Counter and X-Noc-Signature are missing, or cannot be read"
                .to_owned(),
        ))
    }
}

/// A report within bounds. A long line is cut off rather than refused: the rest of the report is worth having.
fn bounded(mut report: Report) -> Result<Report, ApiError> {
    let invalid = |field: &str, message: &str| ApiError::Invalid {
        field: field.to_owned(),
        message: message.to_owned(),
    };
    if report.lines.len() > MOST_LINES {
        return Err(invalid("lines", "there are at most 200 in one report"));
    }
    if report.services.len() > MOST_SERVICES || report.services.keys().any(|name| name.len() > 100) {
        return Err(invalid("services", "there are at most 50, with names of at most 100 characters"));
    }
    for line in &mut report.lines {
        line.line = line.line.chars().filter(|c| !c.is_control() || *c == '\t').take(LONGEST_LINE).collect();
        line.service = line.service.chars().filter(|c| !c.is_control()).take(100).collect();
        if !(EARLIEST..LATEST).contains(&line.at.millis()) {
            return Err(invalid("lines", "each has a time from 1970 to 9999"));
        }
    }
    Ok(report)
}
