//! One at a time: a lock that the system takes back when its holder dies.

use std::fs::{File, TryLockError};

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
}
