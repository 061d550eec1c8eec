//! Files: read, written and hashed, with errors that name the file.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::Outcome;

/// The text of a file.
pub(crate) fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Writes a file that everybody may read, and the folders above it.
pub(crate) fn write(path: &Path, text: &str) -> Outcome<()> {
    write_bytes(path, text.as_bytes())
}

/// Writes a file that everybody may read and that need not be text.
pub(crate) fn write_bytes(path: &Path, content: &[u8]) -> Outcome<()> {
    write_with_mode(path, content, 0o644)
}

/// Writes a file that holds secrets: only its owner may read it.
pub(crate) fn write_private(path: &Path, text: &str) -> Outcome<()> {
    write_with_mode(path, text.as_bytes(), 0o600)
}

/// Writes a script that may be executed.
pub(crate) fn write_executable(path: &Path, text: &str) -> Outcome<()> {
    write_with_mode(path, text.as_bytes(), 0o755)
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Outcome<()> {
    fs::create_dir_all(path).map_err(|error| format!("{} cannot be made: {error}", path.display()))
}

/// A hash over the names and contents of all files under `paths`, in a fixed order. Folders for which
/// `leave_out` holds are not entered. A path that is not there counts as empty.
pub(crate) fn hash(paths: &[PathBuf], leave_out: &[PathBuf]) -> Outcome<u64> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, leave_out, &mut files)?;
    }
    let mut hasher = DefaultHasher::new();
    for file in files {
        let content =
            fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        // Lengths keep apart what would otherwise run together: a name that ends as a content begins.
        for part in [file.as_os_str().as_encoded_bytes(), &content] {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
    }
    Ok(hasher.finish())
}

fn collect(path: &Path, leave_out: &[PathBuf], files: &mut Vec<PathBuf>) -> Outcome<()> {
    if leave_out.iter().any(|left_out| left_out == path) {
        return Ok(());
    }
    if path.is_dir() {
        let entries =
            fs::read_dir(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let mut children: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        children.sort();
        for child in children {
            collect(&child, leave_out, files)?;
        }
    } else if path.is_file() {
        files.push(path.to_owned());
    }
    Ok(())
}

/// The file gets its content in one step (written beside, then renamed): another start of this tool may be
/// reading it, and an interrupted one must not leave half of it.
fn write_with_mode(path: &Path, content: &[u8], mode: u32) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&beside)
        .and_then(|mut file| file.write_all(content))
        // `mode` above counts only for a new file, and the umask takes from it.
        .and_then(|()| fs::set_permissions(&beside, fs::Permissions::from_mode(mode)))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        format!("{} cannot be written: {error}", path.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_changes_with_every_name_and_content_but_not_with_what_is_left_out() {
        let folder = std::env::temp_dir().join(format!("noc-xtask-hash-{}", std::process::id()));
        let hashed = || hash(&[folder.join("src")], &[folder.join("src/build")]).unwrap();
        write(&folder.join("src/a"), "1").unwrap();
        let first = hashed();
        let mut seen = vec![first];
        for (name, content) in [("src/a", "2"), ("src/b", ""), ("src/below/c", "1")] {
            write(&folder.join(name), content).unwrap();
            let now = hashed();
            assert!(!seen.contains(&now), "{name}");
            seen.push(now);
        }
        let before = hashed();
        write(&folder.join("src/build/index.js"), "output").unwrap();
        assert_eq!(hashed(), before);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_private_file_is_for_its_owner_only_even_if_it_was_not_before() {
        let file = std::env::temp_dir().join(format!("noc-xtask-private-{}", std::process::id()));
        write(&file, "a").unwrap();
        write_private(&file, "b").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&file).unwrap(), "b");
        fs::remove_file(&file).unwrap();
    }
}
