//! The lines of the programs that run, each with the name of its program in front.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::console;

/// Until everything runs, lines are held back: they matter only if it never does.
static SHOWING: AtomicBool = AtomicBool::new(false);

/// The lines of one program.
#[derive(Clone)]
pub(super) struct Relay {
    name: &'static str,
    held_back: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// For the program called `name`.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, held_back: Arc::default() }
    }

    /// Shows a line, or holds it back while everything starts.
    pub(super) fn line(&self, line: &str) {
        let Some(line) = worth_showing(line) else { return };
        if SHOWING.load(Ordering::SeqCst) || is_complaint(&line) {
            self.show(&line);
        } else {
            self.held_back.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    /// Shows what was held back: the program ended while everything started.
    pub(super) fn show_what_was_held_back(&self) {
        // What was held back of a start that went well is of no interest at the end.
        if SHOWING.load(Ordering::SeqCst) || crate::process::interrupted() {
            return;
        }
        for line in self.held_back.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            self.show(&line);
        }
    }

    fn show(&self, line: &str) {
        console::say(&format!("{:<9} | {line}", self.name));
    }
}

/// From now on every line is shown as it comes.
pub(super) fn show_all() {
    SHOWING.store(true, Ordering::SeqCst);
}

/// The line without what only decorates it; `None` if nothing is left.
fn worth_showing(line: &str) -> Option<String> {
    const NOISE: &[&str] = &[
        "Using secrets defined in",
        "Your Worker has access to the following bindings",
        "[custom build] Running",
        // This tool looks every few seconds whether the Worker answers.
        "\"request\":\"GET /api/health\",\"status\":200",
        "GET /api/health 200",
    ];
    let text = plain(line);
    let text = text.trim_end();
    let empty = text.chars().all(|letter| letter.is_whitespace() || "─│╭╮╰╯-".contains(letter));
    if empty || text == "[custom build]" || NOISE.iter().any(|noise| text.contains(noise)) {
        return None;
    }
    Some(text.to_owned())
}

fn is_complaint(line: &str) -> bool {
    ["[ERROR]", "[WARNING]", "error:"].iter().any(|sign| line.contains(sign))
}

/// The line without the escape sequences that colour it.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter != '\x1b' {
            text.push(letter);
        } else if letters.next() == Some('[') {
            // A sequence ends with its first letter.
            let _ = letters.find(|letter| letter.is_ascii_alphabetic());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoration_is_dropped_and_the_rest_is_kept() {
        for (line, shown) in [
            ("", None),
            ("───────────", None),
            ("[custom build] ", None),
            ("Using secrets defined in .dev.vars", None),
            (
                "\x1b[32m[wrangler:info]\x1b[39m GET /api/servers 200 OK (3ms)",
                Some("[wrangler:info] GET /api/servers 200 OK (3ms)"),
            ),
            ("{\"level\":\"info\"}", Some("{\"level\":\"info\"}")),
        ] {
            assert_eq!(worth_showing(line).as_deref(), shown, "{line:?}");
        }
    }

    #[test]
    fn complaints_are_shown_at_once() {
        for (line, expected) in [("✘ [ERROR] no such table", true), ("GET /api/errors 200", false)] {
            assert_eq!(is_complaint(line), expected, "{line}");
        }
    }
}
