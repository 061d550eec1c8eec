//! Log lines, to the platform.

use crate::ports::{Level, LogSink};

pub(super) struct PlatformLog;

impl LogSink for PlatformLog {
    fn write(&self, level: Level, line: &str) {
        match level {
            Level::Info => worker::console_log!("{line}"),
            Level::Warn => worker::console_warn!("{line}"),
            Level::Error => worker::console_error!("{line}"),
        }
    }
}
