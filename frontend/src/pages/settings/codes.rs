//! The app that shows codes: setting it up, and doing without it again.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::second_factor::{CodesBegun, RecoveryCodes, SecondFactor};

use crate::{
    api::{self, Access},
    live::Live,
    sending::Sending,
    shell::Activity,
    ui::{Badge, Button, ButtonKind, Copy, Field, Once, Skeleton, TextInput, Tone},
};

#[component]
pub(super) fn Codes(factor: Live<SecondFactor>, made: RwSignal<Option<RecoveryCodes>>) -> impl IntoView {
    let begun = RwSignal::new(None::<CodesBegun>);
    // What is typed stays when the same is read again, as it is when somebody comes back from their app.
    let has_codes =
        Memo::new(move |_| factor.data.with(|factor| factor.as_ref().map(|factor| factor.has_codes)));
    let body = move || match (has_codes.get(), begun.get()) {
        (None, _) => view! { <Skeleton/> }.into_any(),
        (Some(true), _) => view! { <Remove factor/> }.into_any(),
        (Some(false), None) => view! { <Begin begun/> }.into_any(),
        (Some(false), Some(codes)) => view! { <Confirm codes begun factor made/> }.into_any(),
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"Codes of an app"</h2></div>
            <div class="card-body grid gap-4">{body}</div>
        </section>
    }
}

#[component]
fn Remove(factor: Live<SecondFactor>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let remove = move |_| {
        busy.set(true);
        spawn_local(async move {
            match api::second_factor::remove_codes().await {
                Ok(()) => activity.done("Codes of your app prove nothing any more"),
                Err(problem) => activity.failed("The app could not be removed", &problem),
            }
            busy.try_set(false);
            factor.refresh();
        });
    };
    view! {
        <div class="flex items-center gap-3">
            <Badge tone=Tone::Ok text="Set up".to_owned()/>
            <span class="text-sm text-soft min-w-0">"An app of yours shows a new code every thirty seconds."</span>
            <span class="ml-auto"><Button small=true text="Remove" kind=ButtonKind::DangerQuiet busy=busy on_press=remove/></span>
        </div>
    }
}

#[component]
fn Begin(begun: RwSignal<Option<CodesBegun>>) -> impl IntoView {
    let sending = Sending::new(&[]);
    let begin = move |_| {
        sending.send(api::second_factor::begin_codes(), move |codes| {
            begun.try_set(Some(codes));
        });
    };
    view! {
        <p class="text-sm text-soft">"Where no passkey can be used, an app proves that it is you: any that shows codes of six digits."</p>
        {sending.below("It was not begun")}
        <p><Button text="Set up an app" busy=sending.busy on_press=begin/></p>
    }
}

#[component]
fn Confirm(
    codes: CodesBegun,
    begun: RwSignal<Option<CodesBegun>>,
    factor: Live<SecondFactor>,
    made: RwSignal<Option<RecoveryCodes>>,
) -> impl IntoView {
    let (activity, access) = (expect_context::<Activity>(), expect_context::<Access>());
    let (code, sending) = (RwSignal::new(String::new()), Sending::new(&["code"]));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = code.with_untracked(|code| code.trim().to_owned());
        sending.send(api::second_factor::confirm_codes(typed), move |codes| {
            activity.done("From now on codes of your app count");
            made.try_set(Some(codes));
            begun.try_set(None);
            factor.refresh();
            // The first code is a proof, too.
            spawn_local(access.look());
        });
    };
    let text = "Type this key into your app: by time, six digits.";
    view! {
        <Once title="The app waits for its first code" text=text secret=codes.secret what="key"/>
        <p class="flex items-center gap-2 text-sm">
            <a class="text-accent font-medium underline" rel="external" href=codes.otpauth_url.clone()>"Open it in an app on this device"</a>
            <Copy text=codes.otpauth_url what="address"/>
        </p>
        <form class="grid gap-4" on:submit=submit>
            <Field id="first-code" label="The code that it shows" wrong=sending.wrong("code")><TextInput id="first-code" value=code code=true/></Field>
            {sending.below("It was not set up")}
            <p class="flex gap-2">
                <Button text="Confirm" kind=ButtonKind::Primary submit=true busy=sending.busy/>
                <Button text="Not now" on_press=move |_| begun.set(None)/>
            </p>
        </form>
    }
}
