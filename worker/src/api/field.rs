//! Which field of a JSON text a place in it belongs to.
//!
//! serde says only at which line and column something is wrong. A reader that keeps track of the fields would be made by the
//! compiler once more for each type of a body, which was an eighth of the Worker; the few requests that are wrong are looked
//! through again instead.

/// Where one is: in an object behind a key, or in a list.
enum Frame {
    Object { key: Option<String>, awaits_key: bool },
    List { index: usize },
}

/// A place in a text that is JSON at least up to there.
pub(super) struct Place(Vec<Frame>);

impl Place {
    /// The place that is reached when so many bytes of this line, counted from 1, were read.
    pub(super) fn of(bytes: &[u8], line: usize, column: usize) -> Self {
        let begins = bytes.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
        let offset = begins.map(<[u8]>::len).sum::<usize>() + column;
        let mut frames: Vec<Frame> = Vec::new();
        let read = bytes.get(..offset).unwrap_or(bytes);
        let mut at = 0;
        while let Some(byte) = read.get(at) {
            at += 1;
            match (byte, frames.last_mut()) {
                (b'{', _) => frames.push(Frame::Object { key: None, awaits_key: true }),
                (b'[', _) => frames.push(Frame::List { index: 0 }),
                (b'}' | b']', _) => drop(frames.pop()),
                (b',', Some(Frame::List { index })) => *index += 1,
                (b',', Some(Frame::Object { awaits_key, .. })) => *awaits_key = true,
                (b'"', frame) => {
                    let text = read.get(at..).unwrap_or_default();
                    let length = length_of_text(text);
                    if let Some(Frame::Object { key, awaits_key }) = frame
                        && *awaits_key
                    {
                        *key = Some(String::from_utf8_lossy(text.get(..length).unwrap_or(text)).into_owned());
                        *awaits_key = false;
                    }
                    at += length + 1;
                }
                _ => {}
            }
        }
        Self(frames)
    }

    /// The field, as `a.b[2].c`; empty for the whole.
    pub(super) fn field(&self) -> String {
        path(&self.0)
    }

    /// A field of the object that is about to end here.
    pub(super) fn missing(&self, name: &str) -> String {
        let parent = self.0.split_last().map(|(_, parents)| path(parents)).unwrap_or_default();
        if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
    }
}

/// How many bytes there are up to the quote that ends a text.
fn length_of_text(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let ends = |byte: &u8| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    };
    text.iter().position(ends).unwrap_or(text.len())
}

fn path(frames: &[Frame]) -> String {
    let mut path = String::new();
    for frame in frames {
        match frame {
            Frame::Object { key: Some(key), .. } if path.is_empty() => path.push_str(key),
            Frame::Object { key: Some(key), .. } => path.push_str(&format!(".{key}")),
            Frame::Object { key: None, .. } => {}
            Frame::List { index } => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_in_the_field_that_was_read_last() {
        // What is read ends at the bar.
        let cases = [
            (r#"|{"a":1}"#, "", "x"),
            (r#"{"a|":1}"#, "a", "x"),
            (r#"{"a":1|}"#, "a", "x"),
            (r#"{"a":1,"b":"}]{,|"}"#, "b", "x"),
            (r#"{"a":{"b":[1,{"c":tr|ue}]}}"#, "a.b[1].c", "a.b[1].x"),
            (r#"{"a":{|}}"#, "a", "a.x"),
            (r#"{"a":{"b":1|}}"#, "a.b", "a.x"),
            (r#"{"a":{"b":1}|}"#, "a", "x"),
            (r#"{"a\"b":1|}"#, r#"a\"b"#, "x"),
            ("{\n \"a\":\n [1,\n2|]}", "a[1]", "a.x"),
        ];
        for (text, field, missing) in cases {
            let (read, _) = text.split_once('|').unwrap();
            let line = read.matches('\n').count() + 1;
            let column = read.rsplit('\n').next().unwrap().len();
            let place = Place::of(text.replace('|', "").as_bytes(), line, column);
            assert_eq!((place.field().as_str(), place.missing("x").as_str()), (field, missing), "{text}");
        }
    }

    #[test]
    fn any_bytes_and_any_place_have_some_answer() {
        for text in ["", "}", "]]]", "\"", "\\\"", "{\"", "[,,,", "\u{0}"] {
            for (line, column) in [(0, 0), (1, 1), (9, 9), (usize::MAX, 3)] {
                Place::of(text.as_bytes(), line, column).field();
            }
        }
    }
}
