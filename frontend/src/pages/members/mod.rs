//! Members: who is in the organization, as what, and who is invited.

mod invitations;
mod role;

use leptos::{prelude::*, task::spawn_local};
use noc_shared::{
    access::Role,
    members::{Member, MemberList, ProjectRole},
};

use self::{invitations::Invitations, role::RoleOf};
use super::steady::steady;
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, Dialog, Page, Rows, SkeletonRows},
    words,
};

/// Who has invited somebody waits for them.
const EVERY_MS: i32 = 10_000;

/// The page.
#[component]
pub fn Members() -> impl IntoView {
    let list = Live::new(|_: Option<&MemberList>| Some(EVERY_MS), api::members::list);
    let asked = RwSignal::new(None::<Member>);
    let members = Signal::derive(move || {
        list.data.with(|list| list.as_ref().map(|list| list.members.clone()).unwrap_or_default())
    });
    // Rows stay: somebody may be choosing in one of them.
    let view = move || {
        let row = move |member: Signal<Member>| row(member, list, asked);
        view! {
            <section class="card"><div class="card-body"><ul class="rows">
                <Rows each=members key=|member: &Member| member.principal_id.clone() row=row/>
            </ul></div></section>
        }
        .into_any()
    };
    view! {
        <Page title="Members" lead="Who is in this organization, and as what. A role holds from the next request on.">
            {steady(list, "The members could not be read", || view! { <SkeletonRows rows=4/> }.into_any(), view)}
            <Invitations/>
            <Removal asked list/>
        </Page>
    }
}

/// What somebody is, in words.
fn is(role: Option<Role>) -> String {
    role.map_or_else(|| "In projects alone".to_owned(), |role| words::title(role.as_str()))
}

/// What can be chosen of roles.
pub(super) fn roles() -> Vec<(String, String)> {
    Role::ALL.iter().map(|role| (role.as_str().to_owned(), words::title(role.as_str()))).collect()
}

fn row(
    member: Signal<Member>,
    list: Live<MemberList>,
    asked: RwSignal<Option<Member>>,
) -> impl IntoView + use<> {
    let access = expect_context::<Access>();
    let may = access.may(Needs::CHANGE_MEMBERS);
    let oneself = Memo::new(move |_| {
        access.who.with(|who| {
            who.as_ref().is_some_and(|who| member.with(|member| who.principal_id == member.principal_id))
        })
    });
    let projects = move || {
        let said = |one: &ProjectRole| format!("{} of {}", words::title(one.role.as_str()), one.project);
        let said = member.with(|member| member.projects.iter().map(said).collect::<Vec<_>>());
        (!said.is_empty()).then(|| view! { <span class="block sub">{said.join(", ")}</span> })
    };
    view! {
        <li class="flex-wrap">
            <span class="min-w-0 grow">
                <span class="font-medium">
                    {move || member.with(|member| member.name.clone())}
                    <span class="text-faint font-normal">{move || if oneself.get() { " (you)" } else { "" }}</span>
                </span>
                <span class="block sub wrap-anywhere">
                    {move || member.with(|member| member.email.clone())} " · since "
                    <Ago at=Signal::derive(move || member.with(|member| member.since.millis()))/>
                </span>
                {projects}
            </span>
            {move || {
                if !may.get() {
                    return view! { <span class="sub">{move || member.with(|member| is(member.role))}</span> }.into_any();
                }
                view! {
                    <span class="flex items-center gap-2">
                        <RoleOf member list/>
                        <Button small=true text="Remove" kind=ButtonKind::DangerQuiet on_press=move |_| asked.set(Some(member.get_untracked()))/>
                    </span>
                }
                .into_any()
            }}
        </li>
    }
}

#[component]
fn Removal(asked: RwSignal<Option<Member>>, list: Live<MemberList>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| {
        if asked.with(Option::is_some) {
            open.set(true);
        }
    });
    // However it was closed, nothing is asked any more. To set it again for nothing would go round for ever.
    Effect::new(move |_| {
        if !open.get() && asked.with_untracked(Option::is_some) {
            asked.set(None);
        }
    });
    let press = move |_| {
        let Some(member) = asked.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match api::members::remove(member.principal_id.as_str()).await {
                Ok(()) => activity.done(format!("{} has left", member.name)),
                Err(problem) => activity.failed(format!("{} could not be removed", member.name), &problem),
            }
            busy.set(false);
            open.set(false);
            list.refresh();
        });
    };
    let about = move || {
        asked.with(|asked| {
            asked.as_ref().map(|member| {
                format!(
                    "{} ({}) leaves this organization. Their sessions here and the tokens that they made end.",
                    member.name, member.email
                )
            })
        })
    };
    view! {
        <Dialog open title="Have this member leave?">
            <div class="sheet-body"><p>{about}</p></div>
            <div class="sheet-foot">
                <Button text="Keep them" on_press=move |_| open.set(false)/>
                <Button text="Remove them" kind=ButtonKind::Danger busy=busy on_press=press/>
            </div>
        </Dialog>
    }
}
