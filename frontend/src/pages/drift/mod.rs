//! Drift: where the world differs from what was asked for, and what is done about it.

mod policies;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use noc_shared::drift::{Drift as Difference, DriftKind, DriftList, DriftPolicy};

use self::policies::Policies;
use super::{
    offered::Offered,
    parts::{Swept, shown},
};
use crate::{
    api,
    live::Live,
    needs::Needs,
    paths,
    shell::Activity,
    ui::{Ago, Badge, Button, ButtonKind, Dialog, Empty, Icon, Page, SkeletonRows, Tone},
    words,
};

/// The reconciler looks every few minutes.
const EVERY_MS: i32 = 20_000;

/// The page.
#[component]
pub fn Drift() -> impl IntoView {
    let list = Live::new(|_: Option<&DriftList>| Some(EVERY_MS), || api::drift::list(""));
    let open = RwSignal::new(false);
    let view = move |list: &DriftList| {
        let swept = view! { <Swept machines=list.droplets_swept_at records=list.dns_records_swept_at/> };
        if list.drifts.is_empty() {
            let (title, text) = match (list.droplets_swept_at, list.dns_records_swept_at) {
                (Some(_), Some(_)) => {
                    ("Nothing has drifted", "Every server is as it was asked for, by what the providers say.")
                }
                _ => (
                    "Nothing is known yet",
                    "The providers were not asked yet: that is done every few minutes.",
                ),
            };
            return view! { {swept} <div class="card"><Empty icon=Icon::SHIELD_CHECK title=title text=text/></div> }
                .into_any();
        }
        let rows = list.drifts.iter().map(row).collect_view();
        view! {
            {swept}
            <p class="sub num mb-2">{words::count(list.drifts.len(), "difference")}</p>
            <div class="grid-table drift-columns" role="table" aria-label="Drift">
                <div class="grid-head" role="row">
                    <span role="columnheader">"Server"</span>
                    <span role="columnheader">"What differs"</span>
                    <span role="columnheader">"Asked for → found"</span>
                    <span role="columnheader">"Since"</span>
                    <span role="columnheader" class="end">"Repair"</span>
                </div>
                {rows}
            </div>
        }
        .into_any()
    };
    view! {
        <Page
            title="Drift"
            lead="Where a server differs from what was asked for, by what the providers say."
            acts=Box::new(move || view! { <Offered needs=Needs::SET_POLICIES><Button text="Policies" icon=Icon::WRENCH on_press=move |_| open.set(true)/></Offered> }.into_any())
        >
            {shown(list, "The drift could not be read", || view! { <SkeletonRows/> }.into_any(), view)}
            <Dialog open title="What is done about drift"><Policies open/></Dialog>
        </Page>
    }
}

/// A kind in words.
pub(in crate::pages) const fn kind(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Power => "Power",
        DriftKind::Tags => "Tags",
        DriftKind::Size => "Size",
        DriftKind::Region => "Region",
        DriftKind::DropletMissing => "Machine missing",
        DriftKind::DnsMissing => "DNS record missing",
        DriftKind::DnsContent => "DNS content",
        DriftKind::DnsProxied => "DNS proxy",
        DriftKind::DnsExtra => "DNS record too many",
    }
}

/// A policy in words.
pub(in crate::pages) const fn policy(policy: DriftPolicy) -> (Tone, &'static str) {
    match policy {
        DriftPolicy::Report => (Tone::Warn, "Reported"),
        DriftPolicy::Fix => (Tone::Info, "Repairs itself"),
        DriftPolicy::Ignore => (Tone::Idle, "Ignored"),
    }
}

fn row(drift: &Difference) -> impl IntoView + use<> {
    let (tone, word) = policy(drift.policy);
    let about = format!(
        "{} → {}",
        said(drift.kind, drift.desired.as_deref()),
        said(drift.kind, drift.observed.as_deref())
    );
    let act = match &drift.deployment_id {
        Some(id) => {
            view! { <a class="text-accent font-medium hover:underline text-sm" href=paths::deployment(id)>"Under way"</a> }
                .into_any()
        }
        None if drift.kind.is_mendable() => view! { <Repair server=drift.server_name.clone()/> }.into_any(),
        None => view! { <span class="sub">"By hand"</span> }.into_any(),
    };
    view! {
        <div class="grid-row" role="row">
            <div role="cell">
                <a class="name cut block" href=paths::server(&drift.server_name)>{drift.server_name.clone()}</a>
                <div class="sub cut">{drift.field.clone()}</div>
            </div>
            <div role="cell"><span class="text-sm">{kind(drift.kind)}</span><div><Badge tone text=word.to_owned()/></div></div>
            <div role="cell" class="text-sm text-soft mono overflow-hidden text-ellipsis" title=about.clone()>{about.clone()}</div>
            <div role="cell" class="wide text-sm text-faint"><Ago at=drift.since.millis()/></div>
            <div role="cell" class="end above">{act}</div>
        </div>
    }
}

/// A value in words, or that there is none.
pub(in crate::pages) fn said(kind: DriftKind, text: Option<&str>) -> &str {
    match (kind, text) {
        (_, None) => "nothing",
        (DriftKind::DnsProxied, Some("true")) => "on",
        (DriftKind::DnsProxied, Some("false")) => "off",
        (_, Some(text)) => text,
    }
}

/// Has a server made again what NOC made.
#[component]
pub(in crate::pages) fn Repair(
    /// Its name.
    server: String,
) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let navigate = StoredValue::new_local(use_navigate());
    let busy = RwSignal::new(false);
    let server = StoredValue::new(server);
    let press = move |_| {
        let server = server.with_value(Clone::clone);
        busy.set(true);
        spawn_local(async move {
            match api::drift::repair(&server).await {
                Ok(answer) => {
                    let path = paths::deployment(&answer.deployment_id);
                    navigate.try_with_value(|navigate| navigate(&path, NavigateOptions::default()));
                }
                Err(problem) => activity.failed(format!("{server} could not be repaired"), &problem),
            }
            busy.try_set(false);
        });
    };
    view! { <Offered needs=Needs::REPAIR><Button small=true kind=ButtonKind::Quiet text="Repair" busy=busy on_press=press/></Offered> }
}
