//! What this browser remembers. It may refuse to: then nothing is remembered.

use leptos::prelude::window;

/// What was remembered under a name.
pub fn recall(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(&format!("noc.{name}")).ok()?
}

/// Remembers a text under a name; nothing, when it is empty.
pub fn remember(name: &str, text: &str) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    let name = format!("noc.{name}");
    let _ = if text.is_empty() { storage.remove_item(&name) } else { storage.set_item(&name, text) };
}
