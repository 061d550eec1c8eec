//! How much a line of a service matters, as the line says of itself.

use noc_shared::servers::LogLevel;

/// A line says how much it matters near its beginning, in front of what it is about.
const LOOKED_AT: usize = 200;

/// How much a line matters. A word counts only as a whole: `0 errors` says that there is none.
pub(super) fn level_of(line: &str) -> LogLevel {
    let words = line
        .char_indices()
        .take_while(|(index, _)| *index < LOOKED_AT)
        .map(|(_, letter)| letter.to_ascii_lowercase())
        .collect::<String>();
    words
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .find_map(|word| match word {
            "error" | "err" | "fatal" | "panic" | "crit" | "critical" | "emerg" | "alert" => {
                Some(LogLevel::Error)
            }
            "warn" | "warning" => Some(LogLevel::Warning),
            "debug" | "trace" => Some(LogLevel::Debug),
            "info" | "notice" => Some(LogLevel::Info),
            _ => None,
        })
        .unwrap_or(LogLevel::Info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_it_matters() {
        for (line, expected) in [
            ("listening on 8080", LogLevel::Info),
            ("2026-11-20 10:00:00.123 [error] <0.1.0> closing connection", LogLevel::Error),
            (r#"{"level":"warn","msg":"slow"}"#, LogLevel::Warning),
            ("1:M 20 Nov 2026 10:00:00.000 # WARNING: overcommit", LogLevel::Warning),
            ("DEBUG pool: 3 idle", LogLevel::Debug),
            ("INFO retry after error", LogLevel::Info),
            ("done with 0 errors", LogLevel::Info),
            ("", LogLevel::Info),
        ] {
            assert_eq!(level_of(line), expected, "{line}");
        }
        assert_eq!(level_of(&format!("{} error", "é".repeat(200))), LogLevel::Info);
    }
}
