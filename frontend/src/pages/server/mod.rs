//! A server: what it is, how it is, what it says, and its end.

mod destroy;
mod differences;
mod history;
mod logs;
mod metrics;
mod overview;

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use noc_shared::servers::{Server as Facts, ServerStatus, ServerStatusAnswer};

use self::{destroy::Danger, history::History, logs::Logs, metrics::Metrics, overview::Overview};
use super::{
    offered::Offered,
    parts::{Failed, Stale, StatusBadge},
};
use crate::{
    api::{self, Access, Problem},
    live::Live,
    needs::Needs,
    paths,
    ui::{ButtonLink, Copy, Empty, Icon, Page, SkeletonRows},
    words,
};

/// The parts of the page.
const TABS: [(&str, &str); 5] = [
    ("", "Overview"),
    ("metrics", "Metrics"),
    ("logs", "Logs"),
    ("history", "History"),
    ("danger", "Destroy"),
];

/// The page.
#[component]
pub fn Server() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    move || view! { <One name=name.get()/> }
}

#[component]
fn One(name: String) -> impl IntoView {
    // That of the address: the router keeps this page, with the query that it was made with, from server to server.
    let query = use_location().query;
    let tab = Memo::new(move |_| query.with(|query| query.get("tab").unwrap_or_default()));
    let given = StoredValue::new(name.clone());
    let named = move || given.with_value(Clone::clone);
    // An agent reports every ten seconds to a minute; what is being made or taken away changes faster.
    let status = Live::new(
        |status: Option<&ServerStatusAnswer>| {
            Some(if status.is_some_and(|status| words::server_moves(status.status)) { 2_000 } else { 5_000 })
        },
        move || {
            let name = named();
            async move { api::servers::status(&name).await }
        },
    );
    // What does not change while it lives comes with the list.
    let facts = Live::new(
        |_: Option<&Option<Facts>>| Some(30_000),
        move || {
            let name = named();
            async move { api::servers::find(&name).await }
        },
    );
    let stands = Memo::new(move |_| status.data.with(|status| status.as_ref().map(|status| status.status)));
    let there = Memo::new(move |_| {
        let there = status.data.with(Option::is_some);
        // A server that is gone is gone, whatever was known of it before.
        let gone = status.problem.with(|problem| problem.as_ref().is_some_and(Problem::is_not_found));
        (there && !gone, if there && !gone { None } else { status.problem.get() })
    });
    let body = move || match there.get() {
        (true, _) => view! { <Inside name=named() tab status facts/> }.into_any(),
        (false, Some(problem)) if problem.is_not_found() => view! { <Missing name=named()/> }.into_any(),
        (false, None | Some(Problem::Gone)) => view! { <SkeletonRows rows=6/> }.into_any(),
        (false, Some(problem)) => {
            let retry = move |()| status.refresh();
            view! { <Failed what="The server could not be read" problem=problem retry=retry/> }.into_any()
        }
    };
    let acts = Box::new(move || {
        view! { {move || stands.get().map(|stands| view! { <StatusBadge status=stands/> })} }.into_any()
    });
    let retry = move |()| status.refresh();
    view! {
        <Page title=name acts=acts>
            <Stale what="The server could not be read" problem=status.problem read_at=status.read_at retry/>
            {body}
        </Page>
    }
}

#[component]
fn Missing(name: String) -> impl IntoView {
    let text =
        format!("No server is called {name} now. If there was one, its deployments tell what became of it.");
    view! {
        <div class="card">
            <Empty icon=Icon::SERVER title="There is no such server" text=text>
                <ButtonLink href=paths::servers() text="See all servers"/>
                <Offered needs=Needs::DEPLOY><ButtonLink href=paths::deploy() text="Deploy one" icon=Icon::ROCKET/></Offered>
            </Empty>
        </div>
        <div class="mt-5"><History name=name/></div>
    }
}

#[component]
fn Inside(
    name: String,
    tab: Memo<String>,
    status: Live<ServerStatusAnswer>,
    facts: Live<Option<Facts>>,
) -> impl IntoView {
    let ip =
        Memo::new(move |_| status.data.with(|status| status.as_ref().and_then(|status| status.ip.clone())));
    let moving = Memo::new(move |_| {
        status.data.with(|status| {
            let status = status.as_ref()?;
            let stuck = status.status == ServerStatus::Stuck;
            (words::server_moves(status.status) || stuck).then(|| (status.deployment_id.clone(), stuck))
        })
    });
    let may_destroy = expect_context::<Access>().may(Needs::DESTROY);
    let tabs = {
        let name = name.clone();
        move || {
            let shown = TABS.into_iter().filter(|(key, _)| *key != "danger" || may_destroy.get());
            let tab = |(key, text): (&'static str, &'static str)| {
                let href = if key.is_empty() { paths::server(&name) } else { paths::server_tab(&name, key) };
                view! { <a href=href aria-current=move || tab.with(|tab| tab == key).then_some("true")>{text}</a> }
            };
            shown.map(tab).collect_view()
        }
    };
    let part = move || {
        let name = name.clone();
        match tab.get().as_str() {
            "metrics" => view! { <Metrics name/> }.into_any(),
            "logs" => view! { <Logs name/> }.into_any(),
            "history" => view! { <History name/> }.into_any(),
            "danger" if may_destroy.get() => view! { <Danger name status facts/> }.into_any(),
            _ => view! { <Overview status facts/> }.into_any(),
        }
    };
    view! {
        <div class="flex flex-wrap items-center gap-x-4 gap-y-1 -mt-3 mb-4 text-sm text-faint">
            {move || match ip.get() {
                Some(ip) => view! { <span class="mono flex items-center gap-1">{ip.clone()} <Copy text=ip what="address"/></span> }.into_any(),
                None => view! { <span>"No address yet"</span> }.into_any(),
            }}
            {move || {
                moving.get().map(|(id, stuck)| {
                    let text = if stuck { "See what is left over" } else { "Follow what is going on" };
                    view! { <a class="text-accent font-medium hover:underline" href=paths::deployment(&id)>{text}</a> }
                })
            }}
        </div>
        <nav class="tabs" aria-label="Parts of this page">{tabs}</nav>
        {part}
    }
}
