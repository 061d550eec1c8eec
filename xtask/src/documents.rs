//! What the documents name exists: a page that names a file which has moved misleads whoever trusts it.

use std::fs;

use crate::project::Project;

/// The documents of the project.
const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "cloud-init/README.md", "docs/drift-and-orphans.md"];

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
