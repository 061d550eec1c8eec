//! `POST /api/agents/claim`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Extension, extract::State, response::Response};
use http::{HeaderMap, header::AUTHORIZATION};
use noc_shared::{
    agents::{ClaimAnswer, ClaimRequest},
    id::RequestId,
};
use serde_json::json;

use super::answer;
use crate::{
    api::Body,
    app::App,
    audit::{self, Act},
    error::ApiError,
    keys,
    organizations::Caller,
    servers,
    targets::{self, Claim, ClaimAnswer as Decided, TargetAnswer, TargetRequest, USUAL_INTERVAL_SECONDS},
};

/// A machine has a key of each kind; there are five kinds, and each has well under a thousand characters.
const MOST_HOST_KEYS: usize = 8;
const LONGEST_TEXT: usize = 2_000;

pub(super) async fn claim(
    State(app): State<Arc<App>>,
    request_id: Extension<RequestId>,
    headers: HeaderMap,
    Body(request): Body<ClaimRequest>,
) -> Result<Response, ApiError> {
    let platform = app.platform()?;
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    // The token is derived from what it is good for, so that it is checked before anything is looked up.
    let expected = keys::claim_token(&platform.master_key, &request.server_id, &request.deployment_id);
    if !keys::is_same(&expected, token) {
        return Err(ApiError::Unauthorized(
            "this token is not good for this server and deployment".to_owned(),
        ));
    }
    validate(&request)?;
    let located = servers::locate(&app, &request.server_id).await?;
    let agent_key =
        hex::encode(keys::agent_key(&platform.master_key, &request.server_id, keys::FIRST_GENERATION));
    let machine_id = request.machine_id.clone();
    let claim = TargetRequest::Claim(Claim {
        server_id: request.server_id,
        deployment_id: request.deployment_id,
        nonce: request.nonce,
        machine_id: request.machine_id,
        host_keys: request.host_keys,
    });
    let decided = match targets::ask(&app, &located.organization_id, &located.name, claim).await? {
        TargetAnswer::Claim(decided) => decided,
        TargetAnswer::Absent => return Err(ApiError::NotFound("server")),
        _ => return Err(ApiError::Target { doing: "take the claim" }),
    };
    let (names, environment, services) = match decided {
        Decided::Granted { secrets, environment, services } => (secrets, environment, services),
        Decided::ClaimedAlready => {
            let caller = Caller::agent(located.organization_id.clone(), request_id.0);
            let act = Act {
                action: "agents.second_claim",
                kind: "server",
                id: located.name.clone(),
                before: None,
                after: Some(json!({ "machine_id": machine_id })),
            };
            audit::record(&app, &caller, act, Vec::new()).await?;
            let message = "another machine has claimed these secrets already".to_owned();
            return Err(ApiError::Conflict { code: "claimed_already", message });
        }
        Decided::Expired => {
            return Err(ApiError::Forbidden(
                "the deployment that this token is good for has ended".to_owned(),
            ));
        }
    };
    let mut secrets = BTreeMap::new();
    if !names.is_empty() {
        let found = app.providers()?.secrets.read(&environment).await?;
        for name in names {
            let secret = found.get(&name).ok_or_else(|| ApiError::Conflict {
                code: "secret_missing",
                message: format!("the secret store has no readable {name}"),
            })?;
            secrets.insert(name, secret.expose().to_owned());
        }
    }
    let claimed = ClaimAnswer { agent_key, secrets, services, interval_seconds: USUAL_INTERVAL_SECONDS };
    Ok(answer::of_claim(claimed, answer::wants_lines(&headers)))
}

fn validate(request: &ClaimRequest) -> Result<(), ApiError> {
    let invalid = |field: &str, message: &str| {
        Err(ApiError::Invalid { field: field.to_owned(), message: message.to_owned() })
    };
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if request.nonce.len() != 64 || !request.nonce.bytes().all(is_digit) {
        return invalid("nonce", "it is 64 hexadecimal digits in lower case");
    }
    if request.machine_id.len() > LONGEST_TEXT {
        return invalid("machine_id", "it has at most 2,000 characters");
    }
    if request.host_keys.len() > MOST_HOST_KEYS
        || request.host_keys.iter().any(|key| key.len() > LONGEST_TEXT)
    {
        return invalid("host_keys", "there are at most 8, of at most 2,000 characters each");
    }
    Ok(())
}
