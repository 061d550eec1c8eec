//! The OpenAPI document, as it is served.

use axum::{
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{Method, header::CONTENT_TYPE};

use super::{Answer, BODY_LIMIT, Operation, Parameters, Requires, Route};
use crate::error::ApiError;

/// Made from the routes by `cargo xtask snapshots`; a test says when it is not what they say.
const DOCUMENT: &str = include_str!("../../openapi.json");

/// The route of the document.
pub fn routes() -> Vec<Route> {
    vec![Route {
        method: Method::GET,
        path: "/api/openapi.json",
        requires: Requires::Nothing("it says nothing about any organization"),
        operation: Operation {
            id: "get_openapi_document",
            summary: "This document.",
            answers: vec![Answer { status: 200, when: "always", media: "application/json", schema: None }],
            refusals: &[422],
            ..Operation::default()
        },
        body_limit: BODY_LIMIT,
        handler: get(show),
    }]
}

async fn show(parameters: Parameters) -> Result<Response, ApiError> {
    parameters.end()?;
    Ok(([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response())
}
