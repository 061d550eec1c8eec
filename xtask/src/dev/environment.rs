//! What the Worker is told about its surroundings, and what the environment overrides.

use std::path::{Path, PathBuf};

use crate::{Outcome, files};

use super::dev_vars::{BOOTSTRAP_TOKEN, IDENTITY, MASTER_KEY, SECRETS};

/// Each provider's variable, and where the simulator plays it.
const PROVIDERS: &[(&str, &str)] = &[
    ("DIGITALOCEAN_API_URL", "/digitalocean/v2"),
    ("CLOUDFLARE_API_URL", "/cloudflare/client/v4"),
    ("INFISICAL_API_URL", "/infisical/api"),
];

/// The variables that differ from `wrangler.toml`.
pub(super) fn variables(port: u16, simulator: Option<u16>) -> Vec<(&'static str, String)> {
    choose(port, simulator, |name| std::env::var(name).ok())
}

/// The bootstrap token that the environment sets, if it sets one.
pub(super) fn bootstrap_token() -> Option<String> {
    std::env::var(BOOTSTRAP_TOKEN).ok().filter(|value| !value.is_empty())
}

/// Writes the secrets that the environment sets, so that they win over `.dev.vars`; answers with the file.
pub(super) fn write_secrets(state: &Path) -> Outcome<PathBuf> {
    let path = state.join("environment.env");
    files::write_private(&path, &secrets(|name| std::env::var(name).ok())?)?;
    Ok(path)
}

fn choose(
    port: u16,
    simulator: Option<u16>,
    get: impl Fn(&str) -> Option<String>,
) -> Vec<(&'static str, String)> {
    let set = |name: &str| get(name).filter(|value| !value.is_empty());
    let mut variables = Vec::new();
    for &(name, path) in PROVIDERS {
        let simulated = simulator.map(|port| format!("http://127.0.0.1:{port}{path}"));
        // With neither, wrangler.toml names the real provider.
        if let Some(url) = set(name).or(simulated) {
            variables.push((name, url));
        }
    }
    let public = set("NOC_PUBLIC_URL").unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
    variables.push(("NOC_PUBLIC_URL", public));
    variables
}

fn secrets(get: impl Fn(&str) -> Option<String>) -> Outcome<String> {
    let mut text =
        String::from("# Secrets from the environment; written anew at each start of `cargo xtask dev`.\n");
    let needed = SECRETS.iter().map(|(name, _)| *name).chain([MASTER_KEY, BOOTSTRAP_TOKEN]);
    for name in needed.chain(IDENTITY.iter().copied()) {
        if let Some(value) = get(name).filter(|value| !value.is_empty()) {
            text.push_str(&format!("{name}={}\n", quoted(name, &value)?));
        }
    }
    Ok(text)
}

/// A value as dotenv takes it: in quotes that it does not contain, with `$` kept from being expanded.
fn quoted(name: &str, value: &str) -> Outcome<String> {
    // Between double quotes alone dotenv turns `\n` into a line end, so they are not among these.
    let quote = ['\'', '`'].into_iter().find(|quote| !value.contains(*quote));
    let quote = quote.ok_or_else(|| {
        format!("{name} in the environment has both kinds of quotes: put it into .dev.vars")
    })?;
    Ok(format!("{quote}{}{quote}", value.replace('$', "\\$")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_simulator_and_the_simulator_over_the_real_providers() {
        let given = |name: &str| match name {
            "CLOUDFLARE_API_URL" => Some("http://elsewhere/v4".to_owned()),
            "INFISICAL_API_URL" => Some(String::new()),
            _ => None,
        };
        let simulated = [
            ("DIGITALOCEAN_API_URL", "http://127.0.0.1:2/digitalocean/v2"),
            ("CLOUDFLARE_API_URL", "http://elsewhere/v4"),
            ("INFISICAL_API_URL", "http://127.0.0.1:2/infisical/api"),
            ("NOC_PUBLIC_URL", "http://127.0.0.1:1"),
        ];
        let real = [("CLOUDFLARE_API_URL", "http://elsewhere/v4"), ("NOC_PUBLIC_URL", "http://127.0.0.1:1")];
        for (simulator, expected) in [(Some(2), &simulated[..]), (None, &real[..])] {
            let variables = choose(1, simulator, given);
            let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(variables, expected);
        }
    }

    #[test]
    fn secrets_are_written_so_that_dotenv_reads_them_as_they_are() {
        for (value, written) in [
            ("plain", Some("DIGITALOCEAN_TOKEN='plain'\n")),
            ("it's", Some("DIGITALOCEAN_TOKEN=`it's`\n")),
            ("a$b\\n\"#", Some("DIGITALOCEAN_TOKEN='a\\$b\\n\"#'\n")),
            ("'`", None),
        ] {
            let text = secrets(|name| (name == "DIGITALOCEAN_TOKEN").then(|| value.to_owned())).ok();
            assert_eq!(
                text.as_deref().and_then(|text| text.split_once('\n')).map(|(_, rest)| rest),
                written,
                "{value}"
            );
        }
    }
}
