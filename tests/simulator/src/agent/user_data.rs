//! What a machine is told by its user data: a cloud-init document whose `agent.env` says where NOC is.

use std::collections::BTreeMap;

use serde_json::Value;

const HEADER: &str = "#cloud-config";
const AGENT_ENV: &str = "/etc/noc/agent.env";

/// What `agent.env` says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AgentEnv {
    pub(super) noc_url: String,
    pub(super) server_id: String,
    pub(super) deployment_id: String,
    pub(super) claim_token: String,
}

impl AgentEnv {
    /// Reads the user data; the error says what is missing in it, and never what is in it.
    pub(super) fn of(user_data: &str) -> Result<Self, String> {
        let (header, document) = user_data.split_once('\n').unwrap_or((user_data, ""));
        if header.trim_end() != HEADER {
            return Err(format!("the user data does not begin with {HEADER}"));
        }
        let document: Value = serde_json::from_str(document)
            .map_err(|cause| format!("the cloud-init document is no JSON (line {})", cause.line() + 1))?;
        let content = document
            .get("write_files")
            .and_then(Value::as_array)
            .and_then(|files| files.iter().find(|file| file.get("path") == Some(&Value::from(AGENT_ENV))))
            .and_then(|file| file.get("content"))
            .and_then(Value::as_str)
            .ok_or_else(|| format!("write_files has no {AGENT_ENV}"))?;
        let mut values = assignments(content)?;
        let mut take = |key: &str| {
            values
                .remove(key)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| format!("{AGENT_ENV} has no {key}"))
        };
        Ok(Self {
            noc_url: take("NOC_URL")?.trim_end_matches('/').to_owned(),
            server_id: take("NOC_SERVER_ID")?,
            deployment_id: take("NOC_DEPLOYMENT_ID")?,
            claim_token: take("NOC_CLAIM_TOKEN")?,
        })
    }
}

fn assignments(content: &str) -> Result<BTreeMap<String, String>, String> {
    content
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(index, line)| {
            let (key, quoted) = line.split_once('=').ok_or_else(|| broken(index))?;
            Ok((key.to_owned(), unquote(quoted).ok_or_else(|| broken(index))?))
        })
        .collect()
}

fn broken(index: usize) -> String {
    format!("line {} of {AGENT_ENV} is not of the form KEY='value'", index + 1)
}

/// A word in POSIX single quotes, in which a quote is written `'\''`.
fn unquote(quoted: &str) -> Option<String> {
    let inner = quoted.trim_end().strip_prefix('\'')?.strip_suffix('\'')?;
    let value = inner.replace("'\\''", "\u{0}");
    // A quote that is left over would have ended the word.
    (!value.contains('\'')).then(|| value.replace('\u{0}', "'"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user_data(env: &str) -> String {
        let document = json!({
            "packages": ["curl"],
            "write_files": [
                {"path": "/etc/other", "content": "x"},
                {"path": AGENT_ENV, "permissions": "0600", "content": env},
            ],
        });
        format!("{HEADER}\n{document}\n")
    }

    #[test]
    fn agent_env_is_found_in_the_cloud_init_document() {
        let env = "# made by NOC\nNOC_URL='http://127.0.0.1:8787/'\nNOC_SERVER_ID='srv_1'\n\
                   NOC_DEPLOYMENT_ID='dep_1'\nNOC_CLAIM_TOKEN='it'\\''s = a #token'\n";
        assert_eq!(
            AgentEnv::of(&user_data(env)),
            Ok(AgentEnv {
                noc_url: "http://127.0.0.1:8787".into(),
                server_id: "srv_1".into(),
                deployment_id: "dep_1".into(),
                claim_token: "it's = a #token".into(),
            })
        );
    }

    #[test]
    fn user_data_without_an_agent_says_what_is_missing() {
        for (user_data, missing) in [
            (String::new(), "the user data does not begin with #cloud-config"),
            ("#!/bin/sh\n{}".into(), "the user data does not begin with #cloud-config"),
            (format!("{HEADER}\npackages: [curl]"), "the cloud-init document is no JSON (line 2)"),
            (format!("{HEADER}\n{{}}"), "write_files has no /etc/noc/agent.env"),
            (user_data("NOC_URL='http://x'\n"), "/etc/noc/agent.env has no NOC_SERVER_ID"),
            (user_data("NOC_URL=http://x\n"), "line 1 of /etc/noc/agent.env is not of the form KEY='value'"),
            (user_data("NOC_URL='a'b'\n"), "line 1 of /etc/noc/agent.env is not of the form KEY='value'"),
        ] {
            assert_eq!(AgentEnv::of(&user_data).err().as_deref(), Some(missing));
        }
    }
}
