//! A route as data. The router and the OpenAPI document are both made from the same list, so that neither can forget
//! one.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, State},
    middleware::from_fn_with_state,
    routing::MethodRouter,
};
use http::{HeaderMap, Method};
use noc_shared::access::Scope;

use super::{BODY_LIMIT, body::BodyLimit};
use crate::{
    access::{Gate, gate, nowhere},
    app::App,
    error::ApiError,
};

/// A route.
pub struct Route {
    /// What it does.
    pub method: Method,
    /// Where it is, with `{name}` for what is variable.
    pub path: &'static str,
    /// What a caller must prove.
    pub requires: Requires,
    /// What it is, for the OpenAPI document.
    pub operation: Operation,
    /// The longest body that it takes, in bytes.
    pub body_limit: usize,
    /// Does it.
    pub handler: MethodRouter<Arc<App>>,
}

impl Route {
    /// A route whose bodies are as long as they may be where nothing else is said.
    pub fn new(
        method: Method,
        path: &'static str,
        requires: Requires,
        operation: Operation,
        handler: MethodRouter<Arc<App>>,
    ) -> Self {
        Self { method, path, requires, operation, body_limit: BODY_LIMIT, handler }
    }
}

/// What a caller must prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requires {
    /// Nothing, for this reason.
    Nothing(&'static str),
    /// Somebody who is signed in, or a token; whatever they may do.
    SignedIn,
    /// A person's session.
    Session(Proof),
    /// A principal with this scope in the whole organization.
    Scope(Scope),
    /// A principal with this scope at least in a project; the handler looks only at what is within the caller's reach.
    InProject(Scope),
    /// The signature of a server's agent, or the token that its machine was made with.
    Agent,
}

impl Requires {
    /// Whether a route is about what belongs to an organization. What belongs to a person, as their sessions and their
    /// passkeys, is the same in each of theirs.
    pub const fn within_an_organization(self) -> bool {
        matches!(self, Self::Scope(_) | Self::InProject(_))
    }
}

/// What a person's session must have proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing more.
    None,
    /// The second factor, within the last ten minutes.
    Factor,
    /// That, or for somebody who has no second factor yet, a sign-in within the last ten minutes.
    FactorOrFresh,
}

/// What a route is, for the OpenAPI document.
#[derive(Clone, Default)]
pub struct Operation {
    /// Names it for programs.
    pub id: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What may stand in the query, and headers that matter.
    pub parameters: &'static [Parameter],
    /// The body that it takes.
    pub body: Option<Schema>,
    /// What it answers when it succeeds.
    pub answers: Vec<Answer>,
    /// The statuses of its refusals, but for those of the gate.
    pub refusals: &'static [u16],
    /// What the audit calls what it changes; empty for a route that changes nothing.
    pub audits: &'static str,
}

/// Something that may stand in the query or in a header.
#[derive(Clone, Copy)]
pub struct Parameter {
    /// Its name. One that begins with a capital letter is a header's.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What it may be.
    pub values: Values,
}

impl Parameter {
    /// Where a list goes on.
    pub const CURSOR: Self =
        Self { name: "cursor", description: "What next_cursor said.", values: Values::Text };

    /// How long a page of a list is.
    pub const LIMIT: Self = Self {
        name: "limit",
        description: "How many at most, up to 500; 100 when absent.",
        values: Values::UpTo(500),
    };
}

/// What a parameter may be.
#[derive(Clone, Copy)]
pub enum Values {
    /// Any text.
    Text,
    /// `1` or `0`.
    Switch,
    /// A number from 1 to this.
    UpTo(u64),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// What a route answers when it succeeds.
#[derive(Clone, Copy)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// When it is answered.
    pub when: &'static str,
    /// The type of the body's media.
    pub media: &'static str,
    /// The body's shape.
    pub schema: Option<Schema>,
}

impl Answer {
    /// An answer in JSON.
    pub const fn json(status: u16, when: &'static str, schema: Schema) -> Self {
        Self { status, when, media: "application/json", schema: Some(schema) }
    }

    /// An answer with nothing to read.
    pub const fn empty(when: &'static str) -> Self {
        Self { status: 204, when, media: "", schema: None }
    }

    /// An answer as a stream of events.
    pub const fn stream(when: &'static str) -> Self {
        Self { status: 200, when, media: "text/event-stream", schema: None }
    }
}

/// The shape of a body. The Worker itself does not know it: shapes are only needed where the document is made.
#[cfg(feature = "openapi")]
pub type Schema = fn(&mut schemars::SchemaGenerator) -> schemars::Schema;

/// The shape of a body. The Worker itself does not know it: shapes are only needed where the document is made.
#[cfg(not(feature = "openapi"))]
#[derive(Clone, Copy)]
pub struct Schema;

/// The shape of a type.
#[cfg(feature = "openapi")]
pub const fn schema<T: schemars::JsonSchema>() -> Schema {
    |generator| generator.subschema_for::<T>()
}

/// The shape of a type.
#[cfg(not(feature = "openapi"))]
pub const fn schema<T>() -> Schema {
    Schema
}

/// The router of the routes, each behind the gate.
pub fn router(app: &Arc<App>, routes: Vec<Route>) -> Router<Arc<App>> {
    routes
        .into_iter()
        .fold(Router::new(), |router, route| {
            let limit = route.body_limit;
            let guarded = Gate { app: Arc::clone(app), requires: route.requires, route: route.operation.id };
            let handler: MethodRouter<Arc<App>> = route.handler.layer(DefaultBodyLimit::max(limit));
            let handler = handler.layer(Extension(BodyLimit(limit)));
            router.route(route.path, handler.layer(from_fn_with_state(guarded, gate)))
        })
        .method_not_allowed_fallback(|State(app): State<Arc<App>>, headers: HeaderMap| async move {
            nowhere(&app, &headers, ApiError::MethodNotAllowed).await
        })
        .fallback(|State(app): State<Arc<App>>, headers: HeaderMap| async move {
            nowhere(&app, &headers, ApiError::NoRoute).await
        })
}
