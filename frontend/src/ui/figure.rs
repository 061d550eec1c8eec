//! Figures.

use leptos::prelude::*;

use super::Tone;

/// A number that matters, and what it is made of.
#[component]
pub fn Stat(
    /// What it counts.
    #[prop(into)]
    label: String,
    /// How much.
    #[prop(into)]
    value: Signal<String>,
    /// What it is made of.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card stat">
            <h2 class="stat-label">{label}</h2>
            <p class="stat-value">{value}</p>
            <div class="stat-more">{children()}</div>
        </section>
    }
}

/// Parts of a whole on one line, with what they are beneath.
#[component]
pub fn Strip(
    /// Each part: what it says, how much, and what that is called.
    #[prop(into)]
    parts: Signal<Vec<(Tone, usize, String)>>,
) -> impl IntoView {
    let parts = move || parts.get().into_iter().filter(|(_, count, _)| *count > 0).collect::<Vec<_>>();
    let pieces = move || {
        let piece = |(tone, count, _): (Tone, usize, String)| {
            view! { <span class=tone.class() style:flex=format!("{count} 1 0")></span> }
        };
        parts().into_iter().map(piece).collect_view()
    };
    let names = move || {
        let name = |(tone, count, name): (Tone, usize, String)| {
            view! { <span><i class=format!("dot {}", tone.class())></i>{format!("{count} {name}")}</span> }
        };
        parts().into_iter().map(name).collect_view()
    };
    view! {
        <div class="strip" aria-hidden="true">{pieces}</div>
        <p class="legend-list mt-2">{names}</p>
    }
}

/// One of several bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is of.
    pub name: String,
    /// How long it is, from 0 to 1.
    pub share: f64,
    /// What it says at its end.
    pub text: String,
}

/// Bars beneath each other. They are a list, so that what they show can be read aloud.
#[component]
pub fn Bars(
    /// The bars.
    #[prop(into)]
    bars: Signal<Vec<Bar>>,
) -> impl IntoView {
    let items = move || {
        let item = |bar: Bar| {
            view! {
                <li>
                    <span class="cut">{bar.name}</span>
                    <span class="track"><span style:width=percent(bar.share)></span></span>
                    <span class="num">{bar.text}</span>
                </li>
            }
        };
        bars.get().into_iter().map(item).collect_view()
    };
    view! { <ul class="bars">{items}</ul> }
}

/// How full something is.
#[component]
pub fn Track(
    /// What.
    #[prop(into)]
    name: String,
    /// How full, from 0 to 1.
    #[prop(into)]
    share: Signal<f64>,
) -> impl IntoView {
    let class = move || match share.get() {
        share if share >= 0.95 => "track bad",
        share if share >= 0.85 => "track warn",
        _ => "track ok",
    };
    view! {
        <div
            class=class
            role="meter"
            aria-label=name
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || ((share.get() * 100.0).round() as u32).to_string()
        >
            <span style:width=move || percent(share.get())></span>
        </div>
    }
}

fn percent(share: f64) -> String {
    // In whole thousandths: to write a fraction by itself takes more program than all of these figures.
    let thousandths = (share.clamp(0.0, 1.0) * 1_000.0) as u32;
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}
