//! What a new machine runs at its first start.
//!
//! A template is a tree. A placeholder is a whole text in it and is replaced as a whole, and the tree is written out as
//! JSON, which is YAML: nothing that is put in can become anything but that text.

use std::fmt;

use noc_shared::id::{DeploymentId, ServerId};
use serde_json::Value;

use super::work::DeployParameters;
use crate::{
    applications,
    config::{MasterKey, Secret},
    keys,
};

/// DigitalOcean takes 64 KiB of user data.
const MOST: usize = 64 * 1024;

/// Why a template does not render.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RenderError {
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

/// Renders the document of a server. It carries the token with which the machine claims its secrets.
pub(super) fn render(
    parameters: &DeployParameters,
    master: &MasterKey,
    server: &ServerId,
    deployment: &DeploymentId,
) -> Result<Secret, RenderError> {
    let name = &parameters.application.name;
    let template = applications::template(name).ok_or_else(|| RenderError::NoTemplate(name.clone()))?;
    let mut tree: Value = serde_json::from_str(template).map_err(|_| RenderError::Unreadable)?;
    let token = keys::claim_token(master, server, deployment);
    let agent_env = shell_variables(&[
        ("NOC_URL", &parameters.public_url),
        ("NOC_SERVER_ID", server.as_str()),
        ("NOC_DEPLOYMENT_ID", deployment.as_str()),
        ("NOC_CLAIM_TOKEN", token.expose()),
    ]);
    let application_env = shell_variables(&[
        ("NOC_APPLICATION", name),
        ("NOC_BRANCH", &parameters.branch),
        ("NOC_REPOSITORY", parameters.application.repository.as_deref().unwrap_or_default()),
        ("NOC_DOMAINS", &parameters.domains.join(" ")),
    ]);
    fill(&mut tree, &|placeholder| match placeholder {
        "agent_env" => Some(agent_env.clone()),
        "agent_script" => Some(applications::AGENT_SCRIPT.to_owned()),
        "application_env" => Some(application_env.clone()),
        "hostname" => Some(parameters.server_name.clone()),
        _ => None,
    })?;
    let document = format!("#cloud-config\n{tree}\n");
    if document.len() > MOST {
        return Err(RenderError::TooLong(document.len()));
    }
    Ok(Secret::new(document))
}

fn fill(tree: &mut Value, value: &impl Fn(&str) -> Option<String>) -> Result<(), RenderError> {
    match tree {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
                let name = name.trim();
                *text = value(name).ok_or_else(|| RenderError::Unknown(name.to_owned()))?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, value)),
        Value::Object(fields) => fields.values_mut().try_for_each(|field| fill(field, value)),
        _ => Ok(()),
    }
}

/// A file of variables that a shell reads back exactly: between single quotes nothing has a meaning but the quote.
fn shell_variables(variables: &[(&str, &str)]) -> String {
    variables.iter().map(|(name, value)| format!("{name}='{}'\n", value.replace('\'', r"'\''"))).collect()
}
