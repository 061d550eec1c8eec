//! `POST /api/agents/claim`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Extension, extract::State, response::Response};
use http::{HeaderMap, header::AUTHORIZATION};
use noc_shared::{
    agents::{ClaimAnswer, ClaimRequest},
    id::RequestId,
};
use serde_json::json;

use super::{answer, bounds};
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
    let request = bounds::claim(request)?;
    let located = servers::locate(&app, &request.server_id).await?;
    let agent_key =
        hex::encode(keys::agent_key(&platform.master_key, &request.server_id, keys::FIRST_GENERATION));
    let caller = Caller::agent(located.organization_id.clone(), request_id.0);
    let act = |action, after| Act {
        action,
        kind: "server",
        id: located.name.clone(),
        before: None,
        after: Some(after),
    };
    let (server_id, machine_id) = (request.server_id.clone(), request.machine_id.clone());
    let claimed = json!({ "machine_id": machine_id, "host_keys": keys::fingerprints(&request.host_keys) });
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
        Decided::Granted { secrets, environment, services, audited } => {
            if !audited {
                // Nothing is read, and nobody gets anything, before that is written down. If the object is not told of it,
                // the machine asks again, and it is written down again.
                audit::record(&app, &caller, act("agents.claim", claimed), Vec::new()).await?;
                let told = TargetRequest::ClaimAudited { server_id };
                match targets::ask(&app, &located.organization_id, &located.name, told).await? {
                    TargetAnswer::Pong => {}
                    _ => return Err(ApiError::Target { doing: "write the claim down" }),
                }
            }
            (secrets, environment, services)
        }
        decided @ (Decided::ClaimedAlready | Decided::ClaimedAlreadyAgain) => {
            // Somebody who goes on is not to fill the audit of the whole organization.
            if decided == Decided::ClaimedAlready {
                let act = act("agents.second_claim", json!({ "machine_id": machine_id }));
                audit::record(&app, &caller, act, Vec::new()).await?;
            }
            let message = "another machine has claimed these secrets already".to_owned();
            return Err(ApiError::Conflict { code: "claimed_already", message });
        }
        Decided::TooOften => return Err(ApiError::MachineTooOften),
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
