//! Records as the API shows them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::time::rfc3339_micros;

use super::check::is_proxiable;
use super::model::Record;

/// The record object.
#[derive(Serialize)]
pub(super) struct RecordView {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Map<String, Value>>,
    proxiable: bool,
    proxied: bool,
    ttl: u64,
    settings: Map<String, Value>,
    meta: Meta,
    comment: Option<String>,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_routing: Option<bool>,
    created_on: String,
    modified_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment_modified_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags_modified_on: Option<String>,
}

#[derive(Serialize)]
struct Meta {}

impl From<&Record> for RecordView {
    fn from(record: &Record) -> Self {
        Self {
            id: record.id.clone(),
            name: record.name.clone(),
            kind: record.kind.clone(),
            content: record.content.clone(),
            priority: record.priority,
            data: record.data.clone(),
            proxiable: is_proxiable(&record.kind),
            proxied: record.proxied,
            ttl: record.ttl,
            settings: record.settings.clone(),
            meta: Meta {},
            comment: record.comment.clone(),
            tags: record.tags.clone(),
            private_routing: record.private_routing,
            created_on: rfc3339_micros(record.created_at),
            modified_on: rfc3339_micros(record.modified_at),
            comment_modified_on: record.comment_modified_at.map(rfc3339_micros),
            tags_modified_on: record.tags_modified_at.map(rfc3339_micros),
        }
    }
}
