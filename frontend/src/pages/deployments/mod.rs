//! Deployments: the history, newest first.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use noc_shared::{
    deployments::{DeploymentList, DeploymentStatus, DeploymentSummary},
    id::DeploymentId,
    time::Timestamp,
};

use super::{offered::Offered, parts::DeploymentTable, steady::steady};
use crate::{
    api::{self, Problem},
    listing::{self, Item, Listing},
    needs::Needs,
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
    let every = |all: &[DeploymentSummary]| {
        if all.iter().any(|one| !one.status.is_final()) { 3_000 } else { 10_000 }
    };
    let list = Listing::new(status, every, read);
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
    let empty = list.is_empty();
    let table = move || {
        let body = move || {
            if empty.get() {
                return none(&status.get_untracked()).into_any();
            }
            view! {
                <DeploymentTable label="Deployments" each=list.items() with_server=true/>
                <Older list/>
            }
            .into_any()
        };
        view! { {body} }.into_any()
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
            {steady(list.live, "The deployments could not be read", || view! { <SkeletonRows rows=8/> }.into_any(), table)}
        </Page>
    }
}

#[component]
fn Older(list: Listing<String, DeploymentSummary>) -> impl IntoView {
    let (activity, there) = (expect_context::<Activity>(), list.has_older());
    let press = move |_| {
        list.older(read, move |problem| activity.failed("Older deployments could not be read", problem));
    };
    view! {
        <Show when=move || there.get()>
            <p class="mt-4 text-center"><Button text="Show older ones" kind=ButtonKind::Quiet busy=list.busy on_press=press/></p>
        </Show>
    }
}

async fn read(status: String, from: Option<String>) -> Result<listing::Page<DeploymentSummary>, Problem> {
    let DeploymentList { deployments, next_cursor } =
        api::deployments::list(&status, "", PAGE, from.as_deref()).await?;
    Ok(listing::Page { items: deployments, next: next_cursor })
}

impl Item for DeploymentSummary {
    type Place = (Timestamp, DeploymentId);

    fn place(&self) -> Self::Place {
        (self.created_at, self.id.clone())
    }

    fn may_change(&self) -> bool {
        // One that is stuck goes on when it is retried.
        !self.status.is_final() || self.status == DeploymentStatus::Stuck
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
                <Offered needs=Needs::DEPLOY><ButtonLink href=paths::deploy() text="Deploy a server" icon=Icon::ROCKET/></Offered>
            </Empty>
        </div>
    }
}
