//! Reading the secrets of a project.

use serde::Serialize;

use crate::Reply;
use crate::random::Random;
use crate::settings::{Secret, Settings};
use crate::time::rfc3339_millis;

use super::Call;
use super::problem::{Problem, issue};
use super::query::{self, Wanted};

/// What Infisical sends in the place of a value that is not shown.
const HIDDEN: &str = "<hidden-by-infisical>";
/// When all secrets were made: 2026-01-05T09:00:00Z.
const MADE_AT: u64 = 1_767_603_600_000;

#[derive(Serialize)]
struct List<'a> {
    secrets: Vec<SecretView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imports: Option<Vec<ImportView<'a>>>,
}

#[derive(Serialize)]
struct One<'a> {
    secret: SecretView<'a>,
}

/// The secret object; an imported one has no times.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretView<'a> {
    id: String,
    #[serde(rename = "_id")]
    other_id: String,
    workspace: &'a str,
    environment: &'a str,
    version: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    secret_key: &'a str,
    secret_value: String,
    secret_value_hidden: bool,
    secret_comment: &'a str,
    secret_path: &'a str,
    secret_reminder_note: Option<()>,
    secret_reminder_repeat_days: Option<()>,
    skip_multiline_encoding: bool,
    secret_metadata: [(); 0],
    tags: [(); 0],
    actor: Option<()>,
    is_rotated_secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImportView<'a> {
    secret_path: &'a str,
    environment: &'a str,
    folder_id: String,
    secrets: Vec<SecretView<'a>>,
}

/// `GET /api/v4/secrets` and `GET /api/v3/secrets/raw`: one answer, never pages.
pub(super) fn list(call: &Call<'_>, version: &str) -> Result<Reply, Problem> {
    let wanted = query::read(call, version, &[])?;
    let settings = call.settings;
    let secrets = settings
        .secrets
        .iter()
        .filter(|secret| secret.environment == wanted.environment && !wanted.filtered_out)
        .filter(|secret| {
            secret.path == wanted.path || (wanted.recursive && is_below(&secret.path, &wanted.path))
        })
        .map(|secret| view(settings, &wanted, secret, true))
        .collect();
    let imports = wanted.include_imports.then(|| imports(settings, &wanted));
    Ok(Reply::json(200, &List { secrets, imports }))
}

/// `GET /api/v4/secrets/{name}` and `GET /api/v3/secrets/raw/{name}`
pub(super) fn get(call: &Call<'_>, version: &str, name: &str) -> Result<Reply, Problem> {
    let wanted = query::read(call, version, &["type", "version"])?;
    let parameter = |name| call.target.query.get(name);
    match parameter("type") {
        None | Some("shared" | "personal") => {}
        Some(_) => {
            let message = "Invalid enum value. Expected 'shared' | 'personal'";
            return Err(Problem::validation(vec![issue("invalid_enum_value", "type", message)]));
        }
    }
    if parameter("version").is_some_and(|version| version.parse::<u64>().is_err()) {
        let message = "Expected number, received nan";
        return Err(Problem::validation(vec![issue("invalid_type", "version", message)]));
    }
    let secret = call
        .settings
        .secrets
        .iter()
        .find(|secret| {
            secret.key == name && secret.environment == wanted.environment && secret.path == wanted.path
        })
        // Every secret is a shared one in its first version.
        .filter(|_| parameter("type") != Some("personal"))
        .filter(|_| parameter("version").is_none_or(|version| version == "1"))
        .ok_or_else(|| Problem::not_found(format!("Secret with name '{name}' not found")))?;
    Ok(Reply::json(200, &One { secret: view(call.settings, &wanted, secret, true) }))
}

fn imports<'a>(settings: &'a Settings, wanted: &Wanted<'_>) -> Vec<ImportView<'a>> {
    settings
        .secret_imports
        .iter()
        .filter(|(environment, path, _, _)| *environment == wanted.environment && *path == wanted.path)
        .map(|(_, _, environment, path)| ImportView {
            secret_path: path,
            environment,
            folder_id: Random::new(hash(&[environment, path])).uuid(),
            secrets: settings
                .secrets
                .iter()
                .filter(|secret| secret.environment == *environment && secret.path == *path)
                .map(|secret| view(settings, wanted, secret, false))
                .collect(),
        })
        .collect()
}

fn view<'a>(
    settings: &'a Settings,
    wanted: &Wanted<'_>,
    secret: &'a Secret,
    with_times: bool,
) -> SecretView<'a> {
    let id = Random::new(hash(&[&secret.environment, &secret.path, &secret.key])).uuid();
    let hidden = secret.value_hidden || !wanted.view_value;
    let secret_value = match (hidden, wanted.expand) {
        (true, _) => HIDDEN.to_owned(),
        (false, true) => expanded(settings, secret),
        (false, false) => secret.value.clone(),
    };
    SecretView {
        other_id: id.clone(),
        id,
        workspace: &settings.infisical_project_id,
        environment: &secret.environment,
        version: 1,
        kind: "shared",
        secret_key: &secret.key,
        secret_value,
        secret_value_hidden: hidden,
        secret_comment: &secret.comment,
        secret_path: &secret.path,
        secret_reminder_note: None,
        secret_reminder_repeat_days: None,
        skip_multiline_encoding: false,
        secret_metadata: [],
        tags: [],
        actor: None,
        is_rotated_secret: false,
        created_at: with_times.then(|| rfc3339_millis(MADE_AT)),
        updated_at: with_times.then(|| rfc3339_millis(MADE_AT)),
    }
}

/// Puts the values of the same folder in the place of `${NAME}`, once; a name that is not there stays as it is.
fn expanded(settings: &Settings, secret: &Secret) -> String {
    settings
        .secrets
        .iter()
        .filter(|other| other.environment == secret.environment && other.path == secret.path)
        .filter(|other| other.key != secret.key)
        .fold(secret.value.clone(), |value, other| {
            value.replace(&format!("${{{}}}", other.key), &other.value)
        })
}

fn is_below(path: &str, folder: &str) -> bool {
    folder == "/" || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// FNV-1a, so that a secret has the same id in every run.
fn hash(parts: &[&str]) -> u64 {
    parts.iter().flat_map(|part| part.bytes().chain([0])).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
