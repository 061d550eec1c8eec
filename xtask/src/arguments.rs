//! Reading a command's arguments: options that take a value, flags, and the rest.

use std::collections::BTreeMap;

use crate::Outcome;

/// What one command takes.
pub(crate) struct Syntax {
    /// The text of `--help`; its first line is the usage.
    pub(crate) help: &'static str,
    /// Options that are followed by a value, with their dashes.
    pub(crate) options: &'static [&'static str],
    /// Options that stand alone, with their dashes.
    pub(crate) flags: &'static [&'static str],
    /// What the arguments without dashes are, if there may be any.
    pub(crate) rest: Option<&'static str>,
}

/// What somebody typed, known to be of the right shape.
#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    values: BTreeMap<String, String>,
    flags: Vec<String>,
    /// The arguments without dashes, in their order.
    pub(crate) rest: Vec<String>,
}

impl Syntax {
    /// Reads `arguments`; `None` when help was asked for and has been printed.
    pub(crate) fn read_or_help(&self, arguments: &[String]) -> Outcome<Option<Arguments>> {
        if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
            crate::console::say(self.help);
            return Ok(None);
        }
        self.read(arguments).map(Some)
    }

    fn read(&self, arguments: &[String]) -> Outcome<Arguments> {
        let mut read = Arguments { values: BTreeMap::new(), flags: Vec::new(), rest: Vec::new() };
        let mut left = arguments.iter();
        while let Some(argument) = left.next() {
            let (name, attached) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            if self.options.contains(&name) {
                let value = attached.or_else(|| left.next().cloned());
                let value = value.filter(|value| !value.is_empty() && !value.starts_with("--"));
                let value = value.ok_or_else(|| self.complaint(&format!("{name} needs a value")))?;
                if read.values.insert(name.to_owned(), value).is_some() {
                    return Err(self.complaint(&format!("{name} was given twice")));
                }
            } else if self.flags.contains(&name) {
                if attached.is_some() {
                    return Err(self.complaint(&format!("{name} takes no value")));
                }
                read.flags.push(name.to_owned());
            } else if argument.starts_with('-') || self.rest.is_none() {
                return Err(self.complaint(&format!("`{argument}` means nothing here")));
            } else {
                read.rest.push(argument.clone());
            }
        }
        Ok(read)
    }

    fn complaint(&self, what: &str) -> String {
        let usage = self.help.lines().next().unwrap_or_default();
        format!("{what}\n{usage}\n`--help` tells more")
    }
}

impl Arguments {
    /// The value of an option.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether a flag was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }

    /// The value of an option that is a port, or `otherwise`.
    pub(crate) fn port(&self, name: &str, otherwise: u16) -> Outcome<u16> {
        match self.value(name).map(|value| (value, value.parse())) {
            None => Ok(otherwise),
            Some((_, Ok(port))) if port > 0 => Ok(port),
            Some((value, _)) => Err(format!("{name} wants a port from 1 to 65535, not `{value}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYNTAX: Syntax = Syntax {
        help: "Usage: cargo xtask probe",
        options: &["--port"],
        flags: &["--release"],
        rest: Some("filter"),
    };

    fn read(line: &str) -> Outcome<Arguments> {
        SYNTAX.read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_flags_and_the_rest_are_told_apart() {
        for line in ["--port 80 --release one two", "one --release --port=80 two"] {
            let arguments = read(line).unwrap();
            assert_eq!(arguments.value("--port"), Some("80"), "{line}");
            assert!(arguments.has("--release"), "{line}");
            assert_eq!(arguments.rest, ["one", "two"], "{line}");
        }
    }

    #[test]
    fn a_wrong_line_is_refused_with_a_sentence_that_names_what_is_wrong() {
        for (line, reason) in [
            ("--prot 80", "`--prot` means nothing here"),
            ("-x", "`-x` means nothing here"),
            ("--port", "--port needs a value"),
            ("--port --release", "--port needs a value"),
            ("--port=", "--port needs a value"),
            ("--port 1 --port 2", "--port was given twice"),
            ("--release=yes", "--release takes no value"),
        ] {
            let complaint = read(line).unwrap_err();
            assert!(complaint.starts_with(reason), "{line}: {complaint}");
            assert!(complaint.contains(SYNTAX.help), "{line}: {complaint}");
        }
    }

    #[test]
    fn a_port_is_a_number_that_a_port_can_be() {
        for (line, expected) in [
            ("", Ok(8787)),
            ("--port 9000", Ok(9000)),
            ("--port 0", Err("--port wants a port from 1 to 65535, not `0`")),
            ("--port 65536", Err("--port wants a port from 1 to 65535, not `65536`")),
            ("--port web", Err("--port wants a port from 1 to 65535, not `web`")),
        ] {
            let port = read(line).unwrap().port("--port", 8787);
            assert_eq!(port, expected.map_err(str::to_owned), "{line}");
        }
    }
}
