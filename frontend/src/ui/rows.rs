//! Rows that stay on the page while what they show changes: with the focus that is on one, and with what is open in it.

use std::{collections::HashMap, hash::Hash};

use leptos::prelude::*;

/// A row for each of several things, known by a key. A row is made once, and reads what it shows from its signal.
#[component]
pub fn Rows<T, K, V>(
    /// What there is, in order.
    #[prop(into)]
    each: Signal<Vec<T>>,
    /// What tells one from all others, for as long as it is there.
    key: fn(&T) -> K,
    /// A row.
    row: impl Fn(Signal<T>) -> V + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let known = Memo::new(move |_| {
        each.with(|all| all.iter().map(|one| (key(one), one.clone())).collect::<HashMap<K, T>>())
    });
    let children = move |first: T| {
        let key = key(&first);
        let item = Memo::new(move |before: Option<&T>| {
            // A row may be asked once more after what it shows has gone.
            let now = known.with(|known| known.get(&key).cloned());
            now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
        });
        row(item.into())
    };
    let each = move || {
        keep_focus();
        each.get()
    };
    view! { <For each key=move |one: &T| key(one) children/> }
}

/// Gives the focus back to what has it now, if that is taken out and put in again at once: `For` does so with the first
/// rows where several come before them.
fn keep_focus() {
    use wasm_bindgen::JsCast as _;

    let active =
        document().active_element().and_then(|active| active.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(active) = active else { return };
    request_animation_frame(move || {
        let nowhere = document().active_element().is_none_or(|now| now.tag_name() == "BODY");
        if nowhere && active.is_connected() {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = active.focus_with_options(&options);
        }
    });
}
