//! What this is, and the way back to its beginning.

use leptos::prelude::*;

/// The mark and the name.
#[component]
pub fn Brand(
    /// Where it leads.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    view! {
        <a class="brand" href=href aria-label="NOC, all servers">
            <svg viewBox="0 0 32 32" aria-hidden="true">
                <rect width="32" height="32" rx="8" class="fill-accent"></rect>
                <path d="M9 22V10l14 12V10" fill="none" class="stroke-on-accent" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"></path>
            </svg>
            "NOC"
        </a>
    }
}
