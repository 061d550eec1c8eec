//! Invitations: those that wait, and a new one.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::{
    access::Role,
    members::{Invitation, InvitationList, InvitationMade, InvitationRequest},
};

use super::roles;
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    pages::offered::Offered,
    sending::Sending,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, Field, Once, Select, TextInput},
    words,
};

const EVERY_MS: i32 = 10_000;

#[component]
pub(super) fn Invitations() -> impl IntoView {
    let list = Live::new(|_: Option<&InvitationList>| Some(EVERY_MS), api::members::invitations);
    let may = expect_context::<Access>().may(Needs::INVITE);
    let rows = move || {
        list.data.with(|list_| {
            let all = list_.as_ref().map(|list| list.invitations.as_slice()).unwrap_or_default();
            (!all.is_empty()).then(
                || view! { <ul class="rows">{all.iter().map(|one| row(one, list, may.get())).collect_view()}</ul> },
            )
        })
    };
    view! {
        <section class="card mt-4">
            <div class="card-head"><h2>"Invitations"</h2></div>
            <div class="card-body grid gap-5">{rows} <Offered needs=Needs::INVITE><Invite list/></Offered></div>
        </section>
    }
}

fn row(invitation: &Invitation, list: Live<InvitationList>, may: bool) -> impl IntoView + use<> {
    let activity = expect_context::<Activity>();
    let (busy, given) = (RwSignal::new(false), invitation.clone());
    let take_back = move |_| {
        let given = given.clone();
        busy.set(true);
        spawn_local(async move {
            match api::members::take_back(&given).await {
                Ok(()) => activity.done(format!("The invitation of {} is taken back", given.email)),
                Err(problem) => activity.failed("The invitation could not be taken back", &problem),
            }
            busy.try_set(false);
            list.refresh();
        });
    };
    let role = words::title(invitation.role.as_str());
    let role = match &invitation.project {
        Some(project) => format!("{role} of {project}"),
        None => role,
    };
    view! {
        <li>
            <span class="min-w-0">
                <span class="font-medium wrap-anywhere">{invitation.email.clone()}</span>
                <span class="block sub">{role} " · ends " <Ago at=invitation.expires_at.millis()/></span>
            </span>
            {may.then(|| view! { <span class="ml-auto"><Button small=true text="Take back" busy=busy on_press=take_back/></span> })}
        </li>
    }
}

#[component]
fn Invite(list: Live<InvitationList>) -> impl IntoView {
    let text = |text: &str| RwSignal::new(text.to_owned());
    let (email, role, project) = (text(""), text(Role::Viewer.as_str()), text(""));
    let (sending, made) = (Sending::new(&["email", "project"]), RwSignal::new(None::<InvitationMade>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let trimmed = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        let request = InvitationRequest {
            email: trimmed(email),
            role: role.with_untracked(|role| Role::parse(role)).unwrap_or(Role::Viewer),
            project: Some(trimmed(project)).filter(|project| !project.is_empty()),
        };
        made.set(None);
        sending.send(async move { api::members::invite(&request).await }, move |answer| {
            email.try_set(String::new());
            made.try_set(Some(answer));
            list.refresh();
        });
    };
    let link = move || {
        made.get().map(|made| {
            let text = format!("Hand this link to {}. It works once, and for a week.", made.invitation.email);
            view! { <Once title="The invitation is made" text=text secret=made.url what="link"/> }
        })
    };
    view! {
        <form class="grid gap-4" on:submit=submit>
            <div class="grid gap-4 md:grid-cols-[2fr_1fr_1fr_auto] items-start">
                <Field id="invite-email" label="Invite" wrong=sending.wrong("email")><TextInput id="invite-email" value=email placeholder="somebody@example.com"/></Field>
                <div class="field"><span class="legend">"As"</span><Select name="Role" options=Signal::derive(roles) value=role on_choose=move |chosen| role.set(chosen)/></div>
                <Field id="invite-project" label="In one project alone" hint="Empty for all." wrong=sending.wrong("project")><TextInput id="invite-project" value=project/></Field>
                <div class="md:pt-6.5"><Button text="Invite" kind=ButtonKind::Primary submit=true busy=sending.busy/></div>
            </div>
            {sending.below("Nobody was invited")}
            <div role="status">{link}</div>
        </form>
    }
}
