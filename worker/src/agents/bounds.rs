//! What a machine may say. Whoever has taken one over says what they like, so that whatever is kept, or shown to people, or
//! counted with, is held within bounds here.

use std::collections::BTreeMap;

use base64::Engine as _;
use noc_shared::{
    agents::{ClaimRequest, Report},
    time::Timestamp,
};

use crate::error::ApiError;

const MOST_LINES: usize = 200;
const LONGEST_LINE: usize = 2_000;
const MOST_SERVICES: usize = 50;
const LONGEST_NAME: usize = 100;
const LONGEST_VERSION: usize = 500;

/// Twice as many commands as may wait for an agent.
const MOST_RESULTS: usize = 20;
/// The agent sends at most 32,000 bytes.
const LONGEST_OUTPUT: usize = 32_000;

/// A machine has a key of each kind; there are five kinds, and each has well under a thousand characters.
const MOST_HOST_KEYS: usize = 8;
const LONGEST_HOST_KEY: usize = 2_000;

/// The times that RFC 3339 can write, from the first that a machine's clock can say: 253,402,300,800 seconds are the end
/// of the year 9999.
const EARLIEST: i64 = 0;
const LATEST: i64 = 253_402_300_800_000;

/// No number is higher: beyond 2^53 a browser, and D1, do not count exactly any more.
const HIGHEST: u64 = 1 << 53;

/// No machine has this load: a thousand times as many processes as Linux can have. Sums of larger ones could end up beyond
/// all numbers, which JSON cannot write.
const HIGHEST_LOAD: f64 = 4e9;

/// A claim within bounds. A host key that is none is left out rather than refused: the machine is worth having.
pub(super) fn claim(mut request: ClaimRequest) -> Result<ClaimRequest, ApiError> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if request.nonce.len() != 64 || !request.nonce.bytes().all(is_digit) {
        return Err(invalid("nonce", "it is 64 hexadecimal digits in lower case"));
    }
    if request.machine_id.len() > LONGEST_NAME
        || !request.machine_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(invalid("machine_id", "it has at most 100 letters, digits and hyphens"));
    }
    request.host_keys = host_keys(request.host_keys)?;
    Ok(request)
}

/// A report within bounds. A long line is cut off rather than refused: the rest of the report is worth having.
pub(super) fn report(mut report: Report) -> Result<Report, ApiError> {
    if report.lines.len() > MOST_LINES {
        return Err(invalid("lines", "there are at most 200 in one report"));
    }
    if !is_short(&report.services) {
        return Err(invalid("services", "there are at most 50, with names of at most 100 characters"));
    }
    if !is_short(&report.restarts) {
        return Err(invalid("restarts", "there are at most 50, with names of at most 100 characters"));
    }
    if report.versions.len() > 2 * MOST_SERVICES
        || report
            .versions
            .iter()
            .any(|(name, version)| name.len() > LONGEST_NAME || version.len() > LONGEST_VERSION)
    {
        return Err(invalid("versions", "there are at most 100, of at most 500 characters each"));
    }
    if report.results.len() > MOST_RESULTS {
        return Err(invalid("results", "there are at most 20 in one report"));
    }
    for (field, numbers) in [
        ("number", vec![report.number.unwrap_or(0)]),
        ("uptime", vec![report.uptime]),
        ("memory", vec![report.memory.total_bytes, report.memory.available_bytes]),
        ("disk", vec![report.disk.total_bytes, report.disk.available_bytes]),
        ("restarts", report.restarts.values().copied().collect()),
        ("dropped", vec![report.dropped.reports, report.dropped.lines]),
    ] {
        if numbers.into_iter().any(|number| number > HIGHEST) {
            return Err(invalid(field, "a number is at most 2^53"));
        }
    }
    if report.cpu.is_some_and(|cpu| !(0.0..=1.0).contains(&cpu)) {
        return Err(invalid("cpu", "a share is a number from 0 to 1"));
    }
    if !report.load.iter().all(|load| (0.0..=HIGHEST_LOAD).contains(load)) {
        return Err(invalid("load", "a load is a number from 0 to 4,000,000,000"));
    }
    for line in &mut report.lines {
        if !is_time(line.at) {
            return Err(invalid("lines", "each has a time from 1970 to 9999"));
        }
        line.line = one_line(&line.line, LONGEST_LINE);
        line.service = one_line(&line.service, LONGEST_NAME);
    }
    report.services = shown(report.services);
    report.restarts = shown(report.restarts);
    report.versions = shown(report.versions)
        .into_iter()
        .map(|(name, text)| (name, one_line(&text, LONGEST_VERSION)))
        .collect();
    for result in &mut report.results {
        result.output = text(&result.output, LONGEST_OUTPUT);
    }
    if let Some(progress) = &mut report.cloud_init {
        progress.output = text(&progress.output, LONGEST_OUTPUT);
    }
    report.host_keys = report.host_keys.map(host_keys).transpose()?;
    Ok(report)
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message: message.to_owned() }
}

fn is_time(at: Timestamp) -> bool {
    (EARLIEST..LATEST).contains(&at.millis())
}

fn is_short<T>(named: &BTreeMap<String, T>) -> bool {
    named.len() <= MOST_SERVICES && named.keys().all(|name| name.len() <= LONGEST_NAME)
}

fn shown<T>(named: BTreeMap<String, T>) -> BTreeMap<String, T> {
    named.into_iter().map(|(name, value)| (one_line(&name, LONGEST_NAME), value)).collect()
}

/// Text of one line, at most so many characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    text.chars().filter(|letter| is_plain(*letter)).take(most).collect()
}

/// Text of several lines, at most so many bytes.
fn text(text: &str, most: usize) -> String {
    let mut left = most;
    text.chars()
        .filter(|letter| *letter == '\n' || is_plain(*letter))
        .take_while(|letter| {
            let fits = letter.len_utf8() <= left;
            left = left.saturating_sub(letter.len_utf8());
            fits
        })
        .collect()
}

/// Whether a letter only shows itself. Control characters move about in the terminal of whoever reads it, or change what
/// it is; the marks of writing directions show a line in another order than it has.
fn is_plain(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    letter == '\t' || !(letter.is_control() || turns)
}

/// The host keys of a machine: those that read as such. One line of a list of known hosts is made of each, so that none
/// may hold a second line.
fn host_keys(mut keys: Vec<String>) -> Result<Vec<String>, ApiError> {
    if keys.len() > MOST_HOST_KEYS || keys.iter().any(|key| key.len() > LONGEST_HOST_KEY) {
        return Err(invalid("host_keys", "there are at most 8, of at most 2,000 characters each"));
    }
    keys.retain(|key| is_host_key(key));
    Ok(keys)
}

/// Whether this is a key as OpenSSH writes its public half: the kind, and in base64 the key, which begins with the kind.
fn is_host_key(key: &str) -> bool {
    let Some((kind, encoded)) = key.split_once(' ') else { return false };
    let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(encoded) else { return false };
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return false };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    !kind.is_empty() && rest.get(..length) == Some(kind.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body() -> serde_json::Value {
        let capacity = json!({ "total_bytes": 4, "available_bytes": 3 });
        json!({ "uptime": 1, "load": [0, 0, 0], "memory": capacity, "disk": capacity, "services": {} })
    }

    #[test]
    fn what_would_break_a_terminal_or_a_sum_does_not_get_in() {
        let too_many =
            || (0..51).map(|number| (number.to_string(), json!(1))).collect::<serde_json::Map<_, _>>();
        for (field, value) in [
            ("number", json!(u64::MAX)),
            ("uptime", json!(u64::MAX)),
            ("cpu", json!(1.01)),
            ("cpu", json!(-0.01)),
            ("load", json!([1e308, 0, 0])),
            ("load", json!([0, -1, 0])),
            ("memory", json!({ "total_bytes": u64::MAX, "available_bytes": 1 })),
            ("disk", json!({ "total_bytes": 1, "available_bytes": u64::MAX })),
            ("restarts", json!({ "api": u64::MAX })),
            ("restarts", json!(too_many())),
            ("dropped", json!({ "reports": 1, "lines": u64::MAX })),
            ("versions", json!({ "agent": "x".repeat(501) })),
            ("services", json!({ "x".repeat(101): "healthy" })),
            ("results", json!(vec![json!({ "id": 1, "ok": true, "output": "" }); 21])),
            ("lines", json!([{ "service": "api", "at": "0001-01-01T00:00:00Z", "line": "x" }])),
            ("host_keys", json!(vec![""; 9])),
        ] {
            let mut body = body();
            body[field] = value;
            let refused = report(serde_json::from_value(body).unwrap()).unwrap_err();
            assert!(matches!(&refused, ApiError::Invalid { field: named, .. } if named == field), "{field}");
        }
    }

    #[test]
    fn texts_show_themselves_and_nothing_else() {
        let hostile = "\u{1b}]0;pwned\u{7}a\u{9b}31m\u{202e}b\u{2066}\r\n\tc\u{0}";
        let mut body = body();
        body["lines"] = json!([{ "service": hostile, "at": "2027-01-15T08:00:00Z", "line": hostile }]);
        body["versions"] = json!({ hostile: hostile });
        body["services"] = json!({ hostile: "healthy" });
        body["restarts"] = json!({ hostile: 1 });
        body["results"] = json!([{ "id": 1, "ok": true, "output": hostile.repeat(9_000) }]);
        body["cloud_init"] = json!({ "stages": "{}", "output": hostile });
        let report = report(serde_json::from_value(body).unwrap()).unwrap();
        let plain = "]0;pwneda31mb\tc";
        assert_eq!((report.lines[0].line.as_str(), report.lines[0].service.as_str()), (plain, plain));
        assert_eq!(report.versions[plain], plain);
        assert!(report.services.contains_key(plain) && report.restarts.contains_key(plain));
        assert!(report.results[0].output.len() <= LONGEST_OUTPUT);
        assert!(report.results[0].output.starts_with("]0;pwneda31mb\n\tc]0;"));
        assert_eq!(report.cloud_init.unwrap().output, "]0;pwneda31mb\n\tc");
    }

    #[test]
    fn a_host_key_is_one_line_of_known_hosts() {
        let good = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEsyNWmLzS5Hgj8dK9uSOsXYwX5mCB7Vx7Ny4kRfJ3nD";
        for (key, expected) in [
            (good.to_owned(), true),
            (format!("{good} root@machine"), false),
            (format!("{good}\n* {good}"), false),
            (good.replace("ssh-ed25519", "ssh-rsa"), false),
            (good.replace("ssh-ed25519 ", "@cert-authority * ssh-ed25519 "), false),
            ("ssh-ed25519 AAAA".to_owned(), false),
            (" AAAAAA==".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_host_key(&key), expected, "{key}");
        }
    }
}
