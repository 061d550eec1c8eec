//! The query of a read: the same in both versions but for the name of the project.

use serde_json::Value;

use super::Call;
use super::problem::{Problem, issue};

const SHARED: &[&str] = &[
    "environment",
    "expandSecretReferences",
    "include_imports",
    "metadataFilter",
    "recursive",
    "secretPath",
    "tagSlugs",
    "viewSecretValue",
];
/// A query may filter by ten pieces of metadata.
const METADATA_LIMIT: usize = 10;

/// What a read asks for.
pub(super) struct Wanted<'a> {
    pub(super) environment: &'a str,
    /// Without a slash at its end.
    pub(super) path: String,
    pub(super) view_value: bool,
    pub(super) expand: bool,
    pub(super) recursive: bool,
    pub(super) include_imports: bool,
    /// No secret here has a tag or metadata: a filter by them finds nothing.
    pub(super) filtered_out: bool,
}

/// Reads the query of a list, or of one secret with its further parameters.
pub(super) fn read<'a>(call: &'a Call<'_>, version: &str, further: &[&str]) -> Result<Wanted<'a>, Problem> {
    let query = &call.target.query;
    let (own, neighbours): (&[&str], &[&str]) = match version {
        "v4" => (&["projectId"], &["workspaceId", "workspaceSlug"]),
        _ => (&["workspaceId", "workspaceSlug"], &["projectId"]),
    };
    let mut issues = Vec::new();
    // The neighbouring version's names are dropped silently, and then missed.
    let known = [SHARED, own, neighbours, further].concat();
    if call.settings.infisical_refuses_unknown
        && let Some(name) = query.unknown(&known)
    {
        issues.push(issue("unrecognized_keys", name, "Unrecognized query parameter"));
    }
    let mut flag = |name: &str, default: bool| match query.get(name) {
        None => default,
        Some("true") => true,
        Some("false") => false,
        Some(other) => {
            let message = format!("Invalid enum value. Expected 'true' | 'false', received '{other}'");
            issues.push(issue("invalid_enum_value", name, &message));
            default
        }
    };
    let view_value = flag("viewSecretValue", true);
    let expand = flag("expandSecretReferences", false);
    let recursive = flag("recursive", false);
    let include_imports = flag("include_imports", false);
    check_lists(call, &mut issues);
    if !issues.is_empty() {
        return Err(Problem::validation(issues));
    }

    let environment = query.get("environment").filter(|environment| !environment.is_empty());
    let project = own.iter().find_map(|name| query.get(name)).filter(|project| !project.is_empty());
    let (Some(environment), Some(project)) = (environment, project) else {
        return Err(Problem::bad_request("Missing project id or environment"));
    };
    check_project(call, version, project)?;
    if !call.settings.secrets.iter().any(|secret| secret.environment == environment) {
        let message =
            format!("Environment with slug '{environment}' in project with ID '{project}' not found");
        return Err(Problem::not_found(message));
    }
    Ok(Wanted {
        environment,
        path: normalized(query.get("secretPath").unwrap_or("/")),
        view_value,
        expand,
        recursive,
        include_imports,
        filtered_out: query.get("tagSlugs").is_some() || query.get("metadataFilter").is_some(),
    })
}

fn check_lists(call: &Call<'_>, issues: &mut Vec<Value>) {
    let Some(filter) = call.target.query.get("metadataFilter") else { return };
    let pieces: Vec<&str> = filter.split('|').collect();
    let valid =
        |piece: &&str| piece.split(',').all(|part| part.starts_with("key=") || part.starts_with("value="));
    if pieces.len() > METADATA_LIMIT || !pieces.iter().all(valid) {
        let message = "Invalid metadata filter format: key=a,value=b|key=c, ten at most";
        issues.push(issue("custom", "metadataFilter", message));
    }
}

fn check_project(call: &Call<'_>, version: &str, project: &str) -> Result<(), Problem> {
    let settings = call.settings;
    let by_slug = version == "v3" && call.target.query.get("workspaceSlug") == Some(project);
    let own = if by_slug { &settings.infisical_project_slug } else { &settings.infisical_project_id };
    if project == own {
        Ok(())
    } else if project == settings.infisical_foreign_project_id {
        Err(Problem::forbidden("You are not a member of this project"))
    } else {
        Err(Problem::not_found(format!("Project with ID '{project}' not found")))
    }
}

/// `/a/b/` and `/a/b` are one folder.
pub(super) fn normalized(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    }
}
