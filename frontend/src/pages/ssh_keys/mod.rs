//! SSH keys: who may log in to new machines.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::organizations::{SshKey, SshKeyList};

use super::{offered::Offered, parts::shown};
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    sending::Sending,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, Copy, Empty, Field, Icon, Page, SkeletonRows, TextInput},
};

/// People change them, and seldom.
const EVERY_MS: i32 = 60_000;

/// The page.
#[component]
pub fn SshKeys() -> impl IntoView {
    let list = Live::new(|_: Option<&SshKeyList>| Some(EVERY_MS), api::ssh_keys::list);
    let may = expect_context::<Access>().may(Needs::KEEP_SSH_KEYS);
    let view = move |keys: &SshKeyList| {
        if keys.ssh_keys.is_empty() {
            let text = if may.get() {
                "Nobody can log in to new machines. Add a public key to change that."
            } else {
                "Nobody can log in to new machines."
            };
            return view! { <div class="card"><Empty icon=Icon::KEY title="No SSH keys" text=text/></div> }
                .into_any();
        }
        let rows = keys.ssh_keys.iter().map(|key| row(key, list, may.get())).collect_view();
        view! { <section class="card"><div class="card-body"><ul class="rows">{rows}</ul></div></section> }
            .into_any()
    };
    view! {
        <Page title="SSH keys" lead="Who may log in to new machines. Machines that stand keep what they were made with.">
            {shown(list, "The SSH keys could not be read", || view! { <SkeletonRows rows=3/> }.into_any(), view)}
            <Offered needs=Needs::KEEP_SSH_KEYS><Add list/></Offered>
        </Page>
    }
}

fn row(key: &SshKey, list: Live<SshKeyList>, may: bool) -> impl IntoView + use<> {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let name = key.name.clone();
    let remove = move |_| {
        let name = name.clone();
        busy.set(true);
        spawn_local(async move {
            match api::ssh_keys::remove(&name).await {
                Ok(()) => activity.done(format!("The key {name} is removed")),
                Err(problem) => activity.failed(format!("The key {name} could not be removed"), &problem),
            }
            busy.try_set(false);
            list.refresh();
        });
    };
    view! {
        <li>
            <span class="min-w-0">
                <span class="font-medium">{key.name.clone()}</span>
                <span class="block sub mono cut">{key.public_key.clone()}</span>
                <span class="block sub">"added "<Ago at=key.created_at.millis()/></span>
            </span>
            <span class="ml-auto flex items-center gap-2">
                <Copy text=key.public_key.clone() what="key"/>
                {may.then(|| view! { <Button small=true text="Remove" kind=ButtonKind::DangerQuiet busy=busy on_press=remove/> })}
            </span>
        </li>
    }
}

#[component]
fn Add(list: Live<SshKeyList>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let (name, key) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let sending = Sending::new(&["name", "public_key"]);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let trimmed = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        let (wanted, public) = (trimmed(name), trimmed(key));
        sending.send(async move { api::ssh_keys::put(&wanted, public).await }, move |kept| {
            activity.done(format!("The key {} is kept", kept.name));
            name.try_set(String::new());
            key.try_set(String::new());
            list.refresh();
        });
    };
    view! {
        <section class="card mt-4">
            <div class="card-head"><h2>"Add a key"</h2></div>
            <form class="card-body grid gap-4" on:submit=add>
                <div class="grid gap-4 md:grid-cols-[1fr_3fr]">
                    <Field id="key-name" label="Name" hint="Whose it is." wrong=sending.wrong("name")><TextInput id="key-name" value=name/></Field>
                    <Field id="key-public" label="Public key" hint="The public half, as ssh-ed25519 AAAA…" wrong=sending.wrong("public_key")><TextInput id="key-public" value=key/></Field>
                </div>
                {sending.below("The key was not kept")}
                <p><Button text="Add it" kind=ButtonKind::Primary submit=true busy=sending.busy/></p>
            </form>
        </section>
    }
}
