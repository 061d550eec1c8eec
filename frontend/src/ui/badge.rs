//! How something stands, in a word and a colour.

use leptos::prelude::*;

/// What a colour says. It is never all that says it: a word stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Well.
    Ok,
    /// Look at it soon.
    Warn,
    /// Broken.
    Bad,
    /// Under way.
    Info,
    /// Nothing to say.
    Idle,
}

impl Tone {
    /// The class that colours by it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Ok => "tone-ok",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
            Self::Info => "tone-info",
            Self::Idle => "tone-idle",
        }
    }

    /// The class that colours text by it.
    pub const fn ink(self) -> &'static str {
        match self {
            Self::Ok => "ink-ok",
            Self::Warn => "ink-warn",
            Self::Bad => "ink-bad",
            Self::Info => "ink-info",
            Self::Idle => "ink-idle",
        }
    }
}

/// A word on a ground of its colour.
#[component]
pub fn Badge(
    /// What the colour says.
    #[prop(into)]
    tone: Signal<Tone>,
    /// The word.
    #[prop(into)]
    text: Signal<String>,
    /// Whether it is still going on: the dot breathes.
    #[prop(into, default = Signal::stored(false))]
    live: Signal<bool>,
) -> impl IntoView {
    let class = move || format!("badge {}{}", tone.get().class(), if live.get() { " live" } else { "" });
    view! { <span class=class>{text}</span> }
}

/// A dot; what it says is its title, and the text for those who cannot see it.
#[component]
pub fn Dot(
    /// What the colour says.
    tone: Tone,
    /// What it says in words.
    #[prop(into)]
    title: String,
) -> impl IntoView {
    view! {
        <span class=format!("dot {}", tone.class()) title=title.clone()></span>
        <span class="sr">{title}</span>
    }
}
