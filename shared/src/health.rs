//! How NOC itself is.

use serde::{Deserialize, Serialize};

/// The answer of `GET /api/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// Whether everything that was looked at works.
    pub ok: bool,
    /// The version of the Worker.
    pub version: String,
    /// Settings that are missing or cannot be used; nothing can be deployed until they are there.
    pub missing: Vec<String>,
    /// Settings that are there and cannot be used. NOC runs without them, and without what they are for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<String>,
    /// Each part and how it is.
    pub parts: Vec<PartHealth>,
}

/// How one part is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartHealth {
    /// The part: `d1`, `kv`, `durable_objects`, or a provider.
    pub name: String,
    /// Whether it works.
    pub ok: bool,
    /// How long it took to answer, in milliseconds.
    pub latency_ms: u64,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How many more requests the provider takes now, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_requests: Option<u64>,
}
