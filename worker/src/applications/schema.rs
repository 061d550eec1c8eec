//! What cloud-init takes: its keys, and what the value of each must be.
//!
//! `keys.json` says it in a form of its own, after the schema of cloud-init 22.4.2 (Debian 12) and what later versions know
//! besides. A value is `text`, `switch`, `whole`, `number`, `nothing`, `map` or `any`; a text in one of few forms, or one
//! of some words; a list of something; a map with its fields; exactly one of several things, or at least one of them; or a
//! part that has a name (`#mirror`). A test compares the verdicts with those of `cloud-init schema`.

use serde_json::{Map, Value};

const KEYS: &str = include_str!("keys.json");

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, as `write_files/0/content`.
    pub(super) path: String,
    pub(super) reason: String,
}

/// Says what cloud-init would not take in a template.
pub(super) fn check(tree: &Value) -> Result<(), Fault> {
    let Value::Object(fields) = tree else {
        return Err(fault("", "a template is a list of cloud-init's keys, each with its value"));
    };
    // A test reads it.
    let known: Value = crate::json::read(KEYS).unwrap_or_default();
    let part = |name: &str| known.get(name).and_then(Value::as_object);
    let (Some(keys), Some(parts)) = (part("keys"), part("parts")) else {
        return Err(fault("", "what cloud-init takes is not known here"));
    };
    let schema = Schema { parts };
    for (name, value) in fields {
        match keys.get(name) {
            Some(kind) => schema.check(kind, value, name)?,
            None => return Err(fault(name, &format!("cloud-init knows no key {name}"))),
        }
    }
    Ok(())
}

fn fault(path: &str, reason: &str) -> Fault {
    Fault { path: path.to_owned(), reason: reason.to_owned() }
}

struct Schema<'a> {
    parts: &'a Map<String, Value>,
}

impl Schema<'_> {
    fn check(&self, kind: &Value, value: &Value, path: &str) -> Result<(), Fault> {
        match kind {
            Value::String(name) => match name.strip_prefix('#') {
                Some(part) => self.parts.get(part).map_or(Ok(()), |kind| self.check(kind, value, path)),
                None if is_of(name, value) => Ok(()),
                None => Err(self.expected(kind, path)),
            },
            Value::Object(rule) => self.follow(rule, kind, value, path),
            _ => Ok(()),
        }
    }

    fn follow(
        &self,
        rule: &Map<String, Value>,
        kind: &Value,
        value: &Value,
        path: &str,
    ) -> Result<(), Fault> {
        let list = |name: &str| rule.get(name).and_then(Value::as_array);
        if let Some(kinds) = list("one") {
            return self.choose(kinds, kind, value, path, true);
        }
        if let Some(kinds) = list("some") {
            return self.choose(kinds, kind, value, path, false);
        }
        if let Some(inner) = rule.get("list") {
            let Value::Array(items) = value else { return Err(self.expected(kind, path)) };
            is_as_many(rule, items.len(), path, "entries")?;
            for (index, item) in items.iter().enumerate() {
                self.check(inner, item, &format!("{path}/{index}"))?;
            }
            let is_twice =
                |(index, item): (usize, &Value)| items.iter().skip(index + 1).any(|other| other == item);
            // Two hundred entries of a list that must differ are more than anybody has.
            if rule.contains_key("different") && (items.len() > 200 || items.iter().enumerate().any(is_twice))
            {
                return Err(fault(path, &format!("{} has an entry twice, or more than 200", last(path))));
            }
            return Ok(());
        }
        if let Some(known) = rule.get("map").and_then(Value::as_object) {
            let Value::Object(fields) = value else { return Err(self.expected(kind, path)) };
            return self.fields(rule, known, fields, path);
        }
        let is_right = match (list("words"), rule.get("form").and_then(Value::as_str), rule.get("least")) {
            (Some(words), ..) => words.contains(value),
            (_, Some(form), _) => value.as_str().is_some_and(|text| has_form(form, text)),
            (_, _, Some(least)) => value.as_i64() >= least.as_i64() && value.is_i64(),
            _ => true,
        };
        if is_right { Ok(()) } else { Err(self.expected(kind, path)) }
    }

    fn fields(
        &self,
        rule: &Map<String, Value>,
        known: &Map<String, Value>,
        fields: &Map<String, Value>,
        path: &str,
    ) -> Result<(), Fault> {
        is_as_many(rule, fields.len(), path, "fields")?;
        for needed in rule.get("needs").and_then(Value::as_array).into_iter().flatten() {
            let needed = needed.as_str().unwrap_or_default();
            if !fields.contains_key(needed) {
                return Err(fault(path, &format!("{} lacks {needed}", last(path))));
            }
        }
        for (name, value) in fields {
            let path = format!("{path}/{name}");
            let is_named = rule.get("named").is_none() || is_host_key(name);
            match known.get(name).or_else(|| rule.get("others").filter(|_| is_named)) {
                Some(kind) => self.check(kind, value, &path)?,
                None if rule.contains_key("closed") || !is_named => {
                    return Err(fault(&path, &format!("cloud-init knows no {name} here")));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Whether a value is one of several things. If not, what is wrong with the one that it comes nearest to is told.
    fn choose(
        &self,
        kinds: &[Value],
        kind: &Value,
        value: &Value,
        path: &str,
        exactly: bool,
    ) -> Result<(), Fault> {
        let mut nearest: Option<Fault> = None;
        let mut right = 0;
        for kind in kinds {
            match self.check(kind, value, path) {
                Ok(()) => right += 1,
                Err(fault) => {
                    let is_nearer = |other: &Fault| depth(&fault) > depth(other);
                    if fault.path != path && nearest.as_ref().is_none_or(is_nearer) {
                        nearest = Some(fault);
                    }
                }
            }
        }
        match right {
            1 => Ok(()),
            0 => Err(nearest.unwrap_or_else(|| self.expected(kind, path))),
            _ if exactly => Err(fault(path, &format!("{} can be taken for two things", last(path)))),
            _ => Ok(()),
        }
    }

    fn expected(&self, kind: &Value, path: &str) -> Fault {
        fault(path, &format!("{} is {}", last(path), self.told(kind)))
    }

    /// What a kind is, in words.
    fn told(&self, kind: &Value) -> String {
        let several = |kinds: &Value| {
            let mut told: Vec<String> =
                kinds.as_array().into_iter().flatten().map(|kind| self.told(kind)).collect();
            told.dedup();
            told.join(", or ")
        };
        match kind {
            Value::String(name) => match name.strip_prefix('#') {
                Some(part) => self.parts.get(part).map_or_else(String::new, |kind| self.told(kind)),
                None => match name.as_str() {
                    "text" => "a text; put it in quotes",
                    "switch" => "true or false",
                    "whole" => "a whole number",
                    "number" => "a number",
                    "nothing" => "nothing",
                    _ => "a list of names, each with its value",
                }
                .to_owned(),
            },
            Value::Object(rule) => match rule.iter().next() {
                _ if rule.contains_key("list") => "a list".to_owned(),
                _ if rule.contains_key("map") => "a list of names, each with its value".to_owned(),
                Some((name, kinds)) if name == "one" || name == "some" => several(kinds),
                Some((name, Value::Array(words))) if name == "words" => {
                    let words: Vec<String> = words.iter().map(Value::to_string).collect();
                    format!("one of {}", words.join(", "))
                }
                Some((name, Value::String(form))) if name == "form" => match form.as_str() {
                    "digits" => "a number of minutes, as \"+5\"",
                    "size" => "a size, as 2G",
                    "pair" => "a text as name:password",
                    _ => "words with commas between",
                }
                .to_owned(),
                Some((_, least)) => format!("a whole number from {least}"),
                None => "anything".to_owned(),
            },
            _ => "anything".to_owned(),
        }
    }
}

fn depth(fault: &Fault) -> usize {
    fault.path.matches('/').count()
}

/// The name of the field that a path ends with.
fn last(path: &str) -> &str {
    let is_name = |part: &&str| !part.bytes().all(|byte| byte.is_ascii_digit());
    path.rsplit('/').find(is_name).unwrap_or(path)
}

fn is_as_many(rule: &Map<String, Value>, count: usize, path: &str, of: &str) -> Result<(), Fault> {
    let bound = |name: &str| rule.get(name).and_then(Value::as_u64);
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    match (bound("from"), bound("to")) {
        (Some(from), _) if count < from => {
            Err(fault(path, &format!("{} has at least {from} {of}", last(path))))
        }
        (_, Some(to)) if count > to => Err(fault(path, &format!("{} has at most {to} {of}", last(path)))),
        _ => Ok(()),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "text" => value.is_string(),
        "switch" => value.is_boolean(),
        "whole" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "nothing" => value.is_null(),
        "map" => value.is_object(),
        _ => true,
    }
}

fn has_form(form: &str, text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match form {
        "digits" => is_digits(text.strip_prefix('+').unwrap_or(text)),
        // Digits, maybe with one point among them but not at the end, and a unit.
        "size" => text.strip_suffix(['B', 'K', 'M', 'G', 'T']).is_some_and(|number| {
            let (whole, part) = number.split_once('.').unwrap_or(("", number));
            is_digits(part) && (whole.is_empty() || is_digits(whole))
        }),
        // Something on each side of a colon.
        "pair" => {
            text.char_indices().any(|(index, letter)| letter == ':' && index > 0 && index + 1 < text.len())
        }
        _ => text.split(',').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        }),
    }
}

/// The name of a host key in `ssh_keys`.
fn is_host_key(name: &str) -> bool {
    name.split_once('_').is_some_and(|(kind, half)| {
        ["dsa", "ecdsa", "ed25519", "rsa"].contains(&kind)
            && ["public", "private", "certificate"].contains(&half)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nearest_thing_that_is_wrong_is_told_with_its_place() {
        for (tree, path, part) in [
            (json!({ "users": [{ "name": "a", "sudo": 5 }] }), "users/0/sudo", "sudo is a text"),
            (json!({ "runcmd": ["a", { "b": 1 }] }), "runcmd/1", "runcmd is "),
            (
                json!({ "apt": { "sources": { "x": { "sauce": "y" } } } }),
                "apt/sources/x/sauce",
                "no sauce here",
            ),
            (json!({ "write_files": [{ "content": "x" }] }), "write_files/0", "lacks path"),
            (json!({ "swap": { "size": "2 gigabytes" } }), "swap/size", "or a size, as 2G"),
            (json!({ "power_state": { "mode": "sleep" } }), "power_state/mode", "\"poweroff\""),
            (json!({ "mounts": [["a", "b", "c", "d", "e", "f", "g"]] }), "mounts/0", "at most 6 entries"),
            (json!({ "nonsense": 1 }), "nonsense", "knows no key nonsense"),
            (json!([]), "", "a list of cloud-init's keys"),
        ] {
            let fault = check(&tree).unwrap_err();
            assert!(fault.path == path && fault.reason.contains(part), "{tree}: {fault:?}");
        }
    }

    #[test]
    fn every_part_that_is_named_is_there_and_every_word_of_the_form_is_known() {
        fn walk(kind: &Value, parts: &Map<String, Value>) {
            match kind {
                Value::String(name) => match name.strip_prefix('#') {
                    Some(part) => assert!(parts.contains_key(part), "{part}"),
                    None => assert!(
                        ["text", "switch", "whole", "number", "nothing", "map", "any"]
                            .contains(&name.as_str()),
                        "{name}"
                    ),
                },
                Value::Object(rule) => {
                    for (name, inner) in rule {
                        match (name.as_str(), inner) {
                            ("list" | "others", kind) => walk(kind, parts),
                            ("one" | "some", Value::Array(kinds)) => {
                                kinds.iter().for_each(|kind| walk(kind, parts))
                            }
                            ("map", Value::Object(fields)) => {
                                fields.values().for_each(|kind| walk(kind, parts))
                            }
                            ("words" | "needs", Value::Array(_))
                            | ("closed" | "different", Value::Bool(true)) => {}
                            ("form" | "named", Value::String(_))
                            | ("from" | "to" | "least", Value::Number(_)) => {}
                            _ => panic!("{name}: {inner}"),
                        }
                    }
                }
                _ => panic!("{kind}"),
            }
        }
        let known: Value = serde_json::from_str(KEYS).unwrap();
        let parts = known["parts"].as_object().unwrap();
        parts.values().chain(known["keys"].as_object().unwrap().values()).for_each(|kind| walk(kind, parts));
    }
}
