//! How a server was over time.

use serde::{Deserialize, Serialize};

use crate::{agents::Capacity, time::Timestamp};

/// How fine samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// One for each report; kept for 24 hours.
    Full,
    /// One for each hour; kept for 30 days.
    Hour,
}

impl Resolution {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Hour => "hour",
        }
    }
}

/// How a server was at a time, or on the average of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sample {
    /// When, or when the hour began.
    pub at: Timestamp,
    /// How many reports it is made of.
    pub reports: u32,
    /// Seconds since the machine started, at the end.
    pub uptime: u64,
    /// The share of the processors' time that was used, from 0 to 1; `null` if the agent did not say.
    #[serde(default)]
    pub cpu: Option<f64>,
    /// The highest share that a report told of.
    #[serde(default)]
    pub highest_cpu: Option<f64>,
    /// The load averages over 1, 5 and 15 minutes.
    pub load: [f64; 3],
    /// The highest load average over 1 minute.
    pub highest_load: f64,
    /// Memory.
    pub memory: Capacity,
    /// The least memory that was free.
    pub least_memory: u64,
    /// The root disk.
    pub disk: Capacity,
    /// How many services were healthy, at the worst.
    pub healthy: u32,
    /// How many services there are.
    pub services: u32,
    /// How often services were restarted, over the life of their containers.
    pub restarts: u64,
}

/// The answer of `GET /api/servers/{name}/metrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetricsAnswer {
    /// How fine they are.
    pub resolution: Resolution,
    /// From when.
    pub from: Timestamp,
    /// Until when, exclusively.
    pub to: Timestamp,
    /// The samples, oldest first. Where the server was silent there are none.
    pub samples: Vec<Sample>,
}
