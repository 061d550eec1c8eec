//! The end of a server: what goes with it, and the typed confirmation.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use noc_shared::servers::{Server as Facts, ServerStatus, ServerStatusAnswer};

use crate::{
    api,
    fleet::Fleet,
    live::Live,
    paths,
    sending::Sending,
    shell::{Activity, Recent},
    ui::{Button, ButtonKind, Dialog, Field, Icon, TextInput},
    words,
};

#[component]
pub(super) fn Danger(
    name: String,
    status: Live<ServerStatusAnswer>,
    facts: Live<Option<Facts>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let going = Memo::new(move |_| {
        status
            .data
            .with(|status| status.as_ref().is_some_and(|status| status.status == ServerStatus::Destroying))
    });
    let list = move || {
        let items = status.data.with(|status| status.as_ref().map(goes).unwrap_or_default());
        items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()
    };
    let saved = move || {
        facts.data.with(|facts| {
            let facts = facts.as_ref()?.as_ref()?;
            Some(format!("It costs {} per month until then.", words::usd(facts.price_monthly)))
        })
    };
    let given = StoredValue::new(name);
    view! {
        <section class="card max-w-3xl">
            <div class="card-head"><h2>"Destroy this server"</h2></div>
            <div class="card-body grid gap-4">
                <p class="text-soft">"This cannot be taken back. What goes:"</p>
                <ul class="rows text-sm">{list}</ul>
                <p class="text-sm text-faint">{saved}</p>
                <p><Button text="Destroy" kind=ButtonKind::DangerQuiet icon=Icon::TRASH disabled=going on_press=move |_| open.set(true)/></p>
            </div>
        </section>
        <Dialog open title=format!("Destroy {}?", given.with_value(Clone::clone))>
            <Confirm name=given.with_value(Clone::clone) open status/>
        </Dialog>
    }
}

/// All that goes, by name.
fn goes(status: &ServerStatusAnswer) -> Vec<String> {
    let machine = match (&status.droplet_id, &status.ip) {
        (Some(id), Some(ip)) => {
            format!("The machine {id} with all that is on its disk, and its address {ip}")
        }
        (Some(id), None) => format!("The machine {id} with all that is on its disk"),
        (None, _) => "The machine, if there is one yet".to_owned(),
    };
    let mut items = vec![machine];
    items.extend(status.domains.iter().map(|domain| format!("The DNS record of {domain}")));
    items
}

#[component]
fn Confirm(name: String, open: RwSignal<bool>, status: Live<ServerStatusAnswer>) -> impl IntoView {
    let (activity, fleet) = (expect_context::<Activity>(), expect_context::<Fleet>());
    let recent = expect_context::<Recent>();
    let navigate = StoredValue::new_local(use_navigate());
    // A refusal is said in the dialog: what lies beneath it can neither be read nor pressed.
    let (typed, sending) = (RwSignal::new(String::new()), Sending::new(&[]));
    let wanted = StoredValue::new(name);
    let named = move || wanted.with_value(Clone::clone);
    let other = Signal::derive(move || typed.with(|typed| wanted.with_value(|name| typed.trim() != name)));
    let destroy = move || {
        if other.get_untracked() {
            return;
        }
        let (name, given) = (named(), named());
        let request = async move { api::servers::destroy(&given).await };
        sending.send(request, move |answer| {
            activity.done(format!("{name} is being destroyed"));
            open.try_set(false);
            fleet.refresh();
            recent.0.refresh();
            let path = paths::deployment(&answer.deployment_id);
            navigate.try_with_value(|navigate| navigate(&path, NavigateOptions::default()));
        });
    };
    let list = move || {
        let items = status.data.with_untracked(|status| status.as_ref().map(goes).unwrap_or_default());
        items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()
    };
    view! {
        <form
            on:submit=move |event| {
                event.prevent_default();
                destroy();
            }
        >
            <div class="sheet-body">
                <ul class="rows text-sm">{list}</ul>
                <Field id="confirm" label=format!("Type {} to confirm", named())>
                    <TextInput id="confirm" value=typed first=true/>
                </Field>
                {sending.below("It could not be destroyed")}
            </div>
            <div class="sheet-foot">
                <Button text="Keep it" on_press=move |_| open.set(false)/>
                <Button text="Destroy for good" kind=ButtonKind::Danger icon=Icon::TRASH submit=true busy=sending.busy disabled=other/>
            </div>
        </form>
    }
}
