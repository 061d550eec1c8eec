//! Rules by which machines exchange a token of their own issuer for one of NOC's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    access::Scope,
    id::{OrganizationId, TokenRuleId},
    time::Timestamp,
};

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenRule {
    /// Names it.
    pub id: TokenRuleId,
    /// What it is called, and so the tokens that it gives.
    pub name: String,
    /// Who signs the tokens that are taken, as `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// Whom they must be for.
    pub audience: String,
    /// What each must say: a text, or the beginning of one with `*` behind it.
    pub claims: BTreeMap<String, String>,
    /// What is given for it; at most what the rule's maker may do at that time.
    pub scopes: Vec<Scope>,
    /// The projects that the token is limited to; null for no such limit.
    pub projects: Option<Vec<String>>,
    /// The address of who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// The answer of `GET /api/tokens/rules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenRuleList {
    /// Rules by name.
    pub rules: Vec<TokenRule>,
}

/// The body of `PUT /api/tokens/rules/{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRuleRequest {
    /// Who signs the tokens that are taken. It publishes how at `/.well-known/openid-configuration`.
    pub issuer: String,
    /// Whom they must be for; nobody else's tokens should be.
    pub audience: String,
    /// What each must say: a text, or the beginning of one with `*` behind it. At least one.
    pub claims: BTreeMap<String, String>,
    /// What is given for it. None that is sensitive can be had in this way.
    pub scopes: Vec<Scope>,
    /// The projects that the token is limited to; no such limit when absent.
    #[serde(default)]
    pub projects: Option<Vec<String>>,
}

/// The body of `POST /api/tokens/exchange`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExchangeRequest {
    /// The token of the other issuer.
    pub token: String,
    /// Whose rules are meant; it has to be said only where several organizations would take the token.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
}

/// The answer of `POST /api/tokens/exchange`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangedToken {
    /// What to send as `Authorization: Bearer …`.
    pub token: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}
