//! What is typed into.

use leptos::{context::Provider, html, prelude::*, task::spawn_local};

use super::{Glyph, Icon};

/// What is wrong with what the field around an input has.
#[derive(Clone, Copy)]
struct Wrong(Signal<Option<String>>);

impl Wrong {
    /// Whether something is wrong with the input that this is called for.
    fn here() -> Signal<bool> {
        let wrong = use_context::<Self>();
        Signal::derive(move || wrong.is_some_and(|Self(wrong)| wrong.with(Option::is_some)))
    }
}

/// A field with its label, what it wants, and what is wrong with what it has.
#[component]
pub fn Field(
    /// The id of the input in it.
    id: &'static str,
    /// What it is.
    #[prop(into)]
    label: String,
    /// What it wants.
    #[prop(into, default = Signal::stored(String::new()))]
    hint: Signal<String>,
    /// What is wrong.
    #[prop(into, default = Signal::stored(None))]
    wrong: Signal<Option<String>>,
    /// What is right, when that is worth saying.
    #[prop(into, default = Signal::stored(None))]
    right: Signal<Option<String>>,
    /// The input.
    children: Children,
) -> impl IntoView {
    let below = move || {
        match (wrong.get(), right.get()) {
        (Some(wrong), _) => {
            view! { <p class="wrong"><Glyph icon=Icon::CIRCLE_X class="glyph-sm"/><span>{wrong}</span></p> }.into_any()
        }
        (None, Some(right)) => {
            view! { <p class="right"><Glyph icon=Icon::CIRCLE_CHECK class="glyph-sm"/><span>{right}</span></p> }
                .into_any()
        }
        (None, None) => view! { <p class="hint">{hint}</p> }.into_any(),
    }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <Provider value=Wrong(wrong)>{children()}</Provider>
            <div id=format!("{id}-about") aria-live="polite">{below}</div>
        </div>
    }
}

/// A line of text.
#[component]
pub fn TextInput(
    /// Its id.
    id: &'static str,
    /// What it has.
    value: RwSignal<String>,
    /// An example.
    #[prop(optional)]
    placeholder: &'static str,
    /// The id of a list of what is often put here.
    #[prop(optional)]
    list: &'static str,
    /// Whether the cursor stands in it at once.
    #[prop(optional)]
    first: bool,
    /// Whether nobody who looks on shall read it.
    #[prop(optional)]
    secret: bool,
    /// Whether it is the code that an app shows now: a telephone then offers it, and digits.
    #[prop(optional)]
    code: bool,
) -> impl IntoView {
    let (node, invalid) = (NodeRef::<html::Input>::new(), Wrong::here());
    if first {
        Effect::new(move |_| {
            if let Some(input) = node.get() {
                let _ = input.focus();
            }
        });
    }
    view! {
        <input
            node_ref=node
            id=id
            class="input"
            type=if secret { "password" } else { "text" }
            autocomplete=if code { "one-time-code" } else { "off" }
            inputmode=code.then_some("numeric")
            autocapitalize="none"
            spellcheck="false"
            placeholder=placeholder
            list=(!list.is_empty()).then_some(list)
            aria-invalid=move || invalid.get().then_some("true")
            aria-describedby=format!("{id}-about")
            prop:value=value
            on:input=move |event| value.set(event_target_value(&event))
        />
    }
}

/// Lines of text, as a program reads them.
#[component]
pub fn TextArea(
    /// Its id.
    id: &'static str,
    /// What it has.
    value: RwSignal<String>,
    /// So many lines are seen.
    rows: u32,
) -> impl IntoView {
    let invalid = Wrong::here();
    view! {
        <textarea
            id=id
            class="input mono"
            rows=rows.to_string()
            wrap="off"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-invalid=move || invalid.get().then_some("true")
            aria-describedby=format!("{id}-about")
            prop:value=value
            on:input=move |event| value.set(event_target_value(&event))
        ></textarea>
    }
}

/// What a list is filtered by.
#[component]
pub fn Search(
    /// What it filters by, as `Filter servers`.
    #[prop(into)]
    name: String,
    /// What it has.
    #[prop(into)]
    value: Signal<String>,
    /// Called with each change.
    #[prop(into)]
    on_input: Callback<String>,
) -> impl IntoView {
    view! {
        <div class="search">
            <Glyph icon=Icon::SEARCH class="glyph-sm"/>
            <input
                class="input"
                type="search"
                data-filter=""
                autocomplete="off"
                spellcheck="false"
                aria-label=name.clone()
                placeholder=name
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
            />
            <kbd aria-hidden="true">"/"</kbd>
        </div>
    }
}

/// One of many, by name.
#[component]
pub fn Select(
    /// What is chosen.
    #[prop(into)]
    name: String,
    /// What can be chosen: the value and what it says.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// What is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Chooses.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let node = NodeRef::<html::Select>::new();
    // An option's own `selected` counts only until somebody has chosen: what is shown is what the select itself is told.
    let show = move || {
        let (Some(select), Some(value)) = (node.try_get_untracked().flatten(), value.try_get_untracked())
        else {
            return;
        };
        if select.value() != value {
            select.set_value(&value);
        }
    };
    Effect::new(move |_| {
        node.track();
        options.track();
        value.track();
        // Behind whatever was told of the same change: the options of now are there by then.
        spawn_local(async move { show() });
    });
    let chosen = move |event| {
        on_choose.run(event_target_value(&event));
        // What was not taken over is not shown either.
        request_animation_frame(show);
    };
    let options = move || {
        let option = |(option, text): (String, String)| view! { <option value=option>{text}</option> };
        options.get().into_iter().map(option).collect_view()
    };
    view! {
        <select node_ref=node class="input input-sm" aria-label=name on:change=chosen>
            {options}
        </select>
    }
}
