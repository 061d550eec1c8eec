//! Targets: the object that owns a server's name inside its organization.
//!
//! It is the lock, the log and the runner: whatever happens to a server happens here, one thing after the other. The
//! shared database only holds the picture that it sends.
//!
//! - **Invariant:** between reading what stands and writing what follows from it there is no await.
//! - **Invariant:** only the alarm runs steps, and the platform runs one alarm of an object at a time.

mod agent;
mod allowance;
mod ask;
mod commands;
mod drive;
mod level;
mod operate;
mod picture;
mod progress;
mod protocol;
mod replayed;
mod report;
mod requests;
mod samples;
mod silence;
mod store;
mod story;

pub use agent::AgentState;
pub(crate) use agent::USUAL_INTERVAL_SECONDS;
pub(crate) use ask::ask;
pub use protocol::{
    Again, Claim, ClaimAnswer, Order, ReportEnvelope, ReportOutcome, ReportTaken, RunView, Start,
    StoryFilter, TargetAnswer, TargetRequest, Until,
};

pub(crate) use requests::LONGEST_WAIT_MS;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32},
};

use crate::{
    app::App,
    ports::{ObjectStorage, StorageError},
    servers::{SAGAS, Sagas},
    targets::{replayed::Replayed, store::Store},
};

/// The object of one target.
pub struct Target {
    app: Arc<App>,
    store: Store,
    sagas: Sagas,
    /// Whether anything was done since the object was constructed.
    awake: AtomicBool,
    /// How many alarms have failed one after the other.
    faults: AtomicU32,
    replayed: Replayed,
}

impl Target {
    /// The object with its storage, which is prepared if it is new.
    ///
    /// # Errors
    /// When the storage cannot be prepared.
    pub fn new(app: Arc<App>, storage: Arc<dyn ObjectStorage>) -> Result<Self, StorageError> {
        Self::with_sagas(app, storage, SAGAS)
    }

    /// The object with its storage and with the sagas that it knows.
    ///
    /// # Errors
    /// When the storage cannot be prepared.
    pub fn with_sagas(
        app: Arc<App>,
        storage: Arc<dyn ObjectStorage>,
        sagas: Sagas,
    ) -> Result<Self, StorageError> {
        let store = Store::prepare(storage)?;
        Ok(Self {
            app,
            store,
            sagas,
            awake: AtomicBool::new(false),
            faults: AtomicU32::new(0),
            replayed: Replayed::default(),
        })
    }
}
