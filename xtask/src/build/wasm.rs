//! The dashboard's program: from Rust to the piece that is loaded first, those that are loaded when a page needs them, and
//! the module that starts it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::Program;
use crate::project::Project;
use crate::setup::{Tools, WASM};
use crate::{Outcome, files};

use super::frontend::{Frontend, copy, pass};

/// Nobody catches a panic in a browser, and nobody reads where it was in a program without names: a standard library
/// without the words for it, and components behind one type each, are a fifth less to load.
const SMALL: &str = "--cfg erase_components -Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

/// Larger than with -Oz, and yet smaller when compressed: what is alike stands near each other.
const OPTIMIZE: &[&str] = &[
    "--all-features",
    // Browsers do not read these yet.
    "--disable-compact-imports",
    "--reorder-functions-by-name",
    "-Os",
    "--flatten",
    "--rereloop",
    "-Os",
    "--strip-producers",
    "--strip-target-features",
];

/// What names the pieces, as the splitter writes it.
const LINKS: &str = "__wasm_split.js";

/// A piece of the program that is loaded later.
pub(super) struct Piece {
    /// What it is called where it is served.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
}

/// Builds the program into `work`: `noc.wasm` and `noc.js`, and the pieces that those load.
pub(super) fn program(project: &Project, tools: &Tools, build: Frontend, work: &Path) -> Outcome<Vec<Piece>> {
    let bin = ["rustc", "--quiet", "-p", "noc-frontend", "--bin", "noc-frontend"];
    let mut cargo = project.cargo(&bin).args(["--target", WASM, "--profile", build.profile()]);
    match (build, &tools.nightly) {
        (Frontend::Dev, _) => cargo = cargo.args(["--features", "gallery"]),
        (Frontend::Production, Some(nightly)) => {
            cargo = cargo
                .args(["-Z", "build-std=std,panic_abort", "-Z", "build-std-features=optimize_for_size"])
                .env("RUSTUP_TOOLCHAIN", &nightly.toolchain)
                .env("RUSTFLAGS", SMALL);
        }
        (Frontend::Production, None) => {}
    }
    // What refers to what: without it nobody could say what belongs to a piece.
    pass(cargo.args(["--", "-Clink-args=--emit-relocs"]), "the dashboard was not built: see above")?;
    let whole = project.target().join(WASM).join(build.profile()).join("noc-frontend.wasm");
    let folder = work.join("pieces");
    let _ = fs::remove_dir_all(&folder);
    files::make_folder(&folder)?;
    let split = Program::new(&tools.wasm_split).arg(&whole).arg(&folder).args(["--out-name", "noc_frontend"]);
    pass(split, "the program was not split: see above")?;
    let bindgen = Program::new(&tools.wasm_bindgen)
        // The pieces need what the linker exports.
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", "noc_frontend"])
        .arg("--out-dir")
        .args([work, &folder.join("noc_frontend.wasm")]);
    pass(bindgen, "wasm-bindgen failed: see above")?;
    optimize(project, build, &work.join("noc_frontend_bg.wasm"), &work.join("noc.wasm"))?;
    let pieces = pieces(project, build, &folder)?;
    let links = files::read(&folder.join(LINKS))?;
    files::write(&work.join(LINKS), &linked(&links))?;
    copy(&project.root.join("frontend/public/boot.js"), &work.join("boot.js"))?;
    let bundle = Program::new(project.root.join("node_modules/esbuild/bin/esbuild"))
        .arg(work.join("boot.js"))
        .args(["--bundle", "--minify", "--format=esm", "--log-level=warning"])
        // The splitter's imports are of one module, and each names it.
        .arg("--log-override:duplicate-object-key=silent")
        .arg(format!("--outfile={}", work.join("noc.js").display()));
    pass(bundle, "esbuild failed: see above")?;
    Ok(pieces)
}

/// The pieces in `folder`, made as small as the rest.
fn pieces(project: &Project, build: Frontend, folder: &Path) -> Outcome<Vec<Piece>> {
    let there =
        fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    let mut names: Vec<String> =
        there.flatten().filter_map(|file| piece_name(file.file_name().to_str()?)).collect();
    names.sort();
    let mut pieces = Vec::new();
    for name in names {
        let path = folder.join(format!("best-{name}"));
        optimize(project, build, &folder.join(&name), &path)?;
        pieces.push(Piece { name, path });
    }
    Ok(pieces)
}

/// The name of a file of the splitter's, if that is a piece.
fn piece_name(name: &str) -> Option<String> {
    let piece = (name.starts_with("split_") || name.starts_with("chunk_")) && name.ends_with(".wasm");
    piece.then(|| name.to_owned())
}

/// The pieces are where all assets are.
fn linked(links: &str) -> String {
    links.replace("new URL(\"./", "new URL(\"/assets/")
}

fn optimize(project: &Project, build: Frontend, from: &Path, to: &Path) -> Outcome<()> {
    if build == Frontend::Dev {
        return copy(from, to);
    }
    let program = Program::new(project.root.join("node_modules/binaryen/bin/wasm-opt"));
    let written = program.args(OPTIMIZE).arg("-o").args([to, from]).output()?;
    // It warns of names that the splitter leaves, and that do no harm.
    if written.success { Ok(()) } else { Err(format!("wasm-opt failed: {}", written.stderr)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_told_from_the_rest_and_are_asked_for_where_assets_are() {
        for (name, expected) in [
            ("split_fleet.wasm", true),
            ("chunk_3.wasm", true),
            ("noc_frontend.wasm", false),
            ("__wasm_split.js", false),
            ("best-chunk_3.wasm", false),
        ] {
            assert_eq!(piece_name(name).is_some(), expected, "{name}");
        }
        let links = "fetch(new URL(\"./chunk_3.wasm\", import.meta.url))";
        assert_eq!(linked(links), "fetch(new URL(\"/assets/chunk_3.wasm\", import.meta.url))");
    }
}
