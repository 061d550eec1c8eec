//! What a program writes, such as the Worker.

use std::{
    io::{BufRead as _, BufReader, Read},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use serde_json::Value;

use crate::wait::wait_for;

/// The lines that a program wrote, over all its starts. A clone is the same console.
#[derive(Clone, Debug, Default)]
pub struct Console(Arc<Mutex<Vec<String>>>);

/// How many lines a failed test shows.
const SHOWN: usize = 40;

impl Console {
    /// All lines.
    pub fn lines(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// Everything as one text.
    pub fn text(&self) -> String {
        self.lock().join("\n")
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// The structured lines: those that are JSON objects.
    pub fn entries(&self) -> Vec<Value> {
        self.entries_from(0)
    }

    /// The structured lines behind so many lines.
    pub fn entries_from(&self, line: usize) -> Vec<Value> {
        self.lock()
            .iter()
            .skip(line)
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(Value::is_object)
            .collect()
    }

    /// Puts a line of the test's own behind them.
    pub(crate) fn put(&self, line: String) {
        self.lock().push(line);
    }

    /// The structured lines with this message about this server.
    pub fn about(&self, server: &str, message: &str) -> Vec<Value> {
        let suffix = format!("/{server}");
        let is_about =
            |entry: &Value| entry["target"].as_str().is_some_and(|target| target.ends_with(&suffix));
        self.entries().into_iter().filter(|entry| entry["message"] == message && is_about(entry)).collect()
    }

    /// The first structured line that this is true of, as soon as there is one.
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, || self.entries().into_iter().find(&is_wanted))
    }

    /// The last lines, for whoever looks into a failed test.
    pub fn tail(&self) -> String {
        let lines = self.lock();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }

    /// Takes in every line of a stream, until its end. `is_taken` sees each first and keeps those for itself that it
    /// says yes to.
    pub fn follow(
        &self,
        stream: impl Read + Send + 'static,
        is_taken: impl Fn(&str) -> bool + Send + 'static,
    ) {
        let console = self.clone();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                if !is_taken(&text) {
                    console.lock().push(text);
                }
                line.clear();
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        // A test that panicked while it looked has left the lines as they were.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
