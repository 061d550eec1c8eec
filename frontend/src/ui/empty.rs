//! Where there is nothing: why, and what to do next.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// A place that is empty.
#[component]
pub fn Empty(
    /// What would be here.
    icon: Icon,
    /// That there is nothing.
    #[prop(into)]
    title: String,
    /// Why, or what to do.
    #[prop(into)]
    text: String,
    /// What can be done.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="plate"><Glyph icon class="glyph-lg"/></span>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="acts">{children()}</div> })}
        </div>
    }
}
