//! The fields of a record that a body carries, each of its type and none unknown.

use serde_json::{Map, Value};

use crate::message::unknown_property;

use super::model::Record;
use super::problem::Problem;

const FIELDS: &[&str] = &[
    "comment",
    "content",
    "data",
    "name",
    "priority",
    "private_routing",
    "proxied",
    "settings",
    "tags",
    "ttl",
    "type",
];

/// What a body wants a record to be; what it does not say is `None`.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) content: Option<String>,
    pub(super) ttl: Option<u64>,
    proxied: Option<bool>,
    priority: Option<u64>,
    pub(super) data: Option<Map<String, Value>>,
    comment: Option<Option<String>>,
    tags: Option<Vec<String>>,
    settings: Option<Map<String, Value>>,
    private_routing: Option<bool>,
}

impl Changes {
    /// Reads the fields; `id` is allowed where the body of an operation has one.
    pub(super) fn of(object: &Map<String, Value>, with_id: bool) -> Result<Self, Problem> {
        let known = if with_id { [FIELDS, &["id"]].concat() } else { FIELDS.to_vec() };
        if let Some(name) = unknown_property(object, &known) {
            return Err(Problem::invalid_body(format!("unknown field \"{name}\"")).at(format!("/{name}")));
        }
        Ok(Self {
            name: read(object, "name", "a string", text)?,
            kind: read(object, "type", "a string", text)?,
            content: read(object, "content", "a string", text)?,
            ttl: read(object, "ttl", "a number", Value::as_u64)?,
            proxied: read(object, "proxied", "a boolean", Value::as_bool)?,
            priority: read(object, "priority", "a number from 0 to 65535", |value| {
                value.as_u64().filter(|priority| *priority <= 65_535)
            })?,
            data: read(object, "data", "an object", map)?,
            comment: read(object, "comment", "a string", |value| match value {
                Value::Null => Some(None),
                other => text(other).map(Some),
            })?,
            tags: read(object, "tags", "a list of strings", |value| {
                value.as_array()?.iter().map(text).collect()
            })?,
            settings: read(object, "settings", "an object", map)?,
            private_routing: read(object, "private_routing", "a boolean", Value::as_bool)?,
        })
    }

    /// Refuses a body that leaves out what the API's types mark as required.
    pub(super) fn require(&self, fields: &[&str]) -> Result<(), Problem> {
        let missing = fields.iter().find(|field| match **field {
            "name" => self.name.is_none(),
            "type" => self.kind.is_none(),
            "ttl" => self.ttl.is_none(),
            _ => self.content.is_none() && self.data.is_none(),
        });
        match missing {
            None => Ok(()),
            Some(field) => {
                Err(Problem::invalid_body(format!("\"{field}\" is required")).at(format!("/{field}")))
            }
        }
    }

    /// Writes the changes into a record.
    pub(super) fn apply(self, record: &mut Record, now: u64) {
        if let Some(name) = self.name {
            // Names are compared and shown in lower case, without the root's dot.
            record.name = name.trim_end_matches('.').to_ascii_lowercase();
        }
        if let Some(kind) = self.kind {
            record.kind = kind;
        }
        if let Some(data) = self.data {
            record.content = data.values().map(plain).collect::<Vec<_>>().join(" ");
            record.data = Some(data);
        }
        if let Some(content) = self.content {
            record.content = content;
        }
        if let Some(comment) = self.comment {
            // An empty comment is none.
            let comment = comment.filter(|comment| !comment.is_empty());
            if comment != record.comment {
                record.comment_modified_at = Some(now);
            }
            record.comment = comment;
        }
        if let Some(tags) = self.tags {
            if tags != record.tags {
                record.tags_modified_at = Some(now);
            }
            record.tags = tags;
        }
        record.ttl = self.ttl.unwrap_or(record.ttl);
        record.proxied = self.proxied.unwrap_or(record.proxied);
        record.priority = self.priority.or(record.priority);
        record.settings = self.settings.unwrap_or_else(|| std::mem::take(&mut record.settings));
        record.private_routing = self.private_routing.or(record.private_routing);
        record.modified_at = now;
    }
}

fn read<T>(
    object: &Map<String, Value>,
    name: &str,
    expected: &str,
    convert: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, Problem> {
    match object.get(name) {
        None => Ok(None),
        Some(value) => match convert(value) {
            Some(converted) => Ok(Some(converted)),
            None => {
                Err(Problem::invalid_body(format!("\"{name}\" must be {expected}")).at(format!("/{name}")))
            }
        },
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn map(value: &Value) -> Option<Map<String, Value>> {
    value.as_object().cloned()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
