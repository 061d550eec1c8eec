//! The second factor, when a request is refused for want of it: somebody is asked, and the request waits meanwhile.

use std::cell::{Cell, RefCell};

use js_sys::{Function, Promise};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// The word by which the API wants the second factor.
pub(super) const WANTED: &str = "second_factor_required";

/// Whether somebody is asked for the second factor.
#[derive(Clone, Copy)]
pub struct Proof {
    /// Whether it is asked for now.
    pub open: RwSignal<bool>,
    /// Whether it is asked for because a second factor shall be set up.
    pub to_set_up: RwSignal<bool>,
}

thread_local! {
    /// The one of this program: requests go on when the page that began them is gone, and with it every context.
    static PROOF: Cell<Option<Proof>> = const { Cell::new(None) };
    /// What is told when it is known whether there is a proof: several requests may wait for the same.
    static WAITING: RefCell<Vec<Function>> = const { RefCell::new(Vec::new()) };
}

impl Proof {
    /// Makes the one of this program. Called once, where nothing disposes of its signals.
    pub fn begin() -> Self {
        let proof = Self { open: RwSignal::new(false), to_set_up: RwSignal::new(false) };
        PROOF.with(|cell| cell.set(Some(proof)));
        proof
    }

    /// Asks for the second factor on behalf of a request, and says whether it was proven.
    pub(super) async fn given(path: &str) -> bool {
        let Some(proof) = PROOF.with(Cell::get) else { return false };
        let promise = Promise::new(&mut |resolve, _| WAITING.with_borrow_mut(|all| all.push(resolve)));
        proof.to_set_up.set(sets_up(path));
        proof.open.set(true);
        let answer: Result<JsValue, JsValue> = JsFuture::from(promise).await;
        answer.is_ok_and(|answer| answer.is_truthy())
    }

    /// Tells everything that waits whether it was proven.
    pub fn answer(self, proven: bool) {
        let waiting = WAITING.take();
        for resolve in waiting {
            let _ = resolve.call1(&JsValue::NULL, &JsValue::from_bool(proven));
        }
        // Said once: whoever looks on is told of every time that it is set.
        if self.open.get_untracked() {
            self.open.set(false);
        }
    }
}

/// Whether a path is one of those that set up a second factor.
fn sets_up(path: &str) -> bool {
    ["/api/passkeys", "/api/second-factor"].iter().any(|begin| path.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_factor_is_set_up_by_these_paths() {
        for (path, expected) in [
            ("/api/passkeys/challenge", true),
            ("/api/second-factor/codes", true),
            ("/api/servers/passkeys", false),
            ("/api/tokens", false),
        ] {
            assert_eq!(sets_up(path), expected, "{path}");
        }
    }
}
