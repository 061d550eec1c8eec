//! Servers: all of them, found by what somebody types, kept in the URL.

mod figures;
mod rows;
mod view;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use noc_shared::servers::ServerStatus;

use self::{
    figures::Figures,
    rows::{Cards, Table},
    view::{Group, Line, View, lines},
};
use super::{
    offered::Offered,
    parts::{Failed, Stale},
};
use crate::{
    api::Problem,
    fleet::Fleet,
    live::Timer,
    needs::Needs,
    paths,
    ui::{ButtonKind, ButtonLink, Empty, Icon, Page, Search, Segment, Segmented, Select, SkeletonRows},
    words,
};

/// How long after the last key the URL follows what was typed: browsers refuse to change it a hundred times a minute.
const URL_MS: i32 = 300;

const LAYOUTS: &[Segment] = &[
    Segment { value: "table", text: "Table", icon: Some(Icon::LIST) },
    Segment { value: "cards", text: "Cards", icon: Some(Icon::LAYOUT_GRID) },
];

/// The lines that are shown. They are the same as others only if nothing was decided anew.
#[derive(Clone)]
pub(super) struct Lines(Arc<Vec<Line>>);

impl PartialEq for Lines {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What is beneath the figures.
#[derive(Clone, PartialEq)]
enum State {
    List,
    Empty,
    Failed(Problem),
}

/// The page.
#[component]
pub fn Servers() -> impl IntoView {
    let fleet = expect_context::<Fleet>();
    fleet.watch();
    let view = view_of_url();
    let shown = Memo::new(move |_| {
        let lines = fleet.servers.with(|servers| {
            servers.as_ref().map(|servers| view.with(|view| lines(&servers.0, view))).unwrap_or_default()
        });
        Lines(Arc::new(lines))
    });
    // Whether there is a list changes seldom; the list itself looks after what changes in it, and after what is not yet
    // there: who types into the filter meanwhile is not interrupted.
    let state = Memo::new(move |_| {
        let empty = fleet.servers.with(|servers| servers.as_ref().map(|all| all.0.is_empty()));
        match (empty, fleet.problem.get()) {
            (Some(true), _) => State::Empty,
            (None, Some(problem)) if problem != Problem::Gone => State::Failed(problem),
            _ => State::List,
        }
    });
    let body = move || match state.get() {
        State::Failed(problem) => {
            let retry = move |()| fleet.refresh();
            view! { <Failed what="The servers could not be read" problem=problem retry=retry/> }.into_any()
        }
        State::Empty => none().into_any(),
        State::List => view! { <List view shown/> }.into_any(),
    };
    view! {
        <Page
            title="Servers"
            acts=Box::new(|| {
                view! { <Offered needs=Needs::DEPLOY><ButtonLink href=paths::deploy() text="Deploy a server" kind=ButtonKind::Primary icon=Icon::PLUS/></Offered> }
                    .into_any()
            })
        >
            <Stale what="The servers could not be read" problem=fleet.problem read_at=fleet.read_at retry=move |()| fleet.refresh()/>
            <Figures/>
            {body}
        </Page>
    }
}

fn none() -> impl IntoView {
    view! {
        <div class="card">
            <Empty
                icon=Icon::SERVER
                title="No servers yet"
                text="A server is a machine with its address, its domains and its application. Deploying one takes a minute or two."
            >
                <Offered needs=Needs::DEPLOY><ButtonLink href=paths::deploy() text="Deploy the first one" kind=ButtonKind::Primary icon=Icon::ROCKET/></Offered>
            </Empty>
        </div>
    }
}

/// What is shown, as the URL says it; what is chosen goes into the URL.
fn view_of_url() -> RwSignal<View> {
    let query = use_query_map();
    let read = move || query.with(|query| View::of(|name| query.get(name)));
    let view = RwSignal::new(untrack(read));
    let navigate = use_navigate();
    let later = StoredValue::new_local(None::<Timer>);
    Effect::new(move |before: Option<()>| {
        let wanted = view.with(View::query);
        if before.is_none() || untrack(read).query() == wanted {
            return;
        }
        let navigate = navigate.clone();
        let go = move || {
            let path = paths::servers();
            let to = if wanted.is_empty() { path } else { format!("{path}?{wanted}") };
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        };
        later.set_value(Some(Timer::start(URL_MS, go)));
    });
    // A link, or the way back, says something else than what is shown.
    Effect::new(move |before: Option<String>| {
        let now = read();
        let text = now.query();
        if before.is_some_and(|before| before != text) && view.with_untracked(View::query) != text {
            view.set(now);
        }
        text
    });
    on_cleanup(move || {
        later.try_update_value(|later| later.take());
    });
    view
}

#[component]
fn List(view: RwSignal<View>, shown: Memo<Lines>) -> impl IntoView {
    let fleet = expect_context::<Fleet>();
    let set =
        move |change: fn(&mut View, String)| move |value: String| view.update(|view| change(view, value));
    let there = Memo::new(move |_| fleet.servers.with(Option::is_some));
    let count = move || {
        if !there.get() {
            return "Loading".to_owned();
        }
        let servers =
            shown.with(|lines| lines.0.iter().filter(|line| matches!(line, Line::Server(_))).count());
        let all = fleet.servers.with(|servers| servers.as_ref().map_or(0, |all| all.0.len()));
        let loading = if fleet.complete.get() { "" } else { ", more are coming" };
        match view.with(View::filters) {
            true => format!("{servers} of {}{loading}", words::count(all, "server")),
            false => format!("{}{loading}", words::count(all, "server")),
        }
    };
    let statuses = move || {
        let mut options = vec![(String::new(), "Any status".to_owned())];
        options.extend(
            ServerStatus::LISTED
                .iter()
                .map(|status| (status.as_str().to_owned(), words::server_status(*status).1.to_owned())),
        );
        options
    };
    let regions = Memo::new(move |_| {
        let mut regions: Vec<String> = fleet.servers.with(|servers| {
            servers.iter().flat_map(|all| all.0.iter().map(|known| known.0.server.region.clone())).collect()
        });
        regions.sort_unstable();
        regions.dedup();
        let all = [(String::new(), "Any region".to_owned())];
        all.into_iter().chain(regions.into_iter().map(|region| (region.clone(), region))).collect::<Vec<_>>()
    });
    let groups = || {
        [("", "No groups"), ("project", "By project"), ("region", "By region")]
            .map(|(value, text)| (value.to_owned(), text.to_owned()))
            .to_vec()
    };
    let cards = Memo::new(move |_| view.with(|view| view.cards));
    let empty = Memo::new(move |_| shown.with(|lines| lines.0.is_empty()));
    let clear = move |_| {
        view.update(|view| {
            (view.search, view.status, view.region) = (String::new(), String::new(), String::new());
        });
    };
    view! {
        <div class="toolbar" role="search" aria-label="Servers">
            <Search
                name="Filter by name, address, domain, …"
                value=Signal::derive(move || view.with(|view| view.search.clone()))
                on_input=set(|view, value| view.search = value)
            />
            <Select
                name="Status"
                options=Signal::derive(statuses)
                value=Signal::derive(move || view.with(|view| view.status.clone()))
                on_choose=set(|view, value| view.status = value)
            />
            <Select
                name="Region"
                options=regions
                value=Signal::derive(move || view.with(|view| view.region.clone()))
                on_choose=set(|view, value| view.region = value)
            />
            <Select
                name="Group"
                options=Signal::derive(groups)
                value=Signal::derive(move || view.with(|view| view.group.word().to_owned()))
                on_choose=set(|view, value| view.group = Group::of(&value))
            />
            <Segmented
                name="Layout"
                segments=LAYOUTS
                value=Signal::derive(move || if cards.get() { "cards".to_owned() } else { "table".to_owned() })
                on_choose=move |value: &'static str| view.update(|view| view.cards = value == "cards")
            />
        </div>
        <p class="sub mb-2 num" role="status">{count}</p>
        {move || match (empty.get(), cards.get()) {
            _ if !there.get() => view! { <SkeletonRows rows=8/> }.into_any(),
            (true, _) => {
                view! {
                    <div class="card">
                        <Empty icon=Icon::SEARCH title="No server fits" text="None has all that you asked for.">
                            <button type="button" class="btn btn-quiet" on:click=clear>"Show all servers"</button>
                        </Empty>
                    </div>
                }
                    .into_any()
            }
            (false, false) => view! { <Table view shown/> }.into_any(),
            (false, true) => view! { <Cards shown/> }.into_any(),
        }}
    }
}
