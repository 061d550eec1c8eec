//! `POST /api/agents/report`.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Request, State},
    response::Response,
};
use http::HeaderMap;
use noc_shared::{
    agents::{Report, ReportAnswer, signed_text},
    id::{RequestId, ServerId},
};

use super::{
    answer::{self, Addressee},
    bounds,
};
use crate::{
    api,
    app::App,
    error::ApiError,
    keys, servers,
    targets::{ReportEnvelope, ReportOutcome, ReportTaken, TargetAnswer, TargetRequest},
};

/// A clock may be this far off, in seconds: machines that have just started have not always asked for the time yet.
const CLOCK_OFF_SECONDS: i64 = 300;

const PATH: &str = "/api/agents/report";

pub(super) async fn report(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ApiError> {
    let body = api::bytes(request, &app).await?;
    let signed = Signed::read(&headers)?;
    let master = &app.platform()?.master_key;
    // The key is derived from the server, so that a signature is checked before anything is looked up.
    let key = keys::agent_key(master, &signed.server_id, signed.generation);
    let text = signed_text("POST", PATH, signed.timestamp, signed.counter, &keys::sha256_hex(&body));
    if !keys::is_authentic(&key, text.as_bytes(), &signed.signature) {
        return Err(ApiError::Unauthorized("the signature is not that of this server's agent".to_owned()));
    }
    let to = Addressee { path: PATH, key, counter: signed.counter };
    let answered = take(&app, &headers, signed, &body).await;
    Ok(answer::signed(&app, &request_id, &to, answered).await)
}

/// Takes a report whose signature is right.
async fn take(app: &App, headers: &HeaderMap, signed: Signed, body: &[u8]) -> Result<Response, ApiError> {
    let now = app.clock.now();
    if (now.seconds().saturating_sub(signed.timestamp)).abs() > CLOCK_OFF_SECONDS {
        let message = format!("the clock is off by more than 300 seconds; it is {} here", now.seconds());
        return Err(ApiError::Unauthorized(message));
    }
    let Signed { server_id, counter, generation, .. } = signed;
    let report = bounds::report(api::parse::<Report>(body)?)?;
    let located = servers::locate_reporting(app, &server_id).await?;
    let envelope = ReportEnvelope { server_id: server_id.clone(), counter, generation, report };
    let request = TargetRequest::Report(Box::new(envelope));
    match app.targets.ask(&located.organization_id, &located.name, request).await? {
        TargetAnswer::Report(ReportOutcome::Taken(ReportTaken { interval_seconds, commands })) => {
            let master = &app.platform()?.master_key;
            let commands =
                commands.into_iter().map(|order| answer::command(order, master, &server_id)).collect();
            let answer = ReportAnswer { interval_seconds, commands };
            Ok(answer::of_report(&answer, answer::wants_lines(headers)))
        }
        TargetAnswer::Report(ReportOutcome::Replayed { seen }) => Err(ApiError::CounterRefused { seen }),
        TargetAnswer::Report(ReportOutcome::TooOften) => Err(ApiError::MachineTooOften),
        TargetAnswer::Report(ReportOutcome::KeyRetired) => {
            Err(ApiError::Forbidden("the key of this generation is not good any more, or not yet".to_owned()))
        }
        TargetAnswer::Absent => Err(ApiError::NotFound("server")),
        _ => Err(ApiError::Target { doing: "take the report" }),
    }
}

/// What an agent signs a report with.
struct Signed {
    server_id: ServerId,
    generation: u32,
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
                generation: match header("x-noc-generation") {
                    Some(generation) => generation.parse().ok()?,
                    None => keys::FIRST_GENERATION,
                },
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
