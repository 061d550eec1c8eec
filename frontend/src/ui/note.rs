//! A few words that stand out.

use leptos::prelude::*;

use super::{Glyph, Icon, Tone};

/// A note. What can be done about it is its children.
#[component]
pub fn Note(
    /// What the colour says.
    tone: Tone,
    /// What it is about.
    #[prop(into)]
    title: String,
    /// What there is to say.
    #[prop(into, default = String::new())]
    text: String,
    /// What can be done.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let icon = match tone {
        Tone::Ok => Icon::CIRCLE_CHECK,
        Tone::Bad => Icon::CIRCLE_X,
        Tone::Warn => Icon::TRIANGLE_ALERT,
        Tone::Info | Tone::Idle => Icon::INFO,
    };
    view! {
        <div class=format!("note {}", tone.class()) role=(tone == Tone::Bad).then_some("alert")>
            <Glyph icon/>
            <div class="note-text">
                <strong>{title}</strong>
                {(!text.is_empty()).then(|| view! { <p class="text-soft">{text}</p> })}
            </div>
            {children.map(|children| view! { <div class="acts">{children()}</div> })}
        </div>
    }
}
