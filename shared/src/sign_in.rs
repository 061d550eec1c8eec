//! Signing in.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The answer of `GET /api/sign-in`: which ways there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignInWays {
    /// Whether nobody has signed in yet, and the bootstrap token makes the first owner.
    pub bootstrap: bool,
    /// Whether there is a break-glass credential.
    pub break_glass: bool,
    /// Whether Cloudflare Access stands before this NOC, so that `GET /api/sign-in/access` signs in.
    pub access: bool,
    /// OpenID providers.
    pub providers: Vec<SignInProvider>,
}

/// An OpenID provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignInProvider {
    /// Names it: `GET /api/sign-in/oidc/{id}` leads to it.
    pub id: String,
    /// What people know it by.
    pub name: String,
}

/// The answer of `POST /api/sign-in/oidc/{id}/link`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProviderAddress {
    /// Where the browser goes to be known at the provider.
    pub url: String,
}

/// The body of `POST /api/sign-in/bootstrap`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BootstrapRequest {
    /// The bootstrap token, as it was set as a secret of the Worker.
    pub token: String,
    /// The first owner's address.
    pub email: String,
    /// What the first owner is called.
    pub name: String,
}

/// The body of `POST /api/sign-in/break-glass`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BreakGlassRequest {
    /// The sealed credential.
    pub credential: String,
}

/// The body of `POST /api/sign-in/link`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// What stood in the link.
    pub link: String,
}

/// The answer of `POST /api/session/links`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignInLink {
    /// Opens the dashboard and signs in, once. It is shown this one time.
    pub url: String,
    /// Until when.
    pub expires_at: Timestamp,
}
