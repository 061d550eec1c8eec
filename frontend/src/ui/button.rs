//! What is pressed.

use leptos::{ev::MouseEvent, html, prelude::*};

use super::{Glyph, Icon};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing to do here.
    Primary,
    /// One of several.
    #[default]
    Quiet,
    /// Takes something away, now.
    Danger,
    /// Leads to where something is taken away.
    DangerQuiet,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary",
            Self::Quiet => "btn btn-quiet",
            Self::Danger => "btn btn-danger",
            Self::DangerQuiet => "btn btn-danger-quiet",
        }
    }
}

/// A button.
#[component]
pub fn Button(
    /// What it says.
    #[prop(into)]
    text: Signal<String>,
    /// How much it asks to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// What stands before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Whether it cannot be pressed.
    #[prop(into, default = Signal::stored(false))]
    disabled: Signal<bool>,
    /// Whether what it does is under way.
    #[prop(into, default = Signal::stored(false))]
    busy: Signal<bool>,
    /// Whether it sends the form that it is in.
    #[prop(optional)]
    submit: bool,
    /// Whether it is small.
    #[prop(optional)]
    small: bool,
    /// Whether the focus is on it at once.
    #[prop(optional)]
    first: bool,
    /// What it does.
    #[prop(into, default = Callback::new(|_| ()))]
    on_press: Callback<MouseEvent>,
) -> impl IntoView {
    let class = if small { format!("{} btn-sm", kind.class()) } else { kind.class().to_owned() };
    let node = NodeRef::<html::Button>::new();
    if first {
        Effect::new(move |_| {
            if let Some(button) = node.get() {
                let _ = button.focus();
            }
        });
    }
    // While it is busy it can be focused, so that the focus stays on it, and not pressed: neither to send its form.
    let press = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else {
            on_press.run(event);
        }
    };
    view! {
        <button
            node_ref=node
            type=if submit { "submit" } else { "button" }
            class=class
            disabled=disabled
            aria-disabled=move || busy.get().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            on:click=press
        >
            {move || match (busy.get(), icon) {
                (true, _) => Some(view! { <Glyph icon=Icon::SPINNER class="spin"/> }),
                (false, Some(icon)) => Some(view! { <Glyph icon/> }),
                (false, None) => None,
            }}
            {text}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn ButtonLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// What it says.
    #[prop(into)]
    text: String,
    /// How much it asks to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// What stands before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
) -> impl IntoView {
    view! { <a class=kind.class() href=href>{icon.map(|icon| view! { <Glyph icon/> })} {text}</a> }
}

/// A button that is only an icon; what it does is its name.
#[component]
pub fn IconButton(
    /// The icon.
    #[prop(into)]
    icon: Signal<Icon>,
    /// What it does.
    #[prop(into)]
    name: Signal<String>,
    /// Whether it is small.
    #[prop(optional)]
    small: bool,
    /// What it does.
    #[prop(into)]
    on_press: Callback<MouseEvent>,
) -> impl IntoView {
    let class = if small { "btn btn-plain btn-icon btn-sm" } else { "btn btn-plain btn-icon" };
    view! {
        <button type="button" class=class aria-label=name title=name on:click=move |event| on_press.run(event)>
            {move || view! { <Glyph icon=icon.get()/> }}
        </button>
    }
}
