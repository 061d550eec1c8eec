//! Rendering what a new machine runs at its first start.
//!
//! A template is a tree. A placeholder is a whole text in it and is replaced as a whole, and the tree is written out as
//! JSON, which is YAML: nothing that is put in can become anything but that text.

use std::{collections::BTreeMap, fmt};

use noc_shared::applications::Application;
use serde_json::Value;

use super::built_in;
use crate::config::Secret;

/// DigitalOcean takes 64 KiB of user data.
pub(super) const MOST: usize = 64 * 1024;

/// What a template may ask for. The build script has the same list.
pub(super) const PLACEHOLDERS: [&str; 6] =
    ["agent_env", "agent_script", "application_env", "hostname", "secrets_env", "ssh_authorized_keys"];

/// Why a template does not render.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RenderError {
    /// There is no template of this name.
    NoTemplate(String),
    /// The template is not the tree that it was built as.
    Unreadable,
    /// The template asks for something that there is not.
    Unknown(String),
    /// The document is longer than the provider takes.
    TooLong(usize),
}

impl fmt::Display for RenderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTemplate(name) => write!(formatter, "the application {name} has no cloud-init template"),
            Self::Unreadable => formatter.write_str("the cloud-init template cannot be read"),
            Self::Unknown(name) => {
                write!(formatter, "the cloud-init template asks for {{{{{name}}}}}, which there is not")
            }
            Self::TooLong(bytes) => {
                write!(formatter, "the cloud-init document has {bytes} bytes; the provider takes {MOST}")
            }
        }
    }
}

impl std::error::Error for RenderError {}

/// What goes into a template.
pub(crate) struct Rendered<'a> {
    /// The application.
    pub(crate) application: &'a Application,
    /// Its template, if it is an organization's own.
    pub(crate) template: Option<&'a Value>,
    /// The server's name.
    pub(crate) server_name: &'a str,
    /// The git branch.
    pub(crate) branch: &'a str,
    /// The server's domains.
    pub(crate) domains: &'a [String],
    /// Where the machine reaches this Worker.
    pub(crate) public_url: &'a str,
    /// The server.
    pub(crate) server_id: &'a str,
    /// The deployment.
    pub(crate) deployment_id: &'a str,
    /// The token with which the machine claims its secrets.
    pub(crate) claim_token: &'a str,
    /// The keys that the organization's people log in with.
    pub(crate) ssh_keys: &'a [String],
    /// The secrets that go into the document itself, where the application asks for that.
    pub(crate) secrets: &'a BTreeMap<String, Secret>,
}

/// Renders the document.
pub(crate) fn render(what: &Rendered<'_>) -> Result<Secret, RenderError> {
    let name = &what.application.name;
    let mut tree = match what.template {
        Some(template) => template.clone(),
        None => {
            let template = built_in::template(name).ok_or_else(|| RenderError::NoTemplate(name.clone()))?;
            crate::json::read(template).map_err(|_| RenderError::Unreadable)?
        }
    };
    let agent_env = shell_variables([
        ("NOC_URL", what.public_url),
        ("NOC_SERVER_ID", what.server_id),
        ("NOC_DEPLOYMENT_ID", what.deployment_id),
        ("NOC_CLAIM_TOKEN", what.claim_token),
    ]);
    let application_env = shell_variables([
        ("NOC_APPLICATION", name.as_str()),
        ("NOC_BRANCH", what.branch),
        ("NOC_REPOSITORY", what.application.repository.as_deref().unwrap_or_default()),
        ("NOC_DOMAINS", &what.domains.join(" ")),
    ]);
    let secrets = what.secrets.iter().map(|(name, secret)| (name.as_str(), secret.expose()));
    let secrets_env = shell_variables(secrets);
    let value = |placeholder: &str| {
        Some(match placeholder {
            "agent_env" => agent_env.clone().into(),
            "agent_script" => built_in::AGENT_SCRIPT.into(),
            "application_env" => application_env.clone().into(),
            "hostname" => what.server_name.into(),
            "secrets_env" if !what.secrets.is_empty() => secrets_env.clone().into(),
            "ssh_authorized_keys" if what.ssh_keys.is_empty() => Value::Null,
            "ssh_authorized_keys" => what.ssh_keys.into(),
            _ => return None,
        })
    };
    // Counted before it is made: a template that asks for the agent a thousand times would be as long as all the memory.
    let least = least_of(&tree, &mut BTreeMap::new(), &value);
    if least > MOST {
        return Err(RenderError::TooLong(least));
    }
    fill(&mut tree, &value)?;
    let document = format!("#cloud-config\n{tree}\n");
    if document.len() > MOST {
        return Err(RenderError::TooLong(document.len()));
    }
    Ok(Secret::new(document))
}

/// How long a tree is at least when it is written out: its texts. How long each placeholder becomes is asked for once.
fn least_of(
    tree: &Value,
    lengths: &mut BTreeMap<String, usize>,
    value: &impl Fn(&str) -> Option<Value>,
) -> usize {
    match tree {
        Value::String(text) => {
            let Some(name) = placeholder(text) else { return text.len() };
            if !PLACEHOLDERS.contains(&name) {
                return text.len();
            }
            *lengths
                .entry(name.to_owned())
                .or_insert_with(|| value(name).map_or(0, |value| value.to_string().len()))
        }
        Value::Array(items) => {
            items.iter().fold(0, |sum, item| sum.saturating_add(least_of(item, lengths, value)))
        }
        Value::Object(fields) => fields.iter().fold(0, |sum, (name, field)| {
            sum.saturating_add(name.len()).saturating_add(least_of(field, lengths, value))
        }),
        _ => 1,
    }
}

/// The name of the placeholder that a text is.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim)
}

/// Replaces the placeholders. A field whose placeholder becomes nothing is taken away.
fn fill(tree: &mut Value, value: &impl Fn(&str) -> Option<Value>) -> Result<(), RenderError> {
    match tree {
        Value::String(text) => {
            if let Some(name) = placeholder(text) {
                *tree = value(name).ok_or_else(|| RenderError::Unknown(name.to_owned()))?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, value)),
        Value::Object(fields) => {
            let mut empty = Vec::new();
            for (name, field) in fields.iter_mut() {
                let is_placeholder = field.as_str().is_some_and(|text| text.starts_with("{{"));
                fill(field, value)?;
                if is_placeholder && field.is_null() {
                    empty.push(name.clone());
                }
            }
            fields.retain(|name, _| !empty.contains(name));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A file of variables that a shell reads back exactly: between single quotes nothing has a meaning but the quote.
fn shell_variables<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    variables
        .into_iter()
        .map(|(name, value)| format!("{name}='{}'\n", value.replace('\'', r"'\''")))
        .collect()
}
