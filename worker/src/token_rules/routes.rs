//! `/api/tokens/rules`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    routing::{delete, get, post, put},
};
use http::{Method, StatusCode};
use noc_shared::{
    access::Scope,
    id::TokenRuleId,
    token_rules::{ExchangeRequest, ExchangedToken, TokenRule, TokenRuleList, TokenRuleRequest},
};

use super::{
    exchange::{self, shown},
    matching,
    store::{self, Kept},
};
use crate::{
    api::{Answer, Body, Operation, Parameters, Requires, Route, Segment, schema},
    app::App,
    audit::{self, Act},
    config::is_issuer,
    error::ApiError,
    organizations::{Caller, PrincipalKind},
    second_factor::may_get_one,
    tokens, users,
};

/// Rules of an organization.
const MOST: usize = 100;

/// The routes of rules for tokens.
pub fn routes() -> Vec<Route> {
    let route = Route::new;
    vec![
        route(
            Method::GET,
            "/api/tokens/rules",
            Requires::Scope(Scope::TokensRead),
            Operation {
                id: "list_token_rules",
                summary: "The rules by which machines exchange a token of their own issuer for one of NOC's.",
                answers: vec![Answer::json(200, "always", schema::<TokenRuleList>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(list),
        ),
        route(
            Method::PUT,
            "/api/tokens/rules/{name}",
            Requires::Scope(Scope::TokensWrite),
            Operation {
                id: "put_token_rule",
                summary: "Keeps a rule. What it gives may do what its scopes say, and at most what its maker may do.",
                body: Some(schema::<TokenRuleRequest>()),
                answers: vec![Answer::json(200, "it is kept", schema::<TokenRule>())],
                refusals: &[400, 409, 413, 415, 422, 503],
                audits: "tokens.rules.put",
                ..Operation::default()
            },
            put(keep),
        ),
        route(
            Method::DELETE,
            "/api/tokens/rules/{name}",
            Requires::Scope(Scope::TokensWrite),
            Operation {
                id: "delete_token_rule",
                summary: "Forgets a rule. Tokens that it gave are good for at most a quarter of an hour more.",
                answers: vec![Answer::empty("it is gone")],
                refusals: &[404, 422, 503],
                audits: "tokens.rules.delete",
                ..Operation::default()
            },
            delete(remove),
        ),
        route(
            Method::POST,
            "/api/tokens/exchange",
            Requires::Nothing("the token of the other issuer shows who asks"),
            Operation {
                id: "exchange_token",
                summary: "Gives a token that is good for a quarter of an hour for one of another issuer, once, if it \
                          fulfils a rule.",
                body: Some(schema::<ExchangeRequest>()),
                answers: vec![Answer::json(201, "it fulfils a rule", schema::<ExchangedToken>())],
                refusals: &[400, 401, 403, 409, 413, 415, 422, 429, 503],
                audits: "tokens.exchange",
                ..Operation::default()
            },
            post(exchange::exchange),
        ),
    ]
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<Kept>, ApiError> {
    store::of_organization(&*app.database, &caller.organization_id)
        .await
        .map_err(ApiError::database("list the rules"))
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<TokenRuleList>, ApiError> {
    parameters.end()?;
    let rules = all(&app, &caller).await?.into_iter().map(|kept| kept.rule).collect();
    Ok(Json(TokenRuleList { rules }))
}

async fn keep(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
    Body(request): Body<TokenRuleRequest>,
) -> Result<Json<TokenRule>, ApiError> {
    parameters.end()?;
    if caller.kind != PrincipalKind::User {
        let message = "a token cannot have others made; sign in, and keep the rule yourself";
        return Err(ApiError::Forbidden(message.to_owned()));
    }
    may_get_one(&caller)?;
    let name = users::name(&name)?;
    if !is_issuer(&request.issuer) {
        return Err(invalid("issuer", "an issuer is an address over TLS, as https://id.example.com"));
    }
    if !(1..=500).contains(&request.audience.len()) {
        return Err(invalid("audience", "say whom the tokens are for, in 1 to 500 characters"));
    }
    matching::check(&request.claims)?;
    let mut scopes = request.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    tokens::allowed(&caller, &scopes)?;
    if let Some(scope) = scopes.iter().find(|scope| scope.is_sensitive()) {
        let message = format!("{} is sensitive, and a machine cannot have it in this way", scope.as_str());
        return Err(ApiError::Invalid { field: "scopes".to_owned(), message });
    }
    let projects = match &request.projects {
        None => None,
        Some(names) => Some(tokens::find_projects(&app, &caller, names).await?),
    };
    let there = all(&app, &caller).await?;
    let before = there.iter().find(|kept| kept.rule.name == name);
    if before.is_none() && there.len() >= MOST {
        let message = format!("an organization has at most {MOST} rules; delete one first");
        return Err(ApiError::Conflict { code: "too_many", message });
    }
    let id = before.map(|kept| kept.rule.id.clone());
    let kept = Kept {
        organization_id: caller.organization_id.clone(),
        created_by: caller.principal_id.clone(),
        projects,
        rule: TokenRule {
            id: id.unwrap_or_else(|| TokenRuleId::from_random(app.random.identifier())),
            name,
            issuer: request.issuer,
            audience: request.audience,
            claims: request.claims,
            scopes,
            projects: request.projects,
            created_by: caller.email.clone().unwrap_or_default(),
            created_at: app.clock.now(),
        },
    };
    let act = Act {
        action: "tokens.rules.put",
        kind: "token_rule",
        id: kept.rule.name.clone(),
        before: before.map(shown),
        after: Some(shown(&kept)),
    };
    audit::record(&app, &caller, act, vec![store::put(&kept)]).await?;
    Ok(Json(kept.rule))
}

async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    Segment(name): Segment,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    parameters.end()?;
    let kept = all(&app, &caller).await?.into_iter().find(|kept| kept.rule.name == name);
    let kept = kept.ok_or(ApiError::NotFound("rule"))?;
    let act = Act {
        action: "tokens.rules.delete",
        kind: "token_rule",
        id: kept.rule.name.clone(),
        before: Some(shown(&kept)),
        after: None,
    };
    audit::record(&app, &caller, act, vec![store::delete(&caller.organization_id, &name)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message: message.to_owned() }
}
