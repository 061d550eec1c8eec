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
        writeln!(code, "    ({name:?}, {:?}, {:?}),", application.to_string(), template.to_string())?;
    }
    code.push_str("];\n\n/// What the machine's agent is.\n");
    let agent = fs::read_to_string(folder.join("agent/agent.sh"))?;
    writeln!(code, "pub(crate) const AGENT_SCRIPT: &str = {agent:?};")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("applications.rs"), code)?;
    Ok(())
}
