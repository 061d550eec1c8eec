//! What changed between two documents, field by field.

use std::collections::BTreeMap;

use serde_json::Value;

/// A field that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Its path, as `policies.power`.
    pub(super) field: String,
    /// What it was, if it was there.
    pub(super) before: Option<String>,
    /// What it is, if it is there.
    pub(super) after: Option<String>,
}

/// All fields that differ.
pub(super) fn between(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let mut fields = BTreeMap::<String, (Option<String>, Option<String>)>::new();
    flat("", before, &mut |field, value| fields.entry(field).or_default().0 = Some(value));
    flat("", after, &mut |field, value| fields.entry(field).or_default().1 = Some(value));
    let differs = |(field, (before, after))| (before != after).then_some(Change { field, before, after });
    fields.into_iter().filter_map(differs).collect()
}

fn flat(path: &str, value: Option<&Value>, found: &mut impl FnMut(String, String)) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flat(&path, Some(value), found);
            }
        }
        Some(value) => {
            // A document that is one value has no name for it.
            let path = if path.is_empty() { "value" } else { path };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            found(path.to_owned(), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_said_with_its_path() {
        let said = |before: Value, after: Value| {
            let change = |change: Change| {
                format!(
                    "{}: {} > {}",
                    change.field,
                    change.before.unwrap_or_default(),
                    change.after.unwrap_or_default()
                )
            };
            between(Some(&before), Some(&after)).into_iter().map(change).collect::<Vec<_>>().join("; ")
        };
        for (before, after, expected) in [
            (json!(null), json!({"a": 1, "b": {"c": "x"}}), "a:  > 1; b.c:  > x"),
            (json!({"a": 1, "b": true}), json!({"a": 1, "b": false}), "b: true > false"),
            (json!({"a": ["x"]}), json!(null), "a: [\"x\"] > "),
            (json!("x"), json!("y"), "value: x > y"),
            (json!({}), json!({}), ""),
        ] {
            assert_eq!(said(before, after), expected);
        }
    }
}
