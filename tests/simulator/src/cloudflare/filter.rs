//! Which records a list shows, and in which order.

use super::Call;
use super::model::Record;
use super::problem::Problem;
use super::zones::{one_of, refuse_unknown};

const PARAMETERS: &[&str] = &[
    "comment.absent",
    "comment.contains",
    "comment.endswith",
    "comment.exact",
    "comment.present",
    "comment.startswith",
    "content",
    "content.contains",
    "content.endswith",
    "content.exact",
    "content.startswith",
    "direction",
    "include_shadow_metadata",
    "match",
    "name",
    "name.contains",
    "name.endswith",
    "name.exact",
    "name.startswith",
    "order",
    "page",
    "per_page",
    "proxied",
    "search",
    "shadowed_by_name",
    "shadowing_name",
    "tag",
    "tag.absent",
    "tag.contains",
    "tag.endswith",
    "tag.exact",
    "tag.present",
    "tag.startswith",
    "tag_match",
    "type",
];

/// Refuses what a list of records does not know.
pub(super) fn check(call: &Call<'_>) -> Result<(), Problem> {
    refuse_unknown(call, PARAMETERS)?;
    one_of(call, "order", &["type", "name", "content", "ttl", "proxied"])?;
    one_of(call, "direction", &["asc", "desc"])?;
    one_of(call, "match", &["any", "all"])?;
    one_of(call, "tag_match", &["any", "all"])?;
    one_of(call, "proxied", &["true", "false"])
}

/// Whether the list shows the record: when all filters do (the default), or any of them.
pub(super) fn shows(call: &Call<'_>, record: &Record) -> bool {
    let mut verdicts =
        call.target.query.iter().filter_map(|(name, value)| verdict(record, name, value)).peekable();
    if verdicts.peek().is_none() {
        return true;
    }
    match call.target.query.get("match") {
        Some("any") => verdicts.any(|verdict| verdict),
        _ => verdicts.all(|verdict| verdict),
    }
}

/// Orders the list as the call says, by type if it says nothing; ties in the order of creation.
pub(super) fn sort(call: &Call<'_>, records: &mut [&Record]) {
    records.sort_by_key(|record| record.number);
    match call.target.query.get("order") {
        Some("name") => records.sort_by(|one, other| one.name.cmp(&other.name)),
        Some("content") => records.sort_by(|one, other| one.content.cmp(&other.content)),
        Some("ttl") => records.sort_by_key(|record| record.ttl),
        Some("proxied") => records.sort_by_key(|record| record.proxied),
        _ => records.sort_by(|one, other| one.kind.cmp(&other.kind)),
    }
    if call.target.query.get("direction") == Some("desc") {
        records.reverse();
    }
}

/// What one parameter says of a record; nothing, when it is no filter.
fn verdict(record: &Record, parameter: &str, value: &str) -> Option<bool> {
    let (field, how) = parameter.split_once('.').unwrap_or((parameter, "exact"));
    Some(match field {
        "type" => record.kind == value,
        "proxied" => record.proxied == (value == "true"),
        "search" => {
            let texts = [Some(&record.name), Some(&record.content), record.comment.as_ref()];
            texts.into_iter().flatten().any(|text| compare(text, "contains", value))
        }
        "name" => compare(&record.name, how, value),
        "content" => compare(&record.content, how, value),
        "comment" => match (&record.comment, how) {
            (comment, "present") => comment.is_some(),
            (comment, "absent") => comment.is_none(),
            (Some(comment), _) => compare(comment, how, value),
            (None, _) => false,
        },
        "tag" => match how {
            "absent" => record.tags.is_empty(),
            _ => record.tags.iter().any(|tag| how == "present" || compare(tag, how, value)),
        },
        // Nothing shadows anything here.
        "shadowed_by_name" | "shadowing_name" => false,
        _ => return None,
    })
}

/// Compares without regard to case, as all these filters do.
fn compare(text: &str, how: &str, wanted: &str) -> bool {
    let (text, wanted) = (text.to_ascii_lowercase(), wanted.to_ascii_lowercase());
    match how {
        "contains" => text.contains(&wanted),
        "startswith" => text.starts_with(&wanted),
        "endswith" => text.ends_with(&wanted),
        _ => text == wanted,
    }
}
