//! What a template must be before it is kept: what cloud-init's schema says of the keys that matter here, and what NOC
//! itself needs. cloud-init checks the rest, on the machine.

use noc_shared::applications::ApplicationRequest;
use serde_json::{Map, Value};

use super::{
    render::PLACEHOLDERS,
    yaml::{Lines, Wrong},
};
use crate::error::ApiError;

type Check = Result<(), Wrong>;

/// What the value of a key must be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Switch,
    Number,
    Texts,
    Object,
    List,
    Commands,
    Files,
    Packages,
    /// More than one of these.
    Any,
}

/// The keys that cloud-init knows at the top of a document.
const KEYS: &[(&str, Kind)] = &[
    ("ansible", Kind::Object),
    ("apk_repos", Kind::Object),
    ("apt", Kind::Object),
    ("apt_pipelining", Kind::Any),
    ("bootcmd", Kind::Commands),
    ("byobu_by_default", Kind::Text),
    ("ca_certs", Kind::Object),
    ("chef", Kind::Object),
    ("chpasswd", Kind::Object),
    ("device_aliases", Kind::Object),
    ("disable_ec2_metadata", Kind::Switch),
    ("disable_root", Kind::Switch),
    ("disable_root_opts", Kind::Text),
    ("disk_setup", Kind::Object),
    ("drivers", Kind::Object),
    ("final_message", Kind::Text),
    ("fqdn", Kind::Text),
    ("fs_setup", Kind::List),
    ("groups", Kind::Any),
    ("growpart", Kind::Object),
    ("grub_dpkg", Kind::Object),
    ("hostname", Kind::Text),
    ("keyboard", Kind::Object),
    ("landscape", Kind::Object),
    ("locale", Kind::Any),
    ("locale_configfile", Kind::Text),
    ("lxd", Kind::Object),
    ("manage_etc_hosts", Kind::Any),
    ("manage_resolv_conf", Kind::Switch),
    ("merge_how", Kind::Any),
    ("mount_default_fields", Kind::List),
    ("mounts", Kind::List),
    ("no_ssh_fingerprints", Kind::Switch),
    ("ntp", Kind::Any),
    ("output", Kind::Object),
    ("package_reboot_if_required", Kind::Switch),
    ("package_update", Kind::Switch),
    ("package_upgrade", Kind::Switch),
    ("packages", Kind::Packages),
    ("phone_home", Kind::Object),
    ("power_state", Kind::Object),
    ("prefer_fqdn_over_hostname", Kind::Switch),
    ("preserve_hostname", Kind::Switch),
    ("puppet", Kind::Object),
    ("random_seed", Kind::Object),
    ("resize_rootfs", Kind::Any),
    ("resolv_conf", Kind::Object),
    ("rsyslog", Kind::Object),
    ("runcmd", Kind::Commands),
    ("salt_minion", Kind::Object),
    ("snap", Kind::Object),
    ("ssh", Kind::Object),
    ("ssh_authorized_keys", Kind::Texts),
    ("ssh_deletekeys", Kind::Switch),
    ("ssh_fp_console_blacklist", Kind::Texts),
    ("ssh_genkeytypes", Kind::Texts),
    ("ssh_import_id", Kind::Texts),
    ("ssh_key_console_blacklist", Kind::Texts),
    ("ssh_keys", Kind::Object),
    ("ssh_publish_hostkeys", Kind::Object),
    ("ssh_pwauth", Kind::Any),
    ("ssh_quiet_keygen", Kind::Switch),
    ("swap", Kind::Object),
    ("timezone", Kind::Text),
    ("ubuntu_advantage", Kind::Object),
    ("ubuntu_pro", Kind::Object),
    ("updates", Kind::Object),
    ("user", Kind::Any),
    ("users", Kind::Any),
    ("version", Kind::Number),
    ("wireguard", Kind::Any),
    ("write_files", Kind::Files),
    ("yum_repos", Kind::Object),
    ("zypper", Kind::Object),
];

/// What a file of `write_files` may say.
const FILE_KEYS: [&str; 8] =
    ["path", "content", "permissions", "owner", "encoding", "append", "defer", "source"];

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
    if !(60..=7_200).contains(&request.ready_within_seconds) {
        return invalid("ready_within_seconds", "a number from 60 to 7,200");
    }
    Ok(())
}

/// Says what is wrong in a template.
pub(super) fn check(tree: &Value, lines: &Lines) -> Check {
    let Value::Object(fields) = tree else {
        return Err(wrong(lines, "", "a template is a list of cloud-init's keys, each with its value"));
    };
    for (name, value) in fields {
        let known = KEYS.iter().find(|(key, _)| key == name);
        let Some((_, kind)) = known else {
            return Err(wrong(lines, name, &format!("cloud-init knows no key {name}")));
        };
        of_kind(lines, name, value, *kind)?;
    }
    placeholders(lines, "", tree)?;
    needed(lines, fields)
}

fn of_kind(lines: &Lines, path: &str, value: &Value, kind: Kind) -> Check {
    // What a placeholder becomes is known to be right where it is used.
    if value.as_str().is_some_and(|text| text.starts_with("{{") && text.ends_with("}}")) {
        return Ok(());
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let expected = |what: &str| Err(wrong(lines, path, &format!("{name} is {what}")));
    match kind {
        Kind::Text if !value.is_string() => expected("a text; put it in quotes"),
        Kind::Switch if !value.is_boolean() => expected("true or false"),
        Kind::Number if !value.is_number() => expected("a number"),
        Kind::Object if !value.is_object() => expected("a list of names, each with its value"),
        Kind::List if !value.is_array() => expected("a list"),
        Kind::Texts if !is_list(value, Value::is_string) => expected("a list of texts"),
        Kind::Packages
            if !is_list(value, |item| !item.is_number() && !item.is_boolean() && !item.is_null()) =>
        {
            expected("a list of names")
        }
        Kind::Commands => commands(lines, path, value),
        Kind::Files => files(lines, path, value),
        _ => Ok(()),
    }
}

fn is_list(value: &Value, is: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(is))
}

fn commands(lines: &Lines, path: &str, value: &Value) -> Check {
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        return Err(wrong(lines, path, &format!("{path} is a list of commands")));
    };
    for (index, item) in items.iter().enumerate() {
        let is_command = item.is_string() || is_list(item, |part| part.is_string() || part.is_number());
        if !is_command {
            let reason = "a command is a text, or a list of a program and its arguments, each a text";
            return Err(wrong(lines, &format!("{path}/{index}"), reason));
        }
    }
    Ok(())
}

fn files(lines: &Lines, path: &str, value: &Value) -> Check {
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        return Err(wrong(lines, path, "write_files is a list of files"));
    };
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}/{index}");
        let Value::Object(file) = item else {
            return Err(wrong(lines, &path, "a file has a path and a content"));
        };
        for (name, value) in file {
            let path = format!("{path}/{name}");
            match name.as_str() {
                name if !FILE_KEYS.contains(&name) => {
                    return Err(wrong(lines, &path, &format!("a file has no {name}")));
                }
                "append" | "defer" => of_kind(lines, &path, value, Kind::Switch)?,
                "source" => of_kind(lines, &path, value, Kind::Object)?,
                "permissions" => {
                    let mode = value.as_str().unwrap_or_default();
                    if !(3..=4).contains(&mode.len())
                        || !mode.bytes().all(|digit| (b'0'..=b'7').contains(&digit))
                    {
                        return Err(wrong(
                            lines,
                            &path,
                            "permissions are three or four octal digits, in quotes",
                        ));
                    }
                }
                _ => of_kind(lines, &path, value, Kind::Text)?,
            }
        }
        if !file.get("path").and_then(Value::as_str).is_some_and(|path| path.starts_with('/')) {
            return Err(wrong(lines, &path, "a file has a path, which begins with a slash"));
        }
    }
    Ok(())
}

/// A placeholder is a whole text, and one of those that there are.
fn placeholders(lines: &Lines, path: &str, tree: &Value) -> Check {
    match tree {
        Value::String(text) => {
            let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
            match inner {
                Some(name) if !PLACEHOLDERS.contains(&name) => {
                    let all = PLACEHOLDERS.join(", ");
                    Err(wrong(lines, path, &format!("there is no {{{{{name}}}}}; there are {all}")))
                }
                None if PLACEHOLDERS.iter().any(|name| text.contains(&format!("{{{{{name}}}}}"))) => {
                    Err(wrong(
                        lines,
                        path,
                        "a placeholder is a whole text; in the middle of one it is not replaced",
                    ))
                }
                _ => Ok(()),
            }
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
            ("permissions", "mode", "line 4: a file has no mode"),
            ("[sh, /usr", "[sh, true, /usr", "line 9: a command is a text"),
            ("runcmd:", "runcmd: reboot\nbootcmd:", "line 8: runcmd is a list of commands"),
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

    #[test]
    fn the_keys_are_in_order() {
        assert!(KEYS.is_sorted_by_key(|(key, _)| *key));
    }
}
