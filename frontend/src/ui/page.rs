//! A page: its title, what can be done on it, and what it shows.

use leptos::prelude::*;

/// Names the window.
pub fn set_title(title: &str) {
    document().set_title(&format!("{title} · NOC"));
}

/// A page.
#[component]
pub fn Page(
    /// What it is.
    #[prop(into)]
    title: Signal<String>,
    /// What it is for, in a sentence.
    #[prop(optional, into)]
    lead: String,
    /// What can be done.
    #[prop(optional)]
    acts: Option<Children>,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| set_title(&title.get()));
    view! {
        <header class="page-head">
            <h1>{title}</h1>
            {acts.map(|acts| view! { <div class="acts">{acts()}</div> })}
            {(!lead.is_empty()).then(|| view! { <p class="lead">{lead}</p> })}
        </header>
        {children()}
    }
}
