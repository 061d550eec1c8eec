//! The keyboard: what each key does, said in one table that the dialog shows and the listener obeys.

use leptos::{ev, prelude::*};
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast as _;

use super::{Activity, Theme};
use crate::{
    api::Access,
    live::Timer,
    paths,
    ui::{Dialog, Switch, is_typing, recall, remember},
};

/// How long the second key of two may take.
const SECOND_MS: i32 = 1_200;

/// What a key does.
#[derive(Clone, Copy)]
enum Act {
    Go(fn() -> String),
    Filter,
    Shortcuts,
    Theme,
    Activity,
}

/// Keys, what they do in words, and what that is.
type Key = (&'static [&'static str], &'static str, Act);

/// Every key there is. Keys that stand alone can be switched off, as they get in the way of those who
/// speak to their machine.
const KEYS: &[Key] = &[
    (&["g", "s"], "Go to Servers", Act::Go(paths::servers)),
    (&["g", "d"], "Go to Deployments", Act::Go(paths::deployments)),
    (&["g", "r"], "Go to Drift", Act::Go(paths::drift)),
    (&["g", "o"], "Go to Orphans", Act::Go(paths::orphans)),
    (&["g", "a"], "Go to Applications", Act::Go(paths::applications)),
    (&["g", "u"], "Go to Audit", Act::Go(paths::audit)),
    (&["g", "k"], "Go to SSH keys", Act::Go(paths::ssh_keys)),
    (&["g", "m"], "Go to Members", Act::Go(paths::members)),
    (&["g", "t"], "Go to Tokens", Act::Go(paths::tokens)),
    (&["g", "p"], "Go to Settings", Act::Go(paths::settings)),
    (&["g", "c"], "Go to Catalog", Act::Go(paths::catalog)),
    (&["g", "h"], "Go to Health", Act::Go(paths::health)),
    (&["n"], "Deploy a server", Act::Go(paths::deploy)),
    (&["/"], "Filter the list", Act::Filter),
    (&["a"], "Open the activity drawer", Act::Activity),
    (&["t"], "Change the theme", Act::Theme),
    (&["?"], "Show these shortcuts", Act::Shortcuts),
];

/// The dialog that lists the shortcuts; it also listens for them.
#[component]
pub(super) fn Shortcuts(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Whether the palette is open.
    palette: RwSignal<bool>,
) -> impl IntoView {
    let (activity, theme) = (expect_context::<Activity>(), expect_context::<Theme>());
    let access = expect_context::<Access>();
    let navigate = use_navigate();
    let single = RwSignal::new(recall("keys").as_deref() != Some("off"));
    let before = StoredValue::new(None::<String>);
    let forget = StoredValue::new_local(None::<Timer>);
    let act = move |act: Act| match act {
        Act::Go(path) => navigate(&path(), Default::default()),
        Act::Filter => focus_filter(),
        Act::Shortcuts => open.update(|open| *open = !*open),
        Act::Theme => theme.next(),
        Act::Activity => activity.toggle(),
    };
    // What leads to a refusal has no key.
    let may = move |key: &Key| !matches!(key.2, Act::Go(path) if !access.may_go(&path()));
    let handle = window_event_listener(ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && event.key().eq_ignore_ascii_case("k")
        {
            event.prevent_default();
            palette.update(|open| *open = !*open);
            return;
        }
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        let above = document().query_selector("dialog[open]").ok().flatten().is_some();
        if modified || is_typing(&event) || !single.get_untracked() || (above && event.key() != "?") {
            return;
        }
        let key = event.key();
        let first = before.with_value(Clone::clone);
        let found = KEYS.iter().find(|(keys, ..)| match (keys, &first) {
            ([one, two], Some(first)) => one == first && *two == key,
            ([one], None) => *one == key,
            _ => false,
        });
        let found = found.filter(|found| untrack(|| may(found)));
        before.set_value(None);
        if let Some((_, _, found)) = found {
            event.prevent_default();
            act(*found);
        } else if KEYS.iter().any(|(keys, ..)| matches!(keys, [one, _] if *one == key)) {
            before.set_value(Some(key));
            forget.set_value(Some(Timer::start(SECOND_MS, move || before.set_value(None))));
        }
    });
    on_cleanup(move || handle.remove());
    let switch = move |on: bool| {
        single.set(on);
        remember("keys", if on { "" } else { "off" });
    };
    let lines = move |pages: bool| {
        move || KEYS.iter().filter(|key| goes(key) == pages && may(key)).map(line).collect_view()
    };
    view! {
        <Dialog open title="Keyboard shortcuts">
            <div class="sheet-body">
                <div class="sheet-wide">
                    <ul class="rows" aria-label="Pages">{lines(true)}</ul>
                    <ul class="rows" aria-label="Acts">
                        <li>
                            <span class="grow">"Find anything, do anything"</span>
                            <span class="flex gap-1"><kbd>"Ctrl / ⌘"</kbd><kbd>"K"</kbd></span>
                        </li>
                        {lines(false)}
                        <li><span class="grow">"Next and previous row of a list"</span><span class="flex gap-1"><kbd>"↓"</kbd><kbd>"↑"</kbd></span></li>
                    </ul>
                </div>
                <Switch text="Use keys that stand alone" on=single on_switch=switch/>
            </div>
        </Dialog>
    }
}

/// Whether two keys lead to a page.
fn goes((keys, ..): &Key) -> bool {
    keys.len() == 2
}

fn line((keys, text, _): &Key) -> impl IntoView + use<> {
    let (keys, text) = (*keys, *text);
    let keys = keys.iter().map(|key| view! { <kbd>{key.to_uppercase()}</kbd> }).collect_view();
    view! { <li><span class="grow">{text}</span> <span class="flex gap-1">{keys}</span></li> }
}

fn focus_filter() {
    let filter = document().query_selector("[data-filter]").ok().flatten();
    if let Some(input) = filter.and_then(|input| input.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        let _ = input.focus();
        input.select();
    }
}
