//! The command palette: every page, server, deployment and act, by what somebody half remembers of its name.

use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast as _;

use super::{Activity, Recent, Theme, fuzzy};
use crate::{
    api::Access,
    fleet::Fleet,
    paths,
    ui::{Dialog, DialogKind, Glyph, Icon},
    words,
};

/// More than these nobody reads.
const SHOWN: usize = 40;

/// What choosing one does.
#[derive(Clone, Debug, PartialEq)]
enum Act {
    Go(String),
    Theme,
    Activity,
    Shortcuts,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    icon: Icon,
    text: String,
    kind: &'static str,
    act: Act,
}

/// The palette.
#[component]
pub(super) fn Palette(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Whether the shortcuts are shown.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open title="Find anything" kind=DialogKind::Palette>
            <Inside open shortcuts/>
        </Dialog>
    }
}

#[component]
fn Inside(open: RwSignal<bool>, shortcuts: RwSignal<bool>) -> impl IntoView {
    let (fleet, recent) = (expect_context::<Fleet>(), expect_context::<Recent>());
    let (activity, theme) = (expect_context::<Activity>(), expect_context::<Theme>());
    let access = expect_context::<Access>();
    fleet.watch();
    let navigate = use_navigate();
    let (typed, at) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let found = Memo::new(move |_| found(&typed.get(), access, fleet, recent));
    let node = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = node.get() {
            let _ = input.focus();
        }
    });
    let choose = StoredValue::new_local(move |item: Item| {
        open.set(false);
        match item.act {
            Act::Go(path) => navigate(&path, Default::default()),
            Act::Theme => theme.next(),
            Act::Activity => activity.toggle(),
            Act::Shortcuts => shortcuts.set(true),
        }
    });
    let on_key = move |event: ev::KeyboardEvent| {
        let count = found.with(Vec::len);
        let next = match event.key().as_str() {
            "ArrowDown" if count > 0 => (at.get_untracked() + 1) % count,
            "ArrowUp" if count > 0 => (at.get_untracked() + count - 1) % count,
            "Home" if event.ctrl_key() => 0,
            "Enter" => {
                event.prevent_default();
                if let Some(item) = found.with(|found| found.get(at.get_untracked()).cloned()) {
                    choose.with_value(|choose| choose(item));
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        at.set(next);
        request_animation_frame(|| {
            if let Ok(Some(chosen)) = document().query_selector(".palette-list [aria-selected=true]") {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                chosen
                    .unchecked_into::<web_sys::Element>()
                    .scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    };
    let options = move || {
        found
            .get()
            .into_iter()
            .enumerate()
            .map(|(place, item)| {
                let chosen = move || at.get() == place;
                let given = item.clone();
                view! {
                    <li
                        id=format!("palette-{place}")
                        role="option"
                        aria-selected=move || if chosen() { "true" } else { "false" }
                        on:mousemove=move |_| at.set(place)
                        on:click=move |_| choose.with_value(|choose| choose(given.clone()))
                    >
                        <Glyph icon=item.icon/>
                        <span class="cut">{item.text}</span>
                        <span class="kind">{item.kind}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="relative">
            <span class="absolute left-4 top-4 text-faint"><Glyph icon=Icon::SEARCH/></span>
            <input
                node_ref=node
                class="palette-input"
                type="text"
                role="combobox"
                aria-label="Find anything"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant=move || format!("palette-{}", at.get())
                autocomplete="off"
                spellcheck="false"
                placeholder="Find a server, a deployment, a page, an act"
                prop:value=typed
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    at.set(0);
                }
                on:keydown=on_key
            />
        </div>
        <ul id="palette-list" class="palette-list" role="listbox" aria-label="What was found">{options}</ul>
        <Show when=move || found.with(Vec::is_empty)>
            <p class="px-5 pb-5 text-faint">"Nothing has a name like that."</p>
        </Show>
    }
}

fn fixed() -> Vec<Item> {
    let page =
        |icon, text: &str, path| Item { icon, text: text.to_owned(), kind: "Page", act: Act::Go(path) };
    let act = |icon, text: &str, act| Item { icon, text: text.to_owned(), kind: "Act", act };
    vec![
        act(Icon::ROCKET, "Deploy a server", Act::Go(paths::deploy())),
        page(Icon::SERVER, "Servers", paths::servers()),
        page(Icon::ACTIVITY, "Deployments", paths::deployments()),
        page(Icon::COMPARE, "Drift", paths::drift()),
        page(Icon::UNPLUG, "Orphans", paths::orphans()),
        page(Icon::PACKAGE, "Applications", paths::applications()),
        page(Icon::LIST_CHECKS, "Audit", paths::audit()),
        page(Icon::LAYOUT_GRID, "Projects", paths::projects()),
        page(Icon::KEY, "SSH keys", paths::ssh_keys()),
        page(Icon::USERS, "Members", paths::members()),
        page(Icon::TOKEN, "Tokens", paths::tokens()),
        page(Icon::SETTINGS, "Settings", paths::settings()),
        page(Icon::BOXES, "Catalog", paths::catalog()),
        page(Icon::HEART_PULSE, "Health", paths::health()),
        act(Icon::SUN, "Change the theme", Act::Theme),
        act(Icon::HISTORY, "Open the activity drawer", Act::Activity),
        act(Icon::KEYBOARD, "Show the keyboard shortcuts", Act::Shortcuts),
    ]
}

fn found(typed: &str, access: Access, fleet: Fleet, recent: Recent) -> Vec<Item> {
    let typed = typed.trim().to_lowercase();
    let mut scored: Vec<(i32, Item)> = fixed()
        .into_iter()
        // With nothing typed, they stand in their own order before all else.
        .filter_map(|item| {
            let score =
                if typed.is_empty() { 1_000 } else { fuzzy::score(&typed, &item.text.to_lowercase())? };
            Some((score, item))
        })
        .collect();
    fleet.servers.with(|servers| {
        for known in servers.iter().flat_map(|servers| servers.0.iter()) {
            let name = &known.0.server.name;
            let go = |icon, text: String, kind, path| Item { icon, text, kind, act: Act::Go(path) };
            if let Some(score) = fuzzy::score(&typed, name) {
                scored.push((score + 4, go(Icon::SERVER, name.clone(), "Server", paths::server(name))));
            } else if typed.len() > 2 && known.0.haystack.contains(&typed) {
                scored.push((0, go(Icon::SERVER, name.clone(), "Server", paths::server(name))));
            }
            // Acts on a server are offered to those who begin to type one.
            for (icon, act, tab) in [(Icon::TERMINAL, "logs of", "logs"), (Icon::TRASH, "destroy", "danger")]
            {
                let offered = typed.len() > 2 && act.starts_with(typed.split(' ').next().unwrap_or_default());
                if offered && let Some(score) = fuzzy::score(&typed, &format!("{act} {name}")) {
                    let text = words::title(&format!("{act} {name}"));
                    scored.push((score, go(icon, text, "Act", paths::server_tab(name, tab))));
                }
            }
        }
    });
    recent.0.data.with(|list| {
        for one in list.iter().flat_map(|list| &list.deployments) {
            let text = format!("{} of {}", words::saga(one.saga), one.server_name);
            let score =
                fuzzy::score(&typed, &text.to_lowercase()).or_else(|| fuzzy::score(&typed, one.id.as_str()));
            if let Some(score) = score {
                let kind = words::deployment_status(one.status).1;
                let item =
                    Item { icon: Icon::ACTIVITY, text, kind, act: Act::Go(paths::deployment(&one.id)) };
                scored.push((score - 8, item));
            }
        }
    });
    scored.sort_by_key(|(score, _)| -score);
    // What leads to a refusal is not found.
    let may = |item: &Item| !matches!(&item.act, Act::Go(path) if !access.may_go(path));
    scored.into_iter().map(|(_, item)| item).filter(may).take(SHOWN).collect()
}
