//! An object in memory, which may be lost at any moment.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use noc_worker::ports::Statement;

use super::moment::Scope;

/// One life of an object, from its construction until it is lost.
pub(crate) struct Process {
    alive: AtomicBool,
    /// What it is doing.
    pub(crate) scope: Mutex<Scope>,
    /// Whether an attempt is under way.
    pub(crate) open: AtomicBool,
    /// The place of the last intent in the log.
    pub(crate) intent: AtomicU64,
    /// An intent that is held back until its call was made, which breaks the rule on purpose.
    pub(crate) held_back: Mutex<Option<Statement>>,
}

impl Process {
    pub(crate) fn new() -> Self {
        Self {
            alive: AtomicBool::new(true),
            scope: Mutex::new(Scope::Request),
            open: AtomicBool::new(false),
            intent: AtomicU64::new(0),
            held_back: Mutex::default(),
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }

    pub(crate) fn kill(&self) {
        self.alive.store(false, Ordering::Relaxed);
    }

    /// Whoever waits for something in a process that is lost waits forever.
    pub(crate) async fn alive(&self) {
        if !self.is_alive() {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn scope(&self) -> Scope {
        self.scope.lock().unwrap().clone()
    }

    /// Begins to do something else, and says what was done before.
    pub(crate) fn enter(&self, scope: Scope) -> Scope {
        std::mem::replace(&mut *self.scope.lock().unwrap(), scope)
    }
}
