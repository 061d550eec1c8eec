//! The frame: where one can go, how NOC is, and the page in the middle.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;

use super::{
    Activity, Recent, Theme,
    account::{Account, BrokenGlass, Moved},
    activity::{Drawer, Toasts},
    palette::Palette,
    shortcuts::Shortcuts,
};
use crate::{
    api::{Access, Connection},
    paths,
    ui::{Brand, Dialog, Glyph, Icon, IconButton},
};

/// A link, as `paths` makes it.
type Target = fn() -> String;

/// A page that is linked to: what it is called, and where it is.
type Linked = (&'static str, Icon, Target);

/// The pages that one can go to from everywhere. A phone has room for the first of them, and for a way to the others.
const PAGES: [Linked; 11] = [
    ("Servers", Icon::SERVER, paths::servers),
    ("Deployments", Icon::ACTIVITY, paths::deployments),
    ("Drift", Icon::COMPARE, paths::drift),
    ("Orphans", Icon::UNPLUG, paths::orphans),
    ("Catalog", Icon::BOXES, paths::catalog),
    ("Applications", Icon::PACKAGE, paths::applications),
    ("Projects", Icon::LAYOUT_GRID, paths::projects),
    ("SSH keys", Icon::KEY, paths::ssh_keys),
    ("Members", Icon::USERS, paths::members),
    ("Tokens", Icon::TOKEN, paths::tokens),
    ("Audit", Icon::LIST_CHECKS, paths::audit),
];

/// So many are on a phone.
const ON_A_PHONE: usize = 4;

/// Those of them that are for who looks: what leads to a refusal is not shown.
fn seen() -> impl Fn() -> Vec<Linked> + Copy + Send + Sync {
    let access = expect_context::<Access>();
    // The links stay the very same until there is another of them.
    let may = Memo::new(move |_| PAGES.map(|(.., target)| access.may_go(&target())));
    move || PAGES.into_iter().zip(may.get()).filter(|(_, may)| *may).map(|(page, _)| page).collect()
}

/// The frame around a page.
#[component]
pub fn Shell(
    /// The page.
    children: Children,
) -> impl IntoView {
    let (activity, theme, recent) =
        (expect_context::<Activity>(), expect_context::<Theme>(), expect_context::<Recent>());
    let connection = expect_context::<Connection>();
    let (palette, shortcuts) = (RwSignal::new(false), RwSignal::new(false));
    let path = use_location().pathname;
    let main = NodeRef::<html::Main>::new();
    // Who goes to another page by keyboard goes on from its beginning, and who listens hears its title.
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now)
            && let Some(main) = main.get_untracked()
        {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = main.focus_with_options(&options);
        }
        now
    });
    let all = RwSignal::new(false);
    let seen = seen();
    let link = move |(place, (name, icon, target)): (usize, Linked)| {
        let class = if place >= ON_A_PHONE { "nav-link wide-only" } else { "nav-link" };
        let current =
            move || path.with(|path| *path == target() || path.starts_with(&format!("{}/", target())));
        let count = move || (name == "Deployments").then(|| recent.in_flight()).filter(|count| *count > 0);
        view! {
            <a class=class href=target() aria-current=move || current().then_some("page")>
                <Glyph icon/>
                <span>{name}</span>
                {move || count().map(|count| view! { <span class="nav-count">{count}<span class="sr">" in flight"</span></span> })}
            </a>
        }
    };
    let links = move || seen().into_iter().enumerate().map(link).collect_view();
    let acts = move || {
        let unread = move || match activity.unread() {
            0 => "Activity".to_owned(),
            unread => format!("Activity: {unread} new"),
        };
        view! {
            <IconButton icon=Icon::SEARCH name="Find anything (Ctrl K)" on_press=move |_| palette.set(true)/>
            <IconButton icon=Icon::HISTORY name=Signal::derive(unread) on_press=move |_| activity.toggle()/>
            <IconButton icon=Signal::derive(move || theme.icon()) name=Signal::derive(move || theme.name()) on_press=move |_| theme.next()/>
            <span class="wide-only"><IconButton icon=Icon::KEYBOARD name="Keyboard shortcuts (?)" on_press=move |_| shortcuts.set(true)/></span>
        }
    };
    view! {
        <a class="skip" href="#main">"Skip to the page"</a>
        <div class="shell">
            <header class="top">
                <Brand href=paths::servers()/>
                <a class="btn btn-plain btn-icon" href=paths::health() aria-label="Health" title="Health"><Glyph icon=Icon::HEART_PULSE/></a>
                {acts()}
            </header>
            <nav class="side" aria-label="Pages">
                <Brand href=paths::servers()/>
                <div class="nav-list">
                    {links}
                    <button type="button" class="nav-link narrow" on:click=move |_| all.set(true)><Glyph icon=Icon::MENU/> <span>"More"</span></button>
                </div>
                <div class="side-foot">
                    <a class="nav-link" href=paths::health() aria-current=move || (path.get() == paths::health()).then_some("page")>
                        <Glyph icon=Icon::HEART_PULSE/> <span>"Health"</span>
                    </a>
                    <div class="side-acts">{acts()}</div>
                    <Account/>
                </div>
            </nav>
            <div class="min-w-0">
                <div role="status">
                    <Show when=move || connection.is_gone()>
                        <p class="gone"><Glyph icon=Icon::UNPLUG class="glyph-sm"/> "The API does not answer. What you see may be old; it comes back by itself."</p>
                    </Show>
                </div>
                <BrokenGlass/>
                <Moved/>
                <main id="main" class="page" node_ref=main tabindex="-1">{children()}</main>
            </div>
        </div>
        <Toasts/>
        <Drawer/>
        <Palette open=palette shortcuts/>
        <Shortcuts open=shortcuts palette/>
        <AllPages open=all/>
    }
}

/// All pages, for those whose screen has no room for them.
#[component]
fn AllPages(open: RwSignal<bool>) -> impl IntoView {
    let seen = seen();
    let links = move || {
        let others: [Linked; 2] =
            [("Settings", Icon::SETTINGS, paths::settings), ("Health", Icon::HEART_PULSE, paths::health)];
        seen()
            .into_iter()
            .chain(others)
            .map(|(name, icon, target)| {
                view! {
                    <a class="flex items-center gap-3 py-2.5" href=target() on:click=move |_| open.set(false)>
                        <span class="text-faint"><Glyph icon/></span> {name}
                    </a>
                }
            })
            .collect_view()
    };
    view! {
        <Dialog open title="All pages"><nav class="sheet-body" aria-label="All pages"><div class="grid">{links}</div><Account/></nav></Dialog>
    }
}
