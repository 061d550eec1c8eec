//! What is chosen from.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// One of the ways of a [`Segmented`].
#[derive(Clone, Copy)]
pub struct Segment {
    /// What is chosen.
    pub value: &'static str,
    /// What it says.
    pub text: &'static str,
    /// What stands before it.
    pub icon: Option<Icon>,
}

/// One of a few, all of them seen.
#[component]
pub fn Segmented(
    /// What is chosen between.
    #[prop(into)]
    name: String,
    /// The ways.
    segments: &'static [Segment],
    /// The one that is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Chooses.
    #[prop(into)]
    on_choose: Callback<&'static str>,
) -> impl IntoView {
    let buttons = segments.iter().map(|segment| {
        let chosen = move || value.with(|value| value == segment.value);
        view! {
            <button
                type="button"
                aria-pressed=move || if chosen() { "true" } else { "false" }
                on:click=move |_| on_choose.run(segment.value)
            >
                {segment.icon.map(|icon| view! { <Glyph icon class="glyph-sm"/> })}
                {segment.text}
            </button>
        }
    });
    view! { <div class="segmented" role="group" aria-label=name>{buttons.collect_view()}</div> }
}

/// On or off.
#[component]
pub fn Switch(
    /// What is on or off.
    #[prop(into)]
    text: String,
    /// Whether it is on.
    #[prop(into)]
    on: Signal<bool>,
    /// Switches it.
    #[prop(into)]
    on_switch: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                prop:checked=on
                on:change=move |event| on_switch.run(event_target_checked(&event))
            />
            <span>{text}</span>
        </label>
    }
}

/// One of several that need room to say what they are.
#[component]
pub fn Choice(
    /// The name that all of them share.
    #[prop(into)]
    name: String,
    /// What is chosen by this one.
    #[prop(into)]
    value: String,
    /// Whether this one is chosen.
    #[prop(into)]
    chosen: Signal<bool>,
    /// Whether it cannot be chosen.
    #[prop(into, default = Signal::stored(false))]
    disabled: Signal<bool>,
    /// Chooses it.
    #[prop(into)]
    on_choose: Callback<String>,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let given = value.clone();
    view! {
        <label class="choice">
            <input
                type="radio"
                name=name
                value=value
                prop:checked=chosen
                disabled=disabled
                on:change=move |_| on_choose.run(given.clone())
            />
            {children()}
        </label>
    }
}
