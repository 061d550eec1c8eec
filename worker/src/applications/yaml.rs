//! Reads a template that somebody has written, and remembers on which line each part of it stands.

use std::{collections::BTreeMap, fmt};

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// A template is no deeper than this; cloud-init's own keys are six deep.
const DEEPEST: usize = 32;

/// What is wrong in a template, and on which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) reason: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.reason)
    }
}

/// On which line each part of a document stands, by its path: `write_files/0/content`.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// The line on which a text first stands.
    pub(super) fn of_text(&self, document: &str, text: &str) -> usize {
        document.lines().position(|line| line.contains(text)).map_or(1, |index| index + 1)
    }

    /// The line of a part, or of what it is in.
    pub(super) fn of(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return *line;
            }
            match path.rsplit_once('/') {
                Some((parent, _)) => path = parent,
                None => return 1,
            }
        }
    }
}

/// A document as a tree. Anchors, aliases and tags are refused: nothing is hidden in what is read.
pub(super) fn parse(text: &str) -> Result<(Value, Lines), Wrong> {
    let mut reader = Reader { events: Parser::new_from_str(text), lines: Lines::default() };
    let mut documents = Vec::new();
    loop {
        let (event, line) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd | Event::Comment(..) => {}
            _ if !documents.is_empty() => {
                return Err(wrong(line, "a template is one document"));
            }
            event => documents.push(reader.node(event, line, String::new(), 0)?),
        }
    }
    match documents.pop() {
        Some(tree) => Ok((tree, reader.lines)),
        None => Err(wrong(1, "the template is empty")),
    }
}

fn wrong(line: usize, reason: impl Into<String>) -> Wrong {
    Wrong { line, reason: reason.into() }
}

struct Reader<'input, T: granit_parser::BorrowedInput<'input>> {
    events: Parser<'input, T>,
    lines: Lines,
}

impl<'input, T: granit_parser::BorrowedInput<'input>> Reader<'input, T> {
    fn next(&mut self) -> Result<(Event<'input>, usize), Wrong> {
        loop {
            match self.events.next() {
                None => return Ok((Event::StreamEnd, 1)),
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, span))) => return Ok((event, span.start.line())),
                Some(Err(error)) => return Err(wrong(error.marker().line(), error.info())),
            }
        }
    }

    fn node(
        &mut self,
        event: Event<'input>,
        line: usize,
        path: String,
        depth: usize,
    ) -> Result<Value, Wrong> {
        if depth > DEEPEST {
            return Err(wrong(line, "the template is too deep"));
        }
        self.lines.0.insert(path.clone(), line);
        match event {
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(_, anchor, _)
            | Event::MappingStart(_, anchor, _)
                if anchor != 0 =>
            {
                Err(wrong(line, "anchors are not taken here; write it out"))
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => Err(wrong(line, "tags are not taken here")),
            Event::Scalar(text, style, ..) => Ok(scalar(&text, style)),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    let (event, line) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        return Ok(Value::Array(items));
                    }
                    let path = under(&path, &items.len().to_string());
                    items.push(self.node(event, line, path, depth + 1)?);
                }
            }
            Event::MappingStart(..) => {
                let mut fields = Map::new();
                loop {
                    let (event, line) = self.next()?;
                    if matches!(event, Event::MappingEnd) {
                        return Ok(Value::Object(fields));
                    }
                    let Event::Scalar(name, ..) = event else {
                        return Err(wrong(line, "the name of a field is a text"));
                    };
                    let name = name.into_owned();
                    if fields.contains_key(&name) {
                        return Err(wrong(line, format!("{name} is there twice")));
                    }
                    let path = under(&path, &name);
                    let (event, _) = self.next()?;
                    let value = self.node(event, line, path, depth + 1)?;
                    fields.insert(name, value);
                }
            }
            _ => Err(wrong(line, "aliases are not taken here; write it out")),
        }
    }
}

fn under(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// A plain text means what cloud-init, which reads YAML 1.1, takes it for. A number that begins with a zero stays a text:
/// it is a file's mode.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.starts_with(|first: char| first.is_ascii_digit())
        && (digits == "0" || digits.starts_with("0.") || !digits.starts_with('0'));
    let number = is_number.then(|| {
        let float = || text.parse().ok().and_then(Number::from_f64);
        text.parse::<i64>().ok().map(Number::from).or_else(float)
    });
    number.flatten().map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_read_as_cloud_init_would_read_it() {
        let text = "#cloud-config\na: yes\nb: [1, 0644, '1', 1.5, ~]\nc:\n  - d: |\n      x: #1\n      y\n";
        let (tree, lines) = parse(text).unwrap();
        let expected = json!({ "a": true, "b": [1, "0644", "1", 1.5, null], "c": [{ "d": "x: #1\ny\n" }] });
        assert_eq!(tree, expected);
        assert_eq!((lines.of("a"), lines.of("b/2"), lines.of("c/0/d"), lines.of("c/9/z")), (2, 3, 5, 4));
    }

    #[test]
    fn what_does_not_read_is_refused_with_its_line() {
        for (text, line, part) in [
            ("", 1, "empty"),
            ("a: 1\nb: [", 2, ""),
            ("a: 1\na: 2\n", 2, "a is there twice"),
            ("a: &x 1\nb: *x\n", 1, "anchors"),
            ("a: !!python/object 1\n", 1, "tags"),
            ("a: 1\n---\nb: 2\n", 3, "one document"),
            ("a: 1\n\tb: 2\n", 2, ""),
            ("? [a]\n: 1\n", 1, "a text"),
        ] {
            let wrong = parse(text).unwrap_err();
            assert!(wrong.reason.contains(part), "{text:?}: {wrong}");
            assert!(wrong.line.abs_diff(line) <= 1, "{text:?}: {wrong}");
        }
        assert!(parse(&"[".repeat(10_000)).is_err());
    }
}
