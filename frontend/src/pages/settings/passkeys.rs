//! Passkeys: those that there are, and making one.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::{
    passkeys::{Passkey, PasskeyList},
    second_factor::SecondFactor,
};

use super::super::parts::shown;
use crate::{
    api::{self, Access},
    live::Live,
    sending::Sending,
    shell::Activity,
    ui::{Ago, Badge, Button, ButtonKind, Field, Icon, SkeletonRows, TextInput, Tone},
};

#[component]
pub(super) fn Passkeys(factor: Live<SecondFactor>) -> impl IntoView {
    let list = Live::new(|_: Option<&PasskeyList>| None, api::passkeys::list);
    let view = move |passkeys: &PasskeyList| {
        if passkeys.passkeys.is_empty() {
            let text = "You have none yet. A finger, a face or the number of your device then signs you in, and proves that it is you.";
            return view! { <p class="text-sm text-soft">{text}</p> }.into_any();
        }
        let rows = passkeys.passkeys.iter().map(|passkey| row(passkey, list, factor)).collect_view();
        view! { <ul class="rows">{rows}</ul> }.into_any()
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"Passkeys"</h2></div>
            <div class="card-body grid gap-4">
                {shown(list, "The passkeys could not be read", || view! { <SkeletonRows rows=1/> }.into_any(), view)}
                <Make list factor/>
            </div>
        </section>
    }
}

fn row(passkey: &Passkey, list: Live<PasskeyList>, factor: Live<SecondFactor>) -> impl IntoView + use<> {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let (id, name) = (passkey.id.to_string(), passkey.name.clone());
    let remove = move |_| {
        let (id, name) = (id.clone(), name.clone());
        busy.set(true);
        spawn_local(async move {
            match api::passkeys::remove(&id).await {
                Ok(()) => activity.done(format!("The passkey {name} is forgotten")),
                Err(problem) => {
                    activity.failed(format!("The passkey {name} could not be removed"), &problem);
                }
            }
            busy.try_set(false);
            list.refresh();
            factor.refresh();
        });
    };
    let used = match passkey.last_used_at {
        Some(at) => view! { "used "<Ago at=at.millis()/> }.into_any(),
        None => "never used".into_any(),
    };
    let host = format!("for {}", passkey.host);
    view! {
        <li class="flex-wrap">
            <span class="min-w-0 grow">
                <span class="font-medium wrap-anywhere">{passkey.name.clone()}</span>
                <span class="block sub">{host} " · made " <Ago at=passkey.created_at.millis()/> " · " {used}</span>
            </span>
            <span class="ml-auto flex items-center gap-2">
                {passkey.is_backed_up.then(|| view! { <Badge tone=Tone::Info text="On several devices".to_owned()/> })}
                <Button small=true text="Remove" kind=ButtonKind::DangerQuiet busy=busy on_press=remove/>
            </span>
        </li>
    }
}

#[component]
fn Make(list: Live<PasskeyList>, factor: Live<SecondFactor>) -> impl IntoView {
    let (activity, access) = (expect_context::<Activity>(), expect_context::<Access>());
    let (name, sending) = (RwSignal::new(String::new()), Sending::new(&["name"]));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = name.with_untracked(|name| name.trim().to_owned());
        let wanted = if wanted.is_empty() { "Passkey".to_owned() } else { wanted };
        sending.send(api::passkeys::make(wanted), move |passkey| {
            activity.done(format!("The passkey {} is made", passkey.name));
            name.try_set(String::new());
            list.refresh();
            factor.refresh();
            // Making one is a proof, too.
            spawn_local(access.look());
        });
    };
    view! {
        <form class="grid gap-4 max-w-md" on:submit=submit>
            <Field id="passkey-name" label="Name of a new passkey" hint="So that you know which device it is on." wrong=sending.wrong("name")>
                <TextInput id="passkey-name" value=name placeholder="Laptop"/>
            </Field>
            {sending.below("No passkey was made")}
            <p><Button text="Make a passkey" icon=Icon::KEY submit=true busy=sending.busy/></p>
        </form>
    }
}
