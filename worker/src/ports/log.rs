//! Where log lines go.

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What happened.
    Info,
    /// What somebody should look at when there is time.
    Warn,
    /// What somebody should look at now.
    Error,
}

impl Level {
    /// The word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Takes finished log lines.
pub trait LogSink: Send + Sync {
    /// Writes one line of JSON.
    fn write(&self, level: Level, line: &str);
}
