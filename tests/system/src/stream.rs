//! Server-sent events, read while they come.

use std::io::{BufRead as _, BufReader, Read};

use serde_json::Value;

/// An open stream of server-sent events. To drop it is to cut the connection.
pub struct Events {
    lines: BufReader<Box<dyn Read + Send>>,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where to go on after it.
    pub id: u64,
    /// What kind of thing it is.
    pub name: String,
    /// What it says.
    pub data: Value,
}

impl Events {
    pub(crate) fn new(stream: impl Read + Send + 'static) -> Self {
        Self { lines: BufReader::new(Box::new(stream)) }
    }

    /// Reads on until an event that this is true of, and gives all that were read.
    #[track_caller]
    pub fn read_until(&mut self, what: &str, is_last: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut read: Vec<Event> = Vec::new();
        while !read.last().is_some_and(&is_last) {
            let Some(event) = self.next() else {
                panic!("the stream has ended before {what}; it had {read:#?}");
            };
            read.push(event);
        }
        read
    }
}

impl Iterator for Events {
    type Item = Event;

    /// The next event; none at the end of the stream.
    fn next(&mut self) -> Option<Event> {
        let (mut id, mut name, mut data) = (None, None, None);
        loop {
            let mut line = String::new();
            let read =
                self.lines.read_line(&mut line).unwrap_or_else(|error| panic!("the stream broke: {error}"));
            if read == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", text)) => id = text.parse().ok(),
                Some(("event", text)) => name = Some(text.to_owned()),
                Some(("data", text)) => data = serde_json::from_str(text).ok(),
                _ if line != "\n" => {}
                _ => {
                    // A comment or a `retry` alone is no event.
                    if let (Some(id), Some(name), Some(data)) = (id.take(), name.take(), data.take()) {
                        return Some(Event { id, name, data });
                    }
                }
            }
        }
    }
}
