//! `/api/sign-in`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    routing::{MethodRouter, get, post},
};
use http::Method;
use noc_shared::sign_in::{
    BootstrapRequest, BreakGlassRequest, LinkRequest, SignInLink, SignInProvider, SignInWays,
};

use super::{bootstrap, break_glass, link};
use crate::{
    api::{Answer, BODY_LIMIT, Operation, Parameters, Proof, Requires, Route, Schema, schema},
    app::App,
    error::ApiError,
};

/// The routes of signing in.
pub fn routes() -> Vec<Route> {
    vec![
        Route {
            method: Method::GET,
            path: "/api/sign-in",
            requires: Requires::Nothing("it says which ways there are to sign in"),
            operation: Operation {
                id: "list_sign_in_ways",
                summary: "Which ways there are to sign in.",
                answers: vec![Answer::json(200, "always", schema::<SignInWays>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: get(ways),
        },
        way(
            "/api/sign-in/bootstrap",
            "the bootstrap token shows who asks",
            "sign_in.bootstrap",
            "sign_in_by_bootstrap",
            "Makes the first owner, once, and signs them in. The token is a secret of the Worker, NOC_BOOTSTRAP_TOKEN.",
            schema::<BootstrapRequest>(),
            post(bootstrap::bootstrap),
        ),
        way(
            "/api/sign-in/break-glass",
            "the break-glass credential shows who asks",
            "sign_in.break_glass",
            "sign_in_by_break_glass",
            "Signs in as an owner for an hour, with nothing but the database. NOC_BREAK_GLASS_SHA256 has the SHA-256 \
             of the credential. It is in the audit, in the log, and shown in the dashboard for 30 days.",
            schema::<BreakGlassRequest>(),
            post(break_glass::break_glass),
        ),
        way(
            "/api/sign-in/link",
            "the link shows who asks",
            "sessions.begin",
            "sign_in_by_link",
            "Signs in by a link, once.",
            schema::<LinkRequest>(),
            post(link::sign_in),
        ),
        Route {
            method: Method::POST,
            path: "/api/session/links",
            requires: Requires::Session(Proof::None),
            operation: Operation {
                id: "make_sign_in_link",
                summary: "Makes a link that signs oneself in on another device, once and within ten minutes. What it \
                          begins ends when the session does that made it.",
                answers: vec![Answer::json(201, "the link works", schema::<SignInLink>())],
                refusals: &[422, 503],
                audits: "sign_in.link",
                ..Operation::default()
            },
            body_limit: BODY_LIMIT,
            handler: post(link::make),
        },
    ]
}

/// A way to sign in. Its answer is a cookie.
fn way(
    path: &'static str,
    because: &'static str,
    audits: &'static str,
    id: &'static str,
    summary: &'static str,
    body: Schema,
    handler: MethodRouter<Arc<App>>,
) -> Route {
    Route {
        method: Method::POST,
        path,
        requires: Requires::Nothing(because),
        operation: Operation {
            id,
            summary,
            body: Some(body),
            answers: vec![Answer::empty("the cookie of the session is set")],
            refusals: &[400, 401, 403, 409, 413, 415, 422, 429, 503],
            audits,
            ..Operation::default()
        },
        body_limit: BODY_LIMIT,
        handler,
    }
}

async fn ways(State(app): State<Arc<App>>, parameters: Parameters) -> Result<Json<SignInWays>, ApiError> {
    parameters.end()?;
    Ok(Json(SignInWays {
        bootstrap: app.config.bootstrap_token.is_some() && bootstrap::is_open(&app).await?,
        break_glass: app.config.break_glass_sha256.is_some(),
        access: app.config.identity.access.is_some(),
        providers: app
            .config
            .identity
            .oidc
            .iter()
            .map(|provider| SignInProvider { id: provider.id.clone(), name: provider.name.clone() })
            .collect(),
    }))
}
