//! Signing in at an OpenID provider: authorization code with PKCE.
//!
//! The browser leaves with a sealed cookie that says what it asked for, and comes back with a code; NOC gives the code in
//! for a token, believes the token if the provider's keys have signed it for this very question, and begins a session.

pub(crate) mod discovery;
mod exchange;
mod flow;
mod routes;

pub(super) use flow::place;
pub(super) use routes::routes;
