//! The text of an event stream, taken apart.

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// Where to go on after it.
    pub(super) id: Option<u64>,
    /// What it says.
    pub(super) data: String,
}

/// Takes the pieces of a stream as they come, however they are cut.
#[derive(Default)]
pub(super) struct Parser {
    rest: String,
}

impl Parser {
    /// The events that are complete with this piece.
    pub(super) fn feed(&mut self, piece: &str) -> Vec<Event> {
        self.rest.push_str(piece);
        let mut events = Vec::new();
        // The Worker ends lines with a line feed alone.
        while let Some(end) = self.rest.find("\n\n") {
            let block: String = self.rest.drain(..end + 2).collect();
            events.extend(event(&block));
        }
        events
    }
}

fn event(block: &str) -> Option<Event> {
    let mut event = Event::default();
    for line in block.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => event.id = value.parse().ok(),
            "data" => {
                if !event.data.is_empty() {
                    event.data.push('\n');
                }
                event.data.push_str(value);
            }
            // A comment, the name of the event, or how soon to come back: nothing that is needed here.
            _ => {}
        }
    }
    (!event.data.is_empty()).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_however_it_is_cut() {
        let stream = "retry: 2000\n\nid: 1\nevent: event\ndata: {\"a\":1}\n\n: nothing new\n\nid: 2\ndata: x\ndata: y\n\n";
        let expected = [
            Event { id: Some(1), data: "{\"a\":1}".to_owned() },
            Event { id: Some(2), data: "x\ny".to_owned() },
        ];
        for size in [1, 2, 3, 7, 1_000] {
            let mut parser = Parser::default();
            let letters: Vec<char> = stream.chars().collect();
            let events: Vec<Event> = letters
                .chunks(size)
                .flat_map(|piece| parser.feed(&piece.iter().collect::<String>()))
                .collect();
            assert_eq!(events, expected, "pieces of {size}");
        }
    }

    #[test]
    fn half_an_event_is_none() {
        assert_eq!(Parser::default().feed("id: 1\ndata: x\n"), []);
    }
}
