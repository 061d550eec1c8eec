//! What a record must be like, alone and beside the others of its zone.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use crate::Settings;

use super::model::{Record, State};
use super::problem::Problem;

const TYPES: &[&str] = &[
    "A",
    "AAAA",
    "CAA",
    "CERT",
    "CNAME",
    "DNSKEY",
    "DS",
    "HTTPS",
    "LOC",
    "MX",
    "NAPTR",
    "NS",
    "OPENPGPKEY",
    "PTR",
    "SMIMEA",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
    "URI",
];
const PROXIABLE: &[&str] = &["A", "AAAA", "CNAME"];
const SETTINGS: &[&str] = &["flatten_cname", "ipv4_only", "ipv6_only"];

/// Whether records of this type can be proxied.
pub(super) fn is_proxiable(kind: &str) -> bool {
    PROXIABLE.contains(&kind)
}

/// Checks a record that is about to be written, and brings it into the form in which it is kept.
pub(super) fn check(
    state: &State,
    settings: &Settings,
    zone: &str,
    record: &mut Record,
) -> Result<(), Problem> {
    check_name(zone, &record.name)?;
    if !TYPES.contains(&record.kind.as_str()) {
        return Err(
            Problem::new(400, 9004, format!("DNS record type \"{}\" is invalid.", record.kind)).at("/type")
        );
    }
    check_content(record)?;
    if record.ttl != 1 && !(60..=86_400).contains(&record.ttl) {
        let message = "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.";
        return Err(Problem::new(400, 9021, message).at("/ttl"));
    }
    if record.proxied && !is_proxiable(&record.kind) {
        let message = "This record type cannot be proxied.";
        return Err(Problem::new(400, 9041, message).at("/proxied"));
    }
    if record.proxied {
        // A proxied record answers with Cloudflare's own addresses, and its TTL is always automatic.
        record.ttl = 1;
    }
    check_notes(settings, record)?;
    check_conflicts(state, record)
}

fn check_name(zone: &str, name: &str) -> Result<(), Problem> {
    let invalid = |message: &str| Err(Problem::new(400, 9000, message).at("/name"));
    let inside = name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'));
    if !inside {
        return invalid("DNS name is invalid: it must be the complete name, inside the zone.");
    }
    if name.len() > 253 || !name.split('.').enumerate().all(|(index, label)| is_label(label, index == 0)) {
        return invalid("DNS name is invalid.");
    }
    Ok(())
}

/// A label as DNS has them: underscores are common (`_dmarc`), and the first may be a wildcard.
fn is_label(label: &str, first: bool) -> bool {
    (first && label == "*")
        || (!label.is_empty()
            && label.len() <= 63
            && label.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'))
            && !label.starts_with('-')
            && !label.ends_with('-'))
}

fn check_content(record: &Record) -> Result<(), Problem> {
    let refuse = |code, message: &str| Err(Problem::new(400, code, message).at("/content"));
    match record.kind.as_str() {
        "A" if record.content.parse::<Ipv4Addr>().is_err() => {
            refuse(9005, "Content for A record must be a valid IPv4 address.")
        }
        "AAAA" if record.content.parse::<Ipv6Addr>().is_err() => {
            refuse(9006, "Content for AAAA record must be a valid IPv6 address.")
        }
        "CNAME" if record.content.eq_ignore_ascii_case(&record.name) => {
            refuse(9039, "CNAME content cannot reference itself.")
        }
        "CNAME" | "NS" | "PTR" | "MX" if !is_host(&record.content) => {
            refuse(9007, &format!("Content for {} record must be a hostname.", record.kind))
        }
        "MX" if record.priority.is_none() => {
            Err(Problem::new(400, 9101, "priority is a required field for MX records.").at("/priority"))
        }
        _ if record.content.is_empty() => refuse(9008, "Content of a DNS record cannot be empty."),
        _ => Ok(()),
    }
}

fn is_host(content: &str) -> bool {
    content.trim_end_matches('.').split('.').all(|label| is_label(label, false))
}

/// Comment, tags and settings: what does not reach the DNS itself.
fn check_notes(settings: &Settings, record: &Record) -> Result<(), Problem> {
    let limit = settings.comment_limit;
    if record.comment.as_ref().is_some_and(|comment| comment.chars().count() > limit) {
        let message = format!("DNS record comment is too long, the maximum is {limit} characters.");
        return Err(Problem::new(400, 9213, message).at("/comment"));
    }
    // The free plan has no tags (from memory).
    if !record.tags.is_empty() {
        let message = format!("DNS record has {} tags, exceeding the quota of 0.", record.tags.len());
        return Err(Problem::new(400, 9300, message).at("/tags"));
    }
    match record.settings.iter().find(|(name, value)| !SETTINGS.contains(&name.as_str()) || !is_flag(value)) {
        None => Ok(()),
        Some((name, _)) => Err(Problem::invalid_body(format!("unknown or invalid setting \"{name}\""))
            .at(format!("/settings/{name}"))),
    }
}

fn is_flag(value: &Value) -> bool {
    value.is_boolean() || value.is_null()
}

/// Two records of one name: a CNAME stands alone among addresses, and nothing stands twice.
fn check_conflicts(state: &State, record: &Record) -> Result<(), Problem> {
    let address = |kind: &str| matches!(kind, "A" | "AAAA");
    for other in
        state.of_zone(&record.zone_id).filter(|other| other.name == record.name && other.id != record.id)
    {
        let same_content = other.content.eq_ignore_ascii_case(&record.content);
        if other.kind == record.kind && same_content && other.priority == record.priority {
            return Err(Problem::new(400, 81_058, "An identical record already exists."));
        }
        if record.kind == "CNAME" && (address(&other.kind) || other.kind == "CNAME") {
            let message = "An A, AAAA, or CNAME record with that host already exists.";
            return Err(Problem::new(400, 81_053, message));
        }
        if address(&record.kind) && other.kind == "CNAME" {
            return Err(Problem::new(400, 81_054, "A CNAME record with that host already exists."));
        }
    }
    Ok(())
}
