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

/// A dot for each of some things. For those who cannot see them it is one picture, whose name says all.
#[component]
pub fn Dots(
    /// What each colour says, and that in words.
    parts: Vec<(Tone, String)>,
) -> impl IntoView {
    let said = parts.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join(", ");
    let dot = |(tone, words): (Tone, String)| view! { <span class=format!("dot {}", tone.class()) title=words></span> };
    view! { <span class="dots" role="img" aria-label=said>{parts.into_iter().map(dot).collect_view()}</span> }
}
