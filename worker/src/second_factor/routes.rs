//! The routes of the second factor.

use std::sync::Arc;

use axum::routing::{MethodRouter, delete, get, post};
use http::Method;
use noc_shared::{
    passkeys::AssertionOptions,
    second_factor::{CodesBegun, ConfirmRequest, ProofRequest, Proven, RecoveryCodes, SecondFactor},
};

use super::{codes, proof};
use crate::{
    api::{Answer, Operation, Proof, Requires, Route, schema},
    app::App,
};

/// The routes of the second factor.
pub fn routes() -> Vec<Route> {
    let route = |method, path, proof, operation, handler: MethodRouter<Arc<App>>| {
        Route::new(method, path, Requires::Session(proof), operation, handler)
    };
    vec![
        route(
            Method::GET,
            "/api/second-factor",
            Proof::None,
            Operation {
                id: "show_second_factor",
                summary: "What one can prove the second factor with.",
                answers: vec![Answer::json(200, "always", schema::<SecondFactor>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            get(codes::show),
        ),
        route(
            Method::POST,
            "/api/second-factor/codes",
            Proof::FactorOrFresh,
            Operation {
                id: "begin_codes",
                summary: "Gives an app what it needs to show codes, once. They count when a first one was right.",
                answers: vec![Answer::json(201, "it waits for a first code", schema::<CodesBegun>())],
                refusals: &[409, 422, 503],
                audits: "second_factor.begin",
                ..Operation::default()
            },
            post(codes::begin),
        ),
        route(
            Method::POST,
            "/api/second-factor/codes/confirm",
            Proof::FactorOrFresh,
            Operation {
                id: "confirm_codes",
                summary: "Says the first code: from now on codes count. Gives ten recovery codes, once.",
                body: Some(schema::<ConfirmRequest>()),
                answers: vec![Answer::json(200, "the code is right", schema::<RecoveryCodes>())],
                refusals: &[400, 404, 409, 413, 415, 422, 429, 503],
                audits: "second_factor.codes",
                ..Operation::default()
            },
            post(codes::confirm),
        ),
        route(
            Method::DELETE,
            "/api/second-factor/codes",
            Proof::Factor,
            Operation {
                id: "remove_codes",
                summary: "From now on codes prove nothing. Recovery codes stay.",
                answers: vec![Answer::empty("they do not")],
                refusals: &[404, 422, 503],
                audits: "second_factor.remove",
                ..Operation::default()
            },
            delete(codes::remove),
        ),
        route(
            Method::POST,
            "/api/second-factor/recovery",
            Proof::Factor,
            Operation {
                id: "renew_recovery_codes",
                summary: "Gives ten recovery codes, once. Those from before are good for nothing.",
                answers: vec![Answer::json(200, "always", schema::<RecoveryCodes>())],
                refusals: &[422, 503],
                audits: "second_factor.recovery",
                ..Operation::default()
            },
            post(codes::renew_recovery_codes),
        ),
        route(
            Method::POST,
            "/api/session/proof/challenge",
            Proof::None,
            Operation {
                id: "ask_for_proof",
                summary: "What one of one's own passkeys is asked to sign, within five minutes.",
                answers: vec![Answer::json(200, "always", schema::<AssertionOptions>())],
                refusals: &[422, 503],
                ..Operation::default()
            },
            post(proof::ask),
        ),
        route(
            Method::POST,
            "/api/session/proof",
            Proof::None,
            Operation {
                id: "prove_second_factor",
                summary: "Proves the second factor by a passkey, a code or a recovery code. It counts for ten minutes.",
                body: Some(schema::<ProofRequest>()),
                answers: vec![Answer::json(200, "it is proven", schema::<Proven>())],
                refusals: &[400, 409, 413, 415, 422, 429, 503],
                audits: "sessions.prove",
                ..Operation::default()
            },
            post(proof::prove),
        ),
    ]
}
