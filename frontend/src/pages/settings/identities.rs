//! Identity providers: those at which one is known, and being known at another.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::{
    identities::{Identity, IdentityList},
    sign_in::{SignInProvider, SignInWays},
};

use super::super::parts::shown;
use crate::{
    api,
    live::Live,
    paths,
    shell::Activity,
    ui::{Ago, Badge, Button, ButtonKind, SkeletonRows, Tone},
};

/// There is nothing to see where there is no provider, and never was one.
#[component]
pub(super) fn Identities() -> impl IntoView {
    let list = Live::new(|_: Option<&IdentityList>| None, api::identities::list);
    let ways = Live::new(|_: Option<&SignInWays>| None, api::access::ways);
    let is_worth_a_card = Memo::new(move |_| {
        let has_any = list.data.with(|list| list.as_ref().is_some_and(|list| !list.identities.is_empty()));
        has_any || ways.data.with(|ways| ways.as_ref().is_some_and(|ways| !ways.providers.is_empty()))
    });
    let view = move |list_: &IdentityList| {
        if list_.identities.is_empty() {
            let text = "You sign in by none yet.";
            return view! { <p class="text-sm text-soft">{text}</p> }.into_any();
        }
        let rows = list_.identities.iter().map(|identity| row(identity, list)).collect_view();
        view! { <ul class="rows">{rows}</ul> }.into_any()
    };
    let more = move || {
        let providers = ways.data.with(|ways| ways.as_ref().map(|ways| ways.providers.clone()));
        providers.unwrap_or_default().iter().map(link).collect_view()
    };
    move || {
        is_worth_a_card.get().then(|| {
            view! {
                <section class="card">
                    <div class="card-head"><h2>"Identity providers"</h2></div>
                    <div class="card-body grid gap-4">
                        {shown(list, "The identity providers could not be read", || view! { <SkeletonRows rows=1/> }.into_any(), view)}
                        <div class="flex flex-wrap gap-2">{more}</div>
                    </div>
                </section>
            }
        })
    }
}

fn row(identity: &Identity, list: Live<IdentityList>) -> impl IntoView + use<> {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let name = identity.name.clone().unwrap_or_else(|| identity.issuer.clone());
    let (id, called) = (identity.id.to_string(), name.clone());
    let remove = move |_| {
        let (id, called) = (id.clone(), called.clone());
        busy.set(true);
        spawn_local(async move {
            match api::identities::remove(&id).await {
                Ok(()) => activity.done(format!("{called} signs you in no longer")),
                Err(problem) => activity.failed(format!("{called} could not be removed"), &problem),
            }
            busy.try_set(false);
            list.refresh();
        });
    };
    let unused =
        identity.name.is_none().then(|| view! { <Badge tone=Tone::Idle text="Not in use here".to_owned()/> });
    view! {
        <li>
            <span class="min-w-0">
                <span class="font-medium wrap-anywhere">{name}</span>
                <span class="block sub wrap-anywhere">"as " {identity.subject.clone()} " · since " <Ago at=identity.created_at.millis()/></span>
            </span>
            <span class="ml-auto flex items-center gap-2">
                {unused}
                <Button small=true text="Remove" kind=ButtonKind::DangerQuiet busy=busy on_press=remove/>
            </span>
        </li>
    }
}

/// Leads to a provider, and back here.
fn link(provider: &SignInProvider) -> impl IntoView + use<> {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let (id, name) = (provider.id.clone(), provider.name.clone());
    let text = format!("Link {name}");
    let leave = move |_| {
        let (id, name) = (id.clone(), name.clone());
        busy.set(true);
        spawn_local(async move {
            match api::identities::link(&id, &paths::settings()).await {
                // Another page is on its way now; if it is not, the button is there again.
                Ok(address) => drop(window().location().set_href(&address.url)),
                Err(problem) => activity.failed(format!("{name} could not be linked"), &problem),
            }
            busy.try_set(false);
        });
    };
    view! { <Button text=text busy=busy on_press=leave/> }
}
