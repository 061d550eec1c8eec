//! What is shown once, and never again.

use leptos::prelude::*;

use super::{Copy, Note, Tone};

/// A secret that its reader has to take along now.
#[component]
pub fn Once(
    /// What was made.
    #[prop(into)]
    title: String,
    /// What to do with it.
    #[prop(into)]
    text: String,
    /// The secret.
    secret: String,
    /// What it is, as `link`.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    view! {
        <div class="grid gap-2">
            <Note tone=Tone::Ok title=title text=format!("{text} It is shown this one time.")/>
            <p class="once">
                <code class="min-w-0 wrap-anywhere" data-once="">{secret.clone()}</code>
                <Copy text=secret what=what/>
            </p>
        </div>
    }
}
