//! What the documents name exists: a page that names a file which has moved misleads whoever trusts it.

use std::{fs, path::Path};

use crate::project::Project;

/// The documents of the project.
const DOCUMENTS: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "cloud-init/README.md",
    "docs/drift-and-orphans.md",
    "docs/machines.md",
    "docs/security.md",
    "docs/signing-in.md",
];

/// Where the tests are that the threat model names.
const TESTS: [&str; 4] = ["worker/tests", "worker/src", "tests/system/tests", "audit/tests"];

/// Where a path in a document may begin.
const ROOTS: [&str; 5] = ["", "worker/src/", "shared/src/", "frontend/src/", "cloud-init/"];

#[test]
fn every_file_that_a_document_names_exists() {
    let project = Project::locate().unwrap();
    for document in DOCUMENTS {
        let text = fs::read_to_string(project.root.join(document)).unwrap();
        let named = paths(&text);
        assert!(
            document != "ARCHITECTURE.md" || named.len() > 20,
            "the paths are not found any more: {named:?}"
        );
        for path in named {
            let there = ROOTS.iter().any(|root| project.root.join(format!("{root}{path}")).exists());
            assert!(there, "{document} names {path}, which does not exist");
        }
    }
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let project = Project::locate().unwrap();
    let text = fs::read_to_string(project.root.join("docs/security.md")).unwrap();
    let mut sources = String::new();
    for folder in TESTS {
        read_all(&project.root.join(folder), &mut sources);
    }
    let is_test = |name: &&str| name.matches('_').count() > 3 && !name.contains([' ', '/', '.']);
    let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > 20, "the tests are not found any more: {named:?}");
    for name in named {
        let is_there = sources.contains(&format!("#[test]\nfn {name}()"))
            || sources.contains(&format!("#[test]\n    fn {name}()"))
            || sources.contains(&format!("#[tokio::test]\nasync fn {name}()"));
        assert!(is_there, "docs/security.md names {name}, which is no test");
    }
}

fn read_all(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            read_all(&entry, into);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(entry).unwrap());
        }
    }
}

#[test]
fn a_path_is_a_link_or_code_with_a_slash_that_is_no_route_and_no_pattern() {
    let text = "[a](docs/a.md) `src/b.rs` `c/` `/api/x` `POST /api` `<noun>/d.rs` `e.rs` [f](https://f.example/g) `h/{i}`";
    assert_eq!(paths(text), ["docs/a.md", "src/b.rs", "c/"]);
}

fn paths(text: &str) -> Vec<&str> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let code = text.split('`').skip(1).step_by(2);
    let strange = [' ', '<', '{', ':', '*', '(', '=', '\n', '…'];
    links
        .chain(code)
        .filter(|path| path.contains('/') && !path.starts_with(['/', '~', '.']) && !path.contains(strange))
        .collect()
}
