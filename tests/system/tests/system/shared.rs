//! The NOC that most tests share. Each uses server names of its own, and injects no faults.

use std::{ops::Deref, sync::LazyLock, thread};

use noc_simulator::Settings;
use noc_system_tests::{Noc, Options};

/// The NOC that most tests share.
pub(crate) struct Shared(&'static Noc);

pub(crate) fn shared() -> Shared {
    static NOC: LazyLock<Noc> = LazyLock::new(|| {
        let usual = Options::default();
        // All tests at once are more calls a minute than one account has.
        let providers = Settings { rate_limits: false, ..usual.providers };
        Noc::start(Options { providers, ..usual })
    });
    Shared(&NOC)
}

impl Deref for Shared {
    type Target = Noc;

    fn deref(&self) -> &Noc {
        self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("The last lines of the Worker:\n{}", self.0.console.tail());
        }
    }
}
