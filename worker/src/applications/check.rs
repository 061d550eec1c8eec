//! What an application and its template must be before they are kept: what cloud-init's schema says, and what NOC itself
//! needs.

use noc_shared::applications::ApplicationRequest;
use serde_json::{Map, Value};

use super::{
    render::{PLACEHOLDERS, placeholder},
    schema,
    yaml::{Lines, Wrong},
};
use crate::error::ApiError;

/// The longest that an application may say that it takes until its machine is ready, in seconds.
pub(crate) const LONGEST_READY_SECONDS: u32 = 7_200;

type Check = Result<(), Wrong>;

/// Says what is wrong in an application that somebody has written, its template aside.
pub(super) fn application(name: &str, request: &ApplicationRequest) -> Result<(), ApiError> {
    let invalid = |field: &str, message: &str| {
        Err(ApiError::Invalid { field: field.to_owned(), message: message.to_owned() })
    };
    let is_name = |name: &str| {
        (1..=63).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    let is_variable = |name: &str| {
        (1..=100).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_suffix = |suffix: &str| {
        suffix.len() <= 30
            && suffix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !suffix.ends_with('-')
    };
    let unique =
        |names: &[String]| names.iter().collect::<std::collections::BTreeSet<_>>().len() == names.len();
    let is_label =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !(1..=50).contains(&name.len()) || !is_label || name.starts_with('-') || name.ends_with('-') {
        return invalid("name", "a name has at most 50 lower-case letters, digits and hyphens");
    }
    if request.description.is_empty() || request.description.chars().count() > 500 {
        return invalid("description", "say in a sentence of at most 500 characters what it is");
    }
    let services = &request.services;
    if services.len() > 50 || !unique(services) || !services.iter().all(|name| is_name(name)) {
        return invalid(
            "services",
            "at most 50 different names of containers or units: letters, digits, `_`, `.`, `-`",
        );
    }
    let suffixes = &request.domain_suffixes;
    if !(1..=10).contains(&suffixes.len())
        || !unique(suffixes)
        || !suffixes.iter().all(|suffix| is_suffix(suffix))
    {
        return invalid(
            "domain_suffixes",
            "one to ten different ones, of lower-case letters, digits and hyphens",
        );
    }
    let secrets = &request.secrets;
    if secrets.len() > 50 || !unique(secrets) || !secrets.iter().all(|name| is_variable(name)) {
        return invalid("secrets", "at most 50 different names of variables: letters, digits and `_`");
    }
    let is_url =
        |url: &String| url.starts_with("https://") && url.len() <= 500 && !url.contains(char::is_whitespace);
    if request.repository.as_ref().is_some_and(|url| !is_url(url)) {
        return invalid("repository", "an address that begins with https://, or null");
    }
    for (field, value) in [("image", &request.image), ("default_size", &request.default_size)] {
        if !is_name(value) {
            return invalid(field, "a name as the provider has it");
        }
    }
    if !(60..=LONGEST_READY_SECONDS).contains(&request.ready_within_seconds) {
        return invalid("ready_within_seconds", "a number from 60 to 7,200");
    }
    Ok(())
}

/// Says what is wrong in a template.
pub(super) fn check(tree: &Value, lines: &Lines) -> Check {
    let Value::Object(fields) = tree else {
        return Err(wrong(lines, "", "a template is a list of cloud-init's keys, each with its value"));
    };
    placeholders(lines, "", tree)?;
    schema::check(&sample(tree)).map_err(|fault| wrong(lines, &fault.path, &fault.reason))?;
    files(lines, fields)?;
    needed(lines, fields)
}

/// The template as it may become: what is put in is of the right kind, and what it is does not matter.
fn sample(tree: &Value) -> Value {
    match tree {
        Value::String(text) => match placeholder(text) {
            Some("ssh_authorized_keys") => Value::from(vec!["ssh-ed25519 AAAA"]),
            _ => tree.clone(),
        },
        Value::Array(items) => items.iter().map(sample).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), sample(value))).collect(),
        _ => tree.clone(),
    }
}

/// What of files cloud-init finds out on the machine only.
fn files(lines: &Lines, fields: &Map<String, Value>) -> Check {
    let files = fields.get("write_files").and_then(Value::as_array).into_iter().flatten();
    for (index, file) in files.enumerate() {
        let path = format!("write_files/{index}");
        let text = |name: &str| file.get(name).and_then(Value::as_str);
        let is_octal = |mode: &str| {
            (3..=4).contains(&mode.len()) && mode.bytes().all(|digit| (b'0'..=b'7').contains(&digit))
        };
        if text("permissions").is_some_and(|mode| !is_octal(mode)) {
            let path = format!("{path}/permissions");
            return Err(wrong(lines, &path, "permissions are three or four octal digits, in quotes"));
        }
        if text("path").is_some_and(|path| !path.starts_with('/')) {
            return Err(wrong(lines, &path, "a file has a path, which begins with a slash"));
        }
    }
    Ok(())
}

/// A placeholder is a whole text, and one of those that there are.
fn placeholders(lines: &Lines, path: &str, tree: &Value) -> Check {
    match tree {
        Value::String(text) => match placeholder(text) {
            Some(name) if !PLACEHOLDERS.contains(&name) => {
                let all = PLACEHOLDERS.join(", ");
                Err(wrong(lines, path, &format!("there is no {{{{{name}}}}}; there are {all}")))
            }
            None if PLACEHOLDERS.iter().any(|name| text.contains(&format!("{{{{{name}}}}}"))) => Err(wrong(
                lines,
                path,
                "a placeholder is a whole text; in the middle of one it is not replaced",
            )),
            _ => Ok(()),
        },
        // Without any key nothing would be left of it, and cloud-init takes no nothing in a list.
        Value::Array(items)
            if items
                .iter()
                .any(|item| item.as_str().and_then(placeholder) == Some("ssh_authorized_keys")) =>
        {
            Err(wrong(lines, path, "{{ssh_authorized_keys}} is a list itself, and the value of a field"))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| placeholders(lines, &join(path, &index.to_string()), item)),
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, value)| placeholders(lines, &join(path, name), value))
        }
        _ => Ok(()),
    }
}

/// A server is active when its agent says so: without these it never would be.
fn needed(lines: &Lines, fields: &Map<String, Value>) -> Check {
    let files = fields.get("write_files").and_then(Value::as_array);
    let has = |content: &str, path: Option<&str>| {
        files.into_iter().flatten().any(|file| {
            file.get("content").and_then(Value::as_str) == Some(content)
                && path.is_none_or(|path| file.get("path").and_then(Value::as_str) == Some(path))
        })
    };
    if !has("{{agent_env}}", Some("/etc/noc/agent.env")) {
        let reason =
            "write_files has no /etc/noc/agent.env with the content {{agent_env}}, which the agent needs";
        return Err(wrong(lines, "write_files", reason));
    }
    if !has("{{agent_script}}", None) {
        let reason = "write_files has no file with the content {{agent_script}}: a server is active when its agent says so";
        return Err(wrong(lines, "write_files", reason));
    }
    Ok(())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

fn wrong(lines: &Lines, path: &str, reason: &str) -> Wrong {
    Wrong { line: lines.of(path), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{super::yaml, *};

    const GOOD: &str = "hostname: '{{hostname}}'
write_files:
  - path: /etc/noc/agent.env
    permissions: '0600'
    content: '{{agent_env}}'
  - path: /usr/local/lib/noc/agent.sh
    content: '{{agent_script}}'
runcmd:
  - [sh, /usr/local/lib/noc/agent.sh]
";

    fn checked(text: &str) -> Result<(), String> {
        let (tree, lines) = yaml::parse(text).map_err(|wrong| wrong.to_string())?;
        check(&tree, &lines).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn a_template_is_refused_with_line_and_reason() {
        assert_eq!(checked(GOOD), Ok(()));
        for (from, to, expected) in [
            ("hostname:", "hostnam:", "line 1: cloud-init knows no key hostnam"),
            ("'{{hostname}}'", "7", "line 1: hostname is a text"),
            ("'{{hostname}}'", "'{{host}}'", "line 1: there is no {{host}}"),
            ("'{{hostname}}'", "'a {{hostname}}'", "line 1: a placeholder is a whole text"),
            ("'0600'", "0x600", "line 4: permissions are three or four octal digits"),
            ("/etc/noc/agent.env", "etc/noc/agent.env", "line 3: a file has a path"),
            ("permissions", "mode", "line 4: cloud-init knows no mode here"),
            ("[sh, /usr", "[sh, true, /usr", "line 9: runcmd is "),
            ("runcmd:", "runcmd: reboot\nbootcmd:", "line 8: runcmd is a list"),
            ("'{{agent_env}}'", "x", "line 2: write_files has no /etc/noc/agent.env"),
            ("'{{agent_script}}'", "x", "line 2: write_files has no file with the content {{agent_script}}"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let told = checked(&text).unwrap_err();
            assert!(told.starts_with(expected), "{to}: {told}");
        }
        assert_eq!(checked("- a").unwrap_err().split(':').next(), Some("line 1"));
    }

    #[test]
    fn the_applications_that_are_built_in_would_be_taken() {
        for application in super::super::all() {
            let template = super::super::built_in::template(&application.name).unwrap();
            let tree = serde_json::from_str(template).unwrap();
            assert_eq!(check(&tree, &Lines::default()), Ok(()), "{}", application.name);
        }
    }
}
