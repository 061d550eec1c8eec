//! `POST /api/tokens/exchange`.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode};
use noc_shared::{
    access::Scope,
    id::{OrganizationId, PrincipalId, RequestId},
    token_rules::{ExchangeRequest, ExchangedToken},
    tokens::Token,
};
use serde_json::{Value, json};

use super::{
    matching,
    store::{self, Kept},
};
use crate::{
    access::{Bearer, address},
    api::{Body, Parameters},
    app::App,
    attempts,
    audit::{self, Act},
    error::ApiError,
    jwt::{self, Claims, Expected, Refused, Token as Foreign, Unverified},
    log::Fields,
    once,
    organizations::{Caller, PrincipalKind},
    sign_in::oidc::discovery,
    tokens,
};

/// How long it is good: as long as a step of a build that talks to NOC.
const GOOD_MS: i64 = 15 * 60_000;

/// One token is not taken twice, for as long as it is good, and for this long at least: a clock may be off.
const REMEMBERED_MS: i64 = 24 * 3_600_000;

/// Rules about one issuer. Where there are more, the request says which organization is meant.
const MOST: u32 = 200;

pub(super) async fn exchange(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    parameters: Parameters,
    Body(request): Body<ExchangeRequest>,
) -> Result<Response, ApiError> {
    parameters.end()?;
    let doing = "exchange the token";
    let attempt = attempts::begin(&app, None, address(&headers).as_deref()).await?;
    let (rules, claims) = match candidates(&app, &request).await? {
        Ok(found) => found,
        Err(error) => {
            app.log.warn(
                "a token is not exchanged",
                Fields { error: Some(format!("{error:?}")), ..Fields::default() },
            );
            return Err(error.refusal(doing));
        }
    };
    let rule = choose(rules)?;
    let now = app.clock.now();
    let scopes: Vec<Scope> = rule.rule.scopes.iter().copied().filter(|scope| !scope.is_sensitive()).collect();
    let issued = Bearer::Token.issue(&*app.random);
    let token = Token {
        id: PrincipalId::from_random(app.random.identifier()),
        name: rule.rule.name.clone(),
        scopes: scopes.clone(),
        projects: None,
        created_by: rule.rule.created_by.clone(),
        created_at: now,
        expires_at: now.plus(GOOD_MS),
        last_used_at: None,
    };
    let subject: String = claims.subject().to_owned();
    let act = Act {
        action: "tokens.exchange",
        kind: "token",
        id: token.id.to_string(),
        before: None,
        after: Some(json!({
            "rule": rule.rule.name,
            "issuer": rule.rule.issuer,
            "subject": subject,
            "scopes": scopes,
            "expires_at": token.expires_at,
        })),
    };
    let caller = Caller {
        kind: PrincipalKind::Token,
        principal_id: token.id.clone(),
        name: token.name.clone(),
        address: address(&headers),
        ..Caller::system(rule.organization_id.clone(), request_id)
    };
    // By what was signed, and not by the signature: of some kinds there is a second one that is as right.
    let signed = request.token.rsplit_once('.').map_or(request.token.as_str(), |(signed, _)| signed);
    let mut changes =
        once::use_up(signed.as_bytes(), now.plus(REMEMBERED_MS).max(claims.good_until()), now).to_vec();
    changes.push(tokens::forget_ended(now));
    changes.extend(tokens::insert(
        &rule.organization_id,
        &token,
        &issued.hash,
        rule.projects.as_deref(),
        &rule.created_by,
    ));
    changes.extend(attempt.right());
    audit::record(&app, &caller, act, changes).await?;
    let secret = issued.secret.expose().to_owned();
    let answer = ExchangedToken { token: secret, expires_at: token.expires_at, scopes };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// The rules that a token fulfils, and what it says.
async fn candidates(
    app: &App,
    request: &ExchangeRequest,
) -> Result<Result<(Vec<Kept>, Claims), Unverified>, ApiError> {
    let foreign = match Foreign::parse(&request.token) {
        Ok(foreign) => foreign,
        Err(refused) => return Ok(Err(refused.into())),
    };
    let issuer = foreign.claimed_issuer().unwrap_or_default();
    let rules = store::of_issuer(&*app.database, &issuer, request.organization_id.as_ref(), MOST).await;
    let rules = rules.map_err(ApiError::database("find the rules"))?;
    // Those of others must not push one's own out.
    if rules.len() >= MOST as usize && request.organization_id.is_none() {
        return Err(which_organization(
            "too many rules are about this issuer; say which organization is meant",
        ));
    }
    // An issuer that no rule names is not asked for anything.
    let audiences: BTreeSet<String> = rules.iter().map(|kept| kept.rule.audience.clone()).collect();
    let mut last = Unverified::Refused(Refused("no rule is about its issuer"));
    for audience in &audiences {
        match verify(app, &request.token, &issuer, audience).await {
            Ok(claims) => {
                let fulfilled = |kept: &Kept| {
                    kept.rule.audience == *audience
                        && matching::matches(&kept.rule.claims, |name| claims.get(name))
                };
                let fulfilled: Vec<Kept> = rules.into_iter().filter(fulfilled).collect();
                if fulfilled.is_empty() {
                    return Ok(Err(Refused("no rule wants what it says").into()));
                }
                return Ok(Ok((fulfilled, claims)));
            }
            Err(error) => last = error,
        }
    }
    Ok(Err(last))
}

async fn verify(app: &App, token: &str, issuer: &str, audience: &str) -> Result<Claims, Unverified> {
    let document = jwt::published(app, &discovery::url(issuer), |_| true).await;
    let document = document.map_err(Unverified::Unavailable)?;
    let keys = discovery::keys_url(&document, issuer).map_err(Refused)?;
    let expected = Expected { issuer, audience, asked_by_us: false, nonce: None, now: app.clock.now() };
    jwt::verify_published(app, token, &keys, &expected).await
}

/// The first rule by name. Of two organizations whose rules a token fulfils it must say which is meant.
fn choose(rules: Vec<Kept>) -> Result<Kept, ApiError> {
    let organizations: BTreeSet<&OrganizationId> = rules.iter().map(|kept| &kept.organization_id).collect();
    if organizations.len() > 1 {
        return Err(which_organization("several organizations would take this token; say which is meant"));
    }
    let none = || ApiError::Unauthorized("the token is not accepted".to_owned());
    rules.into_iter().next().ok_or_else(none)
}

fn which_organization(message: &str) -> ApiError {
    ApiError::Invalid { field: "organization_id".to_owned(), message: message.to_owned() }
}

/// What the audit shows of a rule.
pub(super) fn shown(kept: &Kept) -> Value {
    json!({
        "issuer": kept.rule.issuer,
        "audience": kept.rule.audience,
        "claims": kept.rule.claims,
        "scopes": kept.rule.scopes,
        "projects": kept.rule.projects,
    })
}
