//! One at a time: a lock that the system takes back when its holder dies.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::project::Project;
use crate::{Outcome, console, files};

/// A lock in the cache, held until it is dropped.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock called `name`, waiting for whoever holds it.
    pub(crate) fn take(project: &Project, name: &str) -> Outcome<Self> {
        files::make_folder(&project.cache)?;
        let path = project.cache.join(format!("{name}.lock"));
        let file =
            File::create(&path).map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        let locked = match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                console::say(&format!("Waiting for another `cargo xtask` that holds {}", path.display()));
                file.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        locked.map_err(|error| format!("{} cannot be locked: {error}", path.display()))?;
        Ok(Self { _file: file })
    }

    /// Takes the lock of a folder that only one may work in; `None` if somebody does.
    pub(crate) fn try_folder(folder: &Path) -> Outcome<Option<Self>> {
        files::make_folder(folder)?;
        let path = folder.join("lock");
        let file =
            File::create(&path).map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(format!("{} cannot be locked: {error}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_worked_in_by_one_at_a_time() {
        let folder = std::env::temp_dir().join(format!("noc-lock-{}", std::process::id()));
        let first = Lock::try_folder(&folder).unwrap();
        assert!(first.is_some() && Lock::try_folder(&folder).unwrap().is_none());
        drop(first);
        assert!(Lock::try_folder(&folder).unwrap().is_some());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
