//! Deployments: the history, newest first.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use noc_shared::deployments::{DeploymentList, DeploymentStatus};

use super::parts::{deployment_row, on_arrows, shown};
use crate::{
    api,
    live::Live,
    paths,
    shell::Activity,
    ui::{Button, ButtonKind, ButtonLink, Empty, Icon, Page, Select, SkeletonRows},
    words,
};

/// So many at once.
const PAGE: u32 = 100;

/// The page.
#[component]
pub fn Deployments() -> impl IntoView {
    let query = use_query_map();
    let navigate = use_navigate();
    let status = Memo::new(move |_| query.with(|query| query.get("status").unwrap_or_default()));
    let more = RwSignal::new(Vec::new());
    let cursor = RwSignal::new(None::<String>);
    let list = Live::new(
        |list: Option<&DeploymentList>| {
            let moving = list.is_some_and(|list| list.deployments.iter().any(|one| !one.status.is_final()));
            Some(if moving { 3_000 } else { 10_000 })
        },
        move || {
            let status = status.get();
            async move { api::deployments::list(&status, "", PAGE, None).await }
        },
    );
    // Another filter is another list.
    Effect::new(move |_| {
        status.with(|_| ());
        more.set(Vec::new());
        cursor.set(None);
        list.data.set(None);
    });
    let options = || {
        let mut options = vec![(String::new(), "Any status".to_owned())];
        options.extend(
            DeploymentStatus::ALL
                .iter()
                .map(|status| (status.as_str().to_owned(), words::deployment_status(*status).1.to_owned())),
        );
        options
    };
    let choose = move |status: String| {
        let to =
            if status.is_empty() { paths::deployments() } else { paths::deployments_with_status(&status) };
        navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let table = move |list: &DeploymentList| {
        if list.deployments.is_empty() {
            return none(&status.get_untracked()).into_any();
        }
        let first = cursor.with(|cursor| cursor.is_none()).then(|| list.next_cursor.clone()).flatten();
        let rows = list.deployments.iter().map(|deployment| deployment_row(deployment, true)).collect_view();
        view! {
            <div class="grid-table deployments-columns" role="table" aria-label="Deployments" on:keydown=|event| on_arrows(&event)>
                <div class="grid-head" role="row">
                    <span role="columnheader">"Deployment"</span>
                    <span role="columnheader">"Status"</span>
                    <span role="columnheader">"At, or why not"</span>
                    <span role="columnheader">"Begun"</span>
                    <span role="columnheader" class="end">"Took"</span>
                </div>
                {rows}
                {move || more.with(|more| more.iter().map(|deployment| deployment_row(deployment, true)).collect_view())}
            </div>
            <More first more cursor status/>
        }
        .into_any()
    };
    view! {
        <Page
            title="Deployments"
            acts=Box::new(move || {
                view! {
                    <Select name="Status" options=Signal::derive(options) value=status on_choose=choose/>
                }
                    .into_any()
            })
        >
            {shown(list, "The deployments could not be read", || view! { <SkeletonRows rows=8/> }.into_any(), table)}
        </Page>
    }
}

#[component]
fn More(
    first: Option<String>,
    more: RwSignal<Vec<noc_shared::deployments::DeploymentSummary>>,
    cursor: RwSignal<Option<String>>,
    status: Memo<String>,
) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let next = Memo::new(move |_| cursor.get().or_else(|| first.clone()).filter(|cursor| !cursor.is_empty()));
    let press = move |_| {
        let Some(from) = next.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match api::deployments::list(&status.get_untracked(), "", PAGE, Some(&from)).await {
                Ok(page) => {
                    more.try_update(|more| more.extend(page.deployments));
                    // An empty cursor is that of the end.
                    cursor.try_set(Some(page.next_cursor.unwrap_or_default()));
                }
                Err(problem) => activity.failed("Older deployments could not be read", &problem),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Show when=move || next.with(Option::is_some)>
            <p class="mt-4 text-center"><Button text="Show older ones" kind=ButtonKind::Quiet busy=busy on_press=press/></p>
        </Show>
    }
}

fn none(status: &str) -> impl IntoView + use<> {
    let (title, text) = if status.is_empty() {
        (
            "No deployments yet",
            "Each deploy and each destroy is one: with its steps, what they found, and how it ended.",
        )
    } else {
        ("No deployment stands so", "Choose another status to see the others.")
    };
    view! {
        <div class="card">
            <Empty icon=Icon::ACTIVITY title=title text=text>
                <ButtonLink href=paths::deploy() text="Deploy a server" icon=Icon::ROCKET/>
            </Empty>
        </div>
    }
}
