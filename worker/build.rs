//! Turns the cloud-init templates into JSON, so that the Worker needs no YAML.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../cloud-init");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.join("application.json").exists() {
            names.push(
                path.file_name()
                    .and_then(|name| name.to_str())
                    .ok_or("a folder's name is not text")?
                    .to_owned(),
            );
        }
    }
    names.sort();
    let mut code = String::from(
        "/// Name, description and template of each.\nconst BUILT_IN: &[(&str, &str, &str)] = &[\n",
    );
    for name in names {
        let application: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join(&name).join("application.json"))?)?;
        let path = folder.join(&name).join("cloud-config.yaml");
        let template: serde_json::Value = serde_saphyr::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        if let Some(text) = half_a_placeholder(&template) {
            return Err(format!(
                "{}: a placeholder is a whole text, but this is in {text:?}",
                path.display()
            )
            .into());
        }
        writeln!(code, "    ({name:?}, {:?}, {:?}),", application.to_string(), template.to_string())?;
    }
    code.push_str("];\n\n/// What the machine's agent is.\n");
    let agent = fs::read_to_string(folder.join("agent/agent.sh"))?;
    writeln!(code, "pub(crate) const AGENT_SCRIPT: &str = {agent:?};")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("applications.rs"), code)?;
    Ok(())
}

/// A text that has a placeholder in its middle: it would be left standing, because only whole texts are replaced.
fn half_a_placeholder(tree: &serde_json::Value) -> Option<&str> {
    match tree {
        serde_json::Value::String(text) => {
            let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(text);
            PLACEHOLDERS
                .iter()
                .any(|name| inner != *name && inner.contains(&format!("{{{{{name}}}}}")))
                .then_some(text)
        }
        serde_json::Value::Array(items) => items.iter().find_map(half_a_placeholder),
        serde_json::Value::Object(fields) => fields.values().find_map(half_a_placeholder),
        _ => None,
    }
}

/// What a template may ask for.
const PLACEHOLDERS: [&str; 6] =
    ["agent_env", "agent_script", "application_env", "hostname", "secrets_env", "ssh_authorized_keys"];
