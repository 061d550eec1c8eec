//! Infisical: the applications' secrets.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    ProviderError, ProviderErrorKind, SecretStore,
    call::{Ask, Caller, Said, query},
};
use crate::{
    config::{InfisicalConfig, Secret},
    ports::Method,
};

pub(super) struct Infisical {
    pub(super) caller: Caller,
    pub(super) config: InfisicalConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Login<'a> {
    client_id: &'a str,
    client_secret: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginAnswer {
    access_token: String,
}

#[derive(Deserialize)]
struct SecretsAnswer {
    secrets: Vec<StoredSecret>,
    #[serde(default)]
    imports: Vec<Import>,
}

#[derive(Deserialize)]
struct Import {
    secrets: Vec<StoredSecret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSecret {
    secret_key: String,
    #[serde(default)]
    secret_value: Option<String>,
    #[serde(default)]
    secret_value_hidden: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorAnswer {
    req_id: Option<String>,
    error: Option<String>,
    /// A text, or a list of what is wrong with the request.
    message: Option<Value>,
}

fn said(body: &[u8]) -> Said {
    let Ok(answer) = serde_json::from_slice::<ErrorAnswer>(body) else { return Said::default() };
    let message = answer.message.map(|message| match message {
        Value::String(text) => text,
        other => other.to_string(),
    });
    Said { code: answer.error, message, request_id: answer.req_id }
}

impl Infisical {
    /// A token for the next call. It is not kept: a run reads secrets once, and what is not kept cannot leak.
    async fn login(&self) -> Result<Secret, ProviderError> {
        let doing = "log in";
        let login =
            Login { client_id: &self.config.client_id, client_secret: self.config.client_secret.expose() };
        let body =
            serde_json::to_vec(&login).map_err(|error| self.caller.senseless(doing, &error.to_string()))?;
        let answer: LoginAnswer = self
            .caller
            .ask_for(Ask {
                doing,
                method: Method::Post,
                url: format!("{}/v1/auth/universal-auth/login", self.config.url),
                bearer: None,
                body: Some(body),
                said,
            })
            .await?;
        Ok(Secret::new(answer.access_token))
    }
}

#[async_trait]
impl SecretStore for Infisical {
    async fn read(&self, environment: &str) -> Result<BTreeMap<String, Secret>, ProviderError> {
        let token = self.login().await?;
        let pairs = [
            ("projectId", self.config.project_id.as_str()),
            ("environment", environment),
            ("secretPath", "/"),
            ("viewSecretValue", "true"),
            ("expandSecretReferences", "true"),
            ("include_imports", "true"),
        ];
        let ask = Ask {
            doing: "read the secrets",
            method: Method::Get,
            url: format!("{}/v4/secrets{}", self.config.url, query(&pairs)),
            bearer: Some(&token),
            body: None,
            said,
        };
        let answer: SecretsAnswer = self.caller.ask_for(ask).await.map_err(|mut error| {
            // The token is seconds old: if it is refused, the store has lost it, and a new one will do.
            let lost = match error.refusal.status {
                Some(401) => true,
                Some(403) => error.refusal.code.as_deref() == Some("TokenError"),
                _ => false,
            };
            if lost {
                error.kind = ProviderErrorKind::Unavailable;
            }
            error
        })?;
        // What the folder itself says wins over what it imports, and a later import over an earlier one.
        let imported = answer.imports.into_iter().flat_map(|import| import.secrets);
        let readable = imported.chain(answer.secrets).filter(|secret| !secret.secret_value_hidden);
        Ok(readable
            .filter_map(|secret| Some((secret.secret_key, Secret::new(secret.secret_value?))))
            .collect())
    }

    async fn ping(&self) -> Result<Option<u64>, ProviderError> {
        self.login().await.map(|_| None)
    }
}
