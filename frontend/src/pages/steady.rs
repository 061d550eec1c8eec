//! What is shown of a [`Live`] thing without being made anew by each reading.

use leptos::prelude::*;

use super::parts::shown;
use crate::live::Live;

/// As [`shown`], but the view is made once, and reads by itself what may change: so the focus stays where it is, with what
/// is open and what is chosen.
pub fn steady<T, V>(
    live: Live<T>,
    what: &'static str,
    skeleton: impl Fn() -> AnyView + Send + 'static,
    view: impl Fn() -> V + Send + 'static,
) -> impl Fn() -> AnyView + Send
where
    T: Send + Sync + 'static,
    V: IntoAny,
{
    let stands = Memo::new(move |_| {
        let there = live.data.with(Option::is_some);
        (there, if there { None } else { live.problem.get() })
    });
    let shown = shown(live, what, skeleton, move |_| view());
    move || {
        // A memo that nobody reads does not look after what it is made of.
        stands.with(|_| ());
        untrack(&shown)
    }
}
