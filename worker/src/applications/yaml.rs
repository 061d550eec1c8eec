//! Reads a template that somebody has written, and remembers on which line each part of it stands.

use std::{collections::BTreeMap, fmt};

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// A template is no deeper than this; cloud-init's own keys are six deep.
const DEEPEST: usize = 32;

/// The longest name of a field: that of a file or of a source of packages, which somebody has thought of.
const LONGEST_NAME: usize = 200;

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

/// On which line each part of a document stands: a tree like the document, so that it is no larger than that. The path of
/// each part, written out, would be: a long name with a long list under it makes many long paths.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: usize,
    parts: BTreeMap<String, Lines>,
}

impl Lines {
    /// The line on which a text first stands.
    pub(super) fn of_text(&self, document: &str, text: &str) -> usize {
        document.lines().position(|line| line.contains(text)).map_or(1, |index| index + 1)
    }

    /// The line of a part, as `write_files/0/content`, or of what it is in.
    pub(super) fn of(&self, path: &str) -> usize {
        let mut part = self;
        for name in path.split('/') {
            match part.parts.get(name) {
                Some(inner) => part = inner,
                None => break,
            }
        }
        part.line.max(1)
    }
}

/// A document as a tree. Anchors, aliases and tags are refused: nothing is hidden in what is read.
pub(super) fn parse(text: &str) -> Result<(Value, Lines), Wrong> {
    let mut reader = Reader { events: Parser::new_from_str(text) };
    let mut documents = Vec::new();
    loop {
        let (event, line) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd | Event::Comment(..) => {}
            _ if !documents.is_empty() => {
                return Err(wrong(line, "a template is one document"));
            }
            event => documents.push(reader.node(event, line, 0)?),
        }
    }
    match documents.pop() {
        Some((tree, lines)) => Ok((tree, Lines { line: 1, ..lines })),
        None => Err(wrong(1, "the template is empty")),
    }
}

fn wrong(line: usize, reason: impl Into<String>) -> Wrong {
    Wrong { line, reason: reason.into() }
}

struct Reader<'input, T: granit_parser::BorrowedInput<'input>> {
    events: Parser<'input, T>,
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

    fn node(&mut self, event: Event<'input>, line: usize, depth: usize) -> Result<(Value, Lines), Wrong> {
        if depth > DEEPEST {
            return Err(wrong(line, "the template is too deep"));
        }
        let mut parts = BTreeMap::new();
        let value = match event {
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
                        break Ok(Value::Array(items));
                    }
                    let (item, lines) = self.node(event, line, depth + 1)?;
                    parts.insert(items.len().to_string(), lines);
                    items.push(item);
                }
            }
            Event::MappingStart(..) => {
                let mut fields = Map::new();
                loop {
                    let (event, line) = self.next()?;
                    if matches!(event, Event::MappingEnd) {
                        break Ok(Value::Object(fields));
                    }
                    let Event::Scalar(name, ..) = event else {
                        return Err(wrong(line, "the name of a field is a text"));
                    };
                    let name = name.into_owned();
                    if fields.contains_key(&name) {
                        return Err(wrong(line, format!("{name} is there twice")));
                    }
                    if name.len() > LONGEST_NAME {
                        return Err(wrong(line, "the name of a field has at most 200 bytes"));
                    }
                    let (event, _) = self.next()?;
                    let (value, lines) = self.node(event, line, depth + 1)?;
                    parts.insert(name.clone(), lines);
                    fields.insert(name, value);
                }
            }
            _ => Err(wrong(line, "aliases are not taken here; write it out")),
        };
        Ok((value?, Lines { line, parts }))
    }
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

    /// What was read takes memory by how long it is, whatever is in it.
    #[test]
    fn what_is_made_to_take_much_time_or_memory_does_not() {
        let items = "1,".repeat(30_000);
        for (text, is_good) in [
            (format!("? {}\n: [{items}]", "k".repeat(60_000)), false),
            (format!("{}: [{items}]", "k".repeat(200)), true),
            (format!("a: [{}]", "{},".repeat(40_000)), true),
            (format!("a: [{}]", "{a: ".repeat(30_000)), false),
            ("- ".repeat(50_000), false),
            ("? ".repeat(50_000), false),
            ("a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]".to_owned(), false),
            ((0..20_000).map(|number| format!("k{number}: 1\n")).collect(), true),
            (format!("a: |\n{}", "  x\n".repeat(30_000)), true),
        ] {
            let read = parse(&text);
            assert_eq!(
                read.is_ok(),
                is_good,
                "{}: {:?}",
                text.chars().take(30).collect::<String>(),
                read.err()
            );
        }
    }
}
