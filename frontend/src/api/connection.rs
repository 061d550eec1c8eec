//! Whether the API is there: said by every request, shown in one place.

use std::cell::Cell;

use leptos::{prelude::*, task::spawn_local};

use super::client;
use crate::live::sleep;

/// Between two looks whether the API is back: quick at first, and never so often that it is a burden for what starts.
const LOOK_MS: [i32; 4] = [1_000, 2_000, 3_000, 5_000];

/// Whether the API is there.
#[derive(Clone, Copy)]
pub struct Connection {
    gone: RwSignal<bool>,
    returns: RwSignal<u32>,
}

thread_local! {
    /// The one of this program: requests go on when the page that began them is gone, and with it every context.
    static CONNECTION: Cell<Option<Connection>> = const { Cell::new(None) };
}

impl Connection {
    /// Makes the one of this program. Called once, where nothing disposes of its signals.
    pub fn begin() -> Self {
        let connection = Self { gone: RwSignal::new(false), returns: RwSignal::new(0) };
        CONNECTION.with(|cell| cell.set(Some(connection)));
        connection
    }

    /// The one of this program.
    pub fn current() -> Option<Self> {
        CONNECTION.with(Cell::get)
    }

    /// Whether nothing answers.
    pub fn is_gone(self) -> bool {
        self.gone.get()
    }

    /// How often the API has come back. Whoever reads this is called again when it does.
    pub fn returns(self) -> u32 {
        self.returns.get()
    }

    /// Has everything read again: somebody else asks from now on.
    pub fn again(self) {
        self.returns.update(|returns| *returns += 1);
    }

    /// A request was answered.
    pub(super) fn answered() {
        if let Some(connection) = Self::current()
            && connection.gone.get_untracked()
        {
            connection.gone.set(false);
            connection.returns.update(|returns| *returns += 1);
        }
    }

    /// A request was not answered: from now on it is looked every few seconds until one is.
    pub(super) fn lost() {
        let Some(connection) = Self::current() else { return };
        if connection.gone.get_untracked() {
            return;
        }
        connection.gone.set(true);
        spawn_local(async move {
            let mut looks = LOOK_MS.into_iter().chain(std::iter::repeat(5_000));
            while connection.gone.get_untracked() {
                sleep(looks.next().unwrap_or(5_000)).await;
                client::look().await;
            }
        });
    }
}
