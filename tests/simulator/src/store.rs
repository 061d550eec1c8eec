//! The state file: what a simulator remembers, so that a restart finds its droplets.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::world::VERSION;
use crate::{Simulator, World};

/// How often it is asked whether there is something to write: a burst of changes becomes one write.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Why a state file could not be read.
#[derive(Debug)]
pub enum LoadError {
    /// The file is there and cannot be read.
    Unreadable(PathBuf, io::Error),
    /// The file is not the state of a simulator of this version.
    Foreign(PathBuf, String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, cause) => {
                write!(formatter, "the state file {} cannot be read: {cause}", path.display())
            }
            Self::Foreign(path, cause) => write!(
                formatter,
                "{} is no state file of this simulator ({cause}); delete it to start afresh",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LoadError {}

/// Reads a state file; none when there is no such file.
pub fn load(path: &Path) -> Result<Option<World>, LoadError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(LoadError::Unreadable(path.to_owned(), cause)),
    };
    let world: World = serde_json::from_slice(&text)
        .map_err(|cause| LoadError::Foreign(path.to_owned(), cause.to_string()))?;
    if world.version != VERSION {
        let cause = format!("its version is {}, not {VERSION}", world.version);
        return Err(LoadError::Foreign(path.to_owned(), cause));
    }
    Ok(Some(world))
}

/// Writes a state file, as a whole or not at all.
pub fn save(path: &Path, world: &World) -> io::Result<()> {
    let text = serde_json::to_vec(world)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    std::fs::write(&temporary, text)?;
    std::fs::rename(&temporary, path)
}

/// Writes the state file after changes, for ever. A failed write is reported once and tried again.
pub async fn keep(simulator: Simulator, path: PathBuf) {
    let mut written = None;
    let mut reported = false;
    loop {
        tokio::time::sleep(DEBOUNCE).await;
        let changes = simulator.changes();
        if written == Some(changes) {
            continue;
        }
        match save(&path, &simulator.world()) {
            Ok(()) => {
                written = Some(changes);
                reported = false;
            }
            Err(cause) if !reported => {
                reported = true;
                eprintln!("simulator: the state file {} cannot be written: {cause}", path.display());
            }
            Err(_) => {}
        }
    }
}
