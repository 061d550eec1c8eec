//! Settings: one's own second factor and sessions, and the ways in on other devices.

mod codes;
mod device;
mod identities;
mod passkeys;
mod recovery;

use leptos::{prelude::*, task::spawn_local};
use noc_shared::{
    second_factor::{RecoveryCodes, SecondFactor},
    sessions::{Session, SessionList},
    sign_in::SignInLink,
};

use self::{codes::Codes, identities::Identities, passkeys::Passkeys, recovery::Recovery};
use super::parts::shown;
use crate::{
    api::{self, Access, Problem},
    live::Live,
    shell::Activity,
    ui::{Ago, Badge, Button, ButtonKind, Clock, Note, Once, Page, SkeletonRows, Tone},
    words,
};

const EVERY_MS: i32 = 30_000;

/// The page.
#[component]
pub fn Settings() -> impl IntoView {
    let list = Live::new(|_: Option<&SessionList>| Some(EVERY_MS), api::access::sessions);
    let factor = Live::new(|_: Option<&SecondFactor>| None, api::second_factor::show);
    // They are made with the first code of an app, too.
    let made = RwSignal::new(None::<RecoveryCodes>);
    let view = move |sessions: &SessionList| {
        let rows = sessions.sessions.iter().map(|session| row(session, list)).collect_view();
        let others = (sessions.sessions.len() > 1).then(|| view! { <Others list/> });
        view! { <ul class="rows">{rows}</ul> {others} }.into_any()
    };
    view! {
        <Page title="Settings" lead="Who you are here, and where you are signed in.">
            <div class="grid gap-4">
                <Oneself/>
                <Passkeys factor/>
                <Codes factor made/>
                <Recovery factor made/>
                <Identities/>
                <section class="card">
                    <div class="card-head"><h2>"Your sessions"</h2></div>
                    <div class="card-body">
                        {shown(list, "The sessions could not be read", || view! { <SkeletonRows rows=2/> }.into_any(), view)}
                    </div>
                </section>
                <Elsewhere/>
            </div>
        </Page>
    }
}

#[component]
fn Oneself() -> impl IntoView {
    let (access, clock) = (expect_context::<Access>(), expect_context::<Clock>());
    // It ends by itself.
    let proven_until = Memo::new(move |_| {
        let until = access.who.with(|who| who.as_ref()?.proven_until);
        until.filter(|until| until.millis() > clock.now())
    });
    let fact = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let facts = move || {
        access.who.get().map(|who| {
            let role = who
                .organization
                .role
                .map_or("in projects alone".to_owned(), |role| words::title(role.as_str()));
            let proven = match proven_until.get() {
                Some(until) => view! { <dd>"proven, ends "<Ago at=until.millis()/></dd> }.into_any(),
                None => view! { <dd>"to be proven before what is sensitive"</dd> }.into_any(),
            };
            view! {
                <dl class="facts">
                    {fact("Name", who.name)} {fact("Address", who.email.unwrap_or_default())}
                    {fact("Organization", who.organization.name)} {fact("Role", role)}
                    <div><dt>"Second factor"</dt>{proven}</div>
                </dl>
            }
        })
    };
    view! {
        <section class="card"><div class="card-head"><h2>"You"</h2></div><div class="card-body">{facts}</div></section>
    }
}

fn row(session: &Session, list: Live<SessionList>) -> impl IntoView + use<> {
    let (activity, access) = (expect_context::<Activity>(), expect_context::<Access>());
    let busy = RwSignal::new(false);
    let (id, current) = (session.id.to_string(), session.is_current);
    let end = move |_| {
        let id = id.clone();
        busy.set(true);
        spawn_local(async move {
            let outcome = if current { access.sign_out().await } else { api::access::end_session(&id).await };
            match outcome {
                Ok(()) if current => {}
                Ok(()) => activity.done("The session has ended"),
                Err(problem) => activity.failed("The session could not be ended", &problem),
            }
            busy.try_set(false);
            list.refresh();
        });
    };
    let method = words::title(&session.method);
    let from = session.address.clone().map(|address| format!("from {address}")).unwrap_or_default();
    let program = session.user_agent.clone().unwrap_or_default();
    let device = device::of(&program);
    let text = if current { "Sign out" } else { "End it" };
    view! {
        <li class="flex-wrap">
            <span class="min-w-0 grow">
                <span class="font-medium">{method} " " {from}</span>
                <span class="block sub cut" title=program>{device}</span>
                <span class="block sub">"used " <Ago at=session.seen_at.millis()/> " · ends " <Ago at=session.expires_at.millis()/></span>
            </span>
            <span class="ml-auto flex items-center gap-2">
                {current.then(|| view! { <Badge tone=Tone::Ok text="This one".to_owned()/> })}
                <Button small=true text=text busy=busy on_press=end/>
            </span>
        </li>
    }
}

/// Ends all sessions but this one, those that the list has no room for among them.
#[component]
fn Others(list: Live<SessionList>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let end = move |_| {
        busy.set(true);
        spawn_local(async move {
            match api::access::end_other_sessions().await {
                Ok(()) => activity.done("Every other session has ended"),
                Err(problem) => activity.failed("The other sessions could not be ended", &problem),
            }
            busy.try_set(false);
            list.refresh();
        });
    };
    view! { <p class="mt-4"><Button small=true text="End all others" kind=ButtonKind::DangerQuiet busy=busy on_press=end/></p> }
}

/// A link that signs oneself in on another device.
#[component]
fn Elsewhere() -> impl IntoView {
    let busy = RwSignal::new(false);
    let outcome = RwSignal::new(None::<Result<SignInLink, Problem>>);
    let make = move |_| {
        busy.set(true);
        spawn_local(async move {
            let made = api::access::make_link().await;
            outcome.try_set(Some(made));
            busy.try_set(false);
        });
    };
    let below = move || {
        outcome.get().map(|outcome| match outcome {
            Ok(link) => {
                let text = "Open this link there. It works once, and for ten minutes.";
                view! { <Once title="The link is made" text=text secret=link.url what="link"/> }.into_any()
            }
            Err(problem) => {
                view! { <Note tone=Tone::Bad title="No link was made" text=problem.message()/> }.into_any()
            }
        })
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"Another device"</h2></div>
            <div class="card-body grid gap-4">
                <p class="text-sm text-soft">"A link signs you in there. What it begins ends when this session does."</p>
                <p><Button text="Make a link" busy=busy on_press=make/></p>
                <div role="status">{below}</div>
            </div>
        </section>
    }
}
