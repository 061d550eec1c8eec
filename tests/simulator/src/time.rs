//! Points in time as numbers, and the one form in which providers write them.

use chrono::{DateTime, SecondsFormat};

/// Milliseconds since the Unix epoch.
pub type Millis = u64;

/// `2026-11-20T10:00:00Z`, the form of DigitalOcean.
pub(crate) fn rfc3339_seconds(at: Millis) -> String {
    format(at, SecondsFormat::Secs)
}

/// `2026-11-20T10:00:00.000Z`, the form of Infisical.
pub(crate) fn rfc3339_millis(at: Millis) -> String {
    format(at, SecondsFormat::Millis)
}

/// `2026-11-20T10:00:00.000000Z`, the form of Cloudflare.
pub(crate) fn rfc3339_micros(at: Millis) -> String {
    format(at, SecondsFormat::Micros)
}

fn format(at: Millis, precision: SecondsFormat) -> String {
    // A time beyond the calendar can only come from a caller's broken clock; the epoch makes that visible.
    i64::try_from(at)
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .unwrap_or_default()
        .to_rfc3339_opts(precision, true)
}
