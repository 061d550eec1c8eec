//! The dashboard: from Rust, CSS and a page to the folder that is served.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use crate::console::{self, Step};
use crate::process::Program;
use crate::project::Project;
use crate::setup::{Lock, Tools};
use crate::{Outcome, files};

use super::size;
use super::wasm::{self, Piece};

/// What the dashboard is built from, seen from the root.
const INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "rust-toolchain.toml",
    "cloud-init/blank/cloud-config.yaml",
    "frontend/Cargo.toml",
    "frontend/font.mjs",
    "frontend/styles.mjs",
    "frontend/index.html",
    "frontend/public",
    "frontend/src",
    "frontend/styles",
    "shared/src",
    "xtask/src/build/frontend.rs",
    "xtask/src/build/wasm.rs",
];

/// Files of `public` that keep their names, as others look for them by name.
const BY_NAME: &[&str] = &["_headers", "_redirects", "favicon.svg", "robots.txt"];

/// One build of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Frontend {
    /// As small as it gets.
    Production,
    /// Quick to build, with the gallery of components.
    Dev,
}

impl Frontend {
    /// The one that belongs to a Worker of this profile.
    pub(crate) fn beside(worker_profile: &str) -> Self {
        if worker_profile == "release" { Self::Production } else { Self::Dev }
    }

    /// Where it goes.
    pub(crate) fn folder(self, project: &Project) -> PathBuf {
        project.root.join(match self {
            Self::Production => "frontend/dist",
            Self::Dev => "frontend/dist-dev",
        })
    }

    pub(super) fn profile(self) -> &'static str {
        match self {
            Self::Production => "frontend",
            Self::Dev => "wasm-test",
        }
    }

    fn usually(self) -> &'static str {
        match self {
            Self::Production => "1 to 2 minutes",
            Self::Dev => "10 to 30 seconds, 2 minutes the first time",
        }
    }
}

/// Builds the dashboard, unless it is up to date; answers with the folder that is served.
pub(crate) fn frontend(project: &Project, tools: &Tools, build: Frontend) -> Outcome<PathBuf> {
    let _lock = Lock::take(project, "build")?;
    let out = build.folder(project);
    let inputs: Vec<PathBuf> = INPUTS.iter().map(|input| project.root.join(input)).collect();
    let fingerprint =
        format!("{:016x}\n{build:?}\n{}\n", files::hash(&inputs, &[])?, tools.wasm_bindgen.display());
    let stamp = project.target().join(format!("frontend-{}", build.profile())).join("fingerprint");
    let stamped = format!("{fingerprint}{}\n", out.display());
    if out.join("index.html").is_file() && files::read(&stamp).is_ok_and(|last| last == stamped) {
        console::say(&format!("The dashboard ({build:?}) is up to date"));
    } else {
        let step = Step::begin(&format!("Building the dashboard ({build:?})"), build.usually());
        let _ = fs::remove_file(&stamp);
        let work = project.target().join(format!("frontend-{}", build.profile()));
        files::make_folder(&work)?;
        let pieces = wasm::program(project, tools, build, &work)?;
        styles(project, &work)?;
        font(project, &work)?;
        publish(project, &work, pieces, &out)?;
        files::write(&stamp, &stamped)?;
        step.done();
    }
    size::report_dashboard(&out, build == Frontend::Production)?;
    Ok(out)
}

/// The font, with what the dashboard needs of it.
fn font(project: &Project, work: &Path) -> Outcome<()> {
    let whole = "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2";
    let subset = Program::new("node")
        .arg(project.root.join("frontend/font.mjs"))
        .args([project.root.join(whole), work.join("inter.woff2")]);
    pass(subset, "the font was not made: see above")
}

/// The style sheet.
fn styles(project: &Project, work: &Path) -> Outcome<()> {
    let tailwind =
        Program::new("node").arg(project.root.join("frontend/styles.mjs")).arg(work.join("noc.css"));
    let written = tailwind.output()?;
    if written.success {
        Ok(())
    } else {
        Err(format!("the style sheet was not made: {}{}", written.stdout, written.stderr))
    }
}

/// Puts everything where it is served. A name carries a hash of what is in the file, so that browsers may keep it for
/// ever; the page, which names the others, is written last and what it named before goes after that.
fn publish(project: &Project, work: &Path, pieces: Vec<Piece>, out: &Path) -> Outcome<()> {
    let (public, assets) = (project.root.join("frontend/public"), out.join("assets"));
    // What is named by others comes before them.
    let mut sources: Vec<(String, PathBuf)> =
        pieces.into_iter().map(|piece| (piece.name, piece.path)).collect();
    for name in ["noc.wasm", "inter.woff2", "noc.css", "noc.js"] {
        sources.push((name.to_owned(), work.join(name)));
    }
    sources.push(("theme.js".to_owned(), public.join("theme.js")));
    let mut names: Vec<(String, String)> = Vec::new();
    for (name, path) in sources {
        let content =
            fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let content = match String::from_utf8(content) {
            Ok(text) => renamed(&text, &names).into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        let hashed = hashed(&name, &content);
        files::write_bytes(&assets.join(&hashed), &content)?;
        names.push((name, hashed));
    }
    for name in BY_NAME {
        copy(&public.join(name), &out.join(name))?;
    }
    // The Worker would be a fortieth larger with it, at each of its starts.
    copy(&project.root.join("worker/openapi.json"), &out.join("api/openapi.json"))?;
    let page = files::read(&project.root.join("frontend/index.html"))?;
    files::write(&out.join("index.html"), &renamed(&page, &names))?;
    let there =
        fs::read_dir(&assets).map_err(|error| format!("{} cannot be read: {error}", assets.display()))?;
    for file in there.flatten() {
        if !names.iter().any(|(_, name)| file.file_name() == **name) {
            let _ = fs::remove_file(file.path());
        }
    }
    Ok(())
}

/// The text with the names that files have got.
fn renamed(text: &str, names: &[(String, String)]) -> String {
    names.iter().fold(text.to_owned(), |text, (name, hashed)| {
        text.replace(&format!("/assets/{name}"), &format!("/assets/{hashed}"))
    })
}

fn hashed(name: &str, content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    let (stem, end) = name.split_once('.').unwrap_or((name, ""));
    format!("{stem}-{:016x}.{end}", hasher.finish())
}

pub(super) fn copy(from: &Path, to: &Path) -> Outcome<()> {
    if let Some(folder) = to.parent() {
        files::make_folder(folder)?;
    }
    fs::copy(from, to).map(drop).map_err(|error| format!("{} cannot be copied: {error}", from.display()))
}

pub(super) fn pass(program: Program, otherwise: &str) -> Outcome<()> {
    if program.run()?.success() { Ok(()) } else { Err(otherwise.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content_and_the_page_names_what_there_is() {
        let (one, other) = (hashed("noc.css", b"a"), hashed("noc.css", b"b"));
        assert_ne!(one, other);
        assert!(one.starts_with("noc-") && one.ends_with(".css"), "{one}");
        let page = renamed("<link href=\"/assets/noc.css\"> noc.css", &[("noc.css".to_owned(), one.clone())]);
        assert_eq!(page, format!("<link href=\"/assets/{one}\"> noc.css"));
    }

    #[test]
    fn the_page_names_only_what_is_published_and_runs_nothing_inline() {
        let page = include_str!("../../../frontend/index.html");
        for name in page.split("/assets/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(["noc.wasm", "inter.woff2", "noc.css", "noc.js", "theme.js"].contains(&name), "{name}");
        }
        assert!(!page.contains(" style=") && !page.contains("<script>") && !page.contains("<style"));
    }
}
