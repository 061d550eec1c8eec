//! The ways in that there are without a link.

use leptos::prelude::*;
use noc_shared::sign_in::{BootstrapRequest, SignInWays};

use crate::{
    api,
    live::Live,
    paths,
    sending::Sending,
    ui::{Button, ButtonKind, Field, Icon, Note, Skeleton, TextInput, Tone},
};

/// Who waits for the first owner to come sees that they have.
const EVERY_MS: i32 = 30_000;

#[component]
pub(super) fn Ways(done: Callback<()>) -> impl IntoView {
    let ways = Live::new(|_: Option<&SignInWays>| Some(EVERY_MS), api::access::ways);
    // What is typed into a form stays while the same ways are open.
    let open = Memo::new(move |_| ways.data.get());
    move || {
        match (open.get(), ways.problem.get()) {
        (Some(SignInWays { bootstrap: true, .. }), _) => view! { <Bootstrap done/> }.into_any(),
        (Some(ways), _) => view! {
            <h1>"Sign in"</h1>
            <Doors ways=ways.clone() done/>
            <p class="text-sm text-soft">
                "Or open the link that you were given. Who is signed in on another device makes one there, under Settings."
            </p>
            {ways.break_glass.then(|| view! { <BreakGlass done/> })}
        }
        .into_any(),
        (None, Some(problem)) => view! {
            <h1>"Sign in"</h1>
            <Note tone=Tone::Warn title="It cannot be said how" text=problem.message()>
                <Button small=true text="Try again" on_press=move |_| ways.refresh()/>
            </Note>
        }
        .into_any(),
        (None, None) => view! { <h1>"Sign in"</h1> <Skeleton/> <Skeleton/> }.into_any(),
    }
    }
}

/// What is said of a way in that let nobody in.
const NOBODY: &str = "Nobody was signed in";

/// The ways that one button is enough for: a passkey, and whoever else says who somebody is.
#[component]
fn Doors(ways: SignInWays, done: Callback<()>) -> impl IntoView {
    let sending = Sending::new(&[]);
    let back = back();
    // These lead away from the dashboard, which its router must not try to show.
    let door =
        |href: String, text: String| view! { <a class="btn btn-quiet" rel="external" href=href>{text}</a> };
    let access = ways
        .access
        .then(|| door(paths::sign_in_by_access(&back), "Continue with Cloudflare Access".to_owned()));
    let providers: Vec<_> = ways
        .providers
        .iter()
        .map(|provider| {
            door(paths::sign_in_at(&provider.id, &back), format!("Continue with {}", provider.name))
        })
        .collect();
    // Where there is no other way of one button, it is the one thing to do here.
    let kind = if providers.is_empty() && access.is_none() { ButtonKind::Primary } else { ButtonKind::Quiet };
    view! {
        <div class="grid gap-2">
            {providers} {access}
            <Button text="Use a passkey" icon=Icon::KEY kind=kind busy=sending.busy on_press=move |_| sending.send(api::passkeys::sign_in(), move |()| done.run(()))/>
        </div>
        {sending.below(NOBODY)}
    }
}

/// Where somebody was before they were asked who they are.
fn back() -> String {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    if path.is_empty() || path == paths::sign_in() {
        return "/".to_owned();
    }
    format!("{path}{}", location.search().unwrap_or_default())
}

#[component]
fn Bootstrap(done: Callback<()>) -> impl IntoView {
    let text = || RwSignal::new(String::new());
    let (token, email, name) = (text(), text(), text());
    let sending = Sending::new(&["token", "email", "name"]);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let trimmed = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        let request = BootstrapRequest { token: trimmed(token), email: trimmed(email), name: trimmed(name) };
        sending.send(async move { api::access::bootstrap(&request).await }, move |()| done.run(()));
    };
    view! {
        <h1>"Be the first owner"</h1>
        <p class="text-soft">"Nobody has signed in to this NOC yet. Its bootstrap token makes one person its owner, once."</p>
        <form class="grid gap-4" on:submit=submit>
            <Field id="first-token" label="Bootstrap token" hint="The Worker's secret NOC_BOOTSTRAP_TOKEN." wrong=sending.wrong("token")>
                <TextInput id="first-token" value=token secret=true first=true/>
            </Field>
            <Field id="first-email" label="Your address" wrong=sending.wrong("email")><TextInput id="first-email" value=email placeholder="you@example.com"/></Field>
            <Field id="first-name" label="Your name" hint="As others see it." wrong=sending.wrong("name")><TextInput id="first-name" value=name/></Field>
            {sending.below(NOBODY)}
            <Button text="Begin" kind=ButtonKind::Primary submit=true busy=sending.busy/>
        </form>
    }
}

#[component]
fn BreakGlass(done: Callback<()>) -> impl IntoView {
    let credential = RwSignal::new(String::new());
    let sending = Sending::new(&["credential"]);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let credential = credential.with_untracked(|credential| credential.trim().to_owned());
        sending.send(api::access::break_glass(credential), move |()| done.run(()));
    };
    view! {
        <details>
            <summary class="text-sm text-faint">"Break glass"</summary>
            <form class="grid gap-4 mt-4" on:submit=submit>
                <p class="text-sm text-soft">"The sealed credential signs in as an owner for an hour. It stands in the audit, and everybody who may read that sees it for 30 days."</p>
                <Field id="glass" label="Credential" wrong=sending.wrong("credential")><TextInput id="glass" value=credential secret=true/></Field>
                {sending.below(NOBODY)}
                <Button text="Break the glass" kind=ButtonKind::Danger submit=true busy=sending.busy/>
            </form>
        </details>
    }
}
