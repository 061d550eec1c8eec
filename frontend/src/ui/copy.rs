//! Taking a text along.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::{Icon, IconButton};
use crate::live::Timer;

/// Puts a text into the clipboard.
pub async fn copy_text(text: &str) -> bool {
    JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

/// A button that copies; for a moment it says that it did.
#[component]
pub fn Copy(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, as `address`.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let timer = StoredValue::new_local(None::<Timer>);
    let press = move |_| {
        spawn_local(async move {
            let text = text.get_untracked();
            if copy_text(&text).await {
                copied.try_set(true);
                let back = Timer::start(1_500, move || {
                    copied.try_set(false);
                });
                timer.try_update_value(|timer| *timer = Some(back));
            }
        });
    };
    let name = move || if copied.get() { "Copied".to_owned() } else { format!("Copy the {what}") };
    let icon = move || if copied.get() { Icon::CHECK } else { Icon::COPY };
    view! { <IconButton small=true icon=Signal::derive(icon) name=Signal::derive(name) on_press=press/> }
}
