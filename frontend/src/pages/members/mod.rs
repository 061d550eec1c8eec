//! Members: who is in the organization, as what, and who is invited.

mod invitations;

use leptos::{prelude::*, task::spawn_local};
use noc_shared::{
    access::Role,
    members::{Member, MemberList, MemberRequest},
};

use self::invitations::Invitations;
use super::parts::shown;
use crate::{
    api::{self, Access},
    live::Live,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, Dialog, Page, Select, SkeletonRows},
    words,
};

/// Who has invited somebody waits for them.
const EVERY_MS: i32 = 10_000;

/// The page.
#[component]
pub fn Members() -> impl IntoView {
    let list = Live::new(|_: Option<&MemberList>| Some(EVERY_MS), api::members::list);
    let asked = RwSignal::new(None::<Member>);
    let view = move |members: &MemberList| {
        let rows = members.members.iter().map(|member| row(member, list, asked)).collect_view();
        view! {
            <section class="card"><div class="card-body"><ul class="rows">{rows}</ul></div></section>
        }
        .into_any()
    };
    view! {
        <Page title="Members" lead="Who is in this organization, and as what. A role holds from the next request on.">
            {shown(list, "The members could not be read", || view! { <SkeletonRows rows=4/> }.into_any(), view)}
            <Invitations/>
            <Removal asked list/>
        </Page>
    }
}

/// What can be chosen of roles.
pub(super) fn roles() -> Vec<(String, String)> {
    Role::ALL.iter().map(|role| (role.as_str().to_owned(), words::title(role.as_str()))).collect()
}

fn row(member: &Member, list: Live<MemberList>, asked: RwSignal<Option<Member>>) -> impl IntoView + use<> {
    let (activity, access) = (expect_context::<Activity>(), expect_context::<Access>());
    let id = member.principal_id.to_string();
    let oneself = access
        .who
        .with_untracked(|who| who.as_ref().is_some_and(|who| who.principal_id == member.principal_id));
    let projects: Vec<String> = member
        .projects
        .iter()
        .map(|one| format!("{} of {}", words::title(one.role.as_str()), one.project))
        .collect();
    let role = RwSignal::new(member.role.map(|role| role.as_str().to_owned()).unwrap_or_default());
    let options = {
        let in_projects = member.role.is_none();
        move || {
            let mut options = roles();
            if in_projects {
                options.insert(0, (String::new(), "In projects alone".to_owned()));
            }
            options
        }
    };
    let (name, given, kept) = (member.name.clone(), member.clone(), member.projects.clone());
    let choose = move |chosen: String| {
        let request = MemberRequest { role: Role::parse(&chosen), projects: kept.clone() };
        let (id, name) = (id.clone(), name.clone());
        // Seen at once, and as it was again if it is refused.
        let before = role.get_untracked();
        role.set(chosen);
        spawn_local(async move {
            match api::members::put(&id, &request).await {
                Ok(_) => activity.done(format!("The role of {name} is changed")),
                Err(problem) => {
                    role.try_set(before);
                    activity.failed(format!("The role of {name} could not be changed"), &problem);
                }
            }
            list.refresh();
        });
    };
    let about = if oneself { " (you)" } else { "" };
    view! {
        <li class="flex-wrap">
            <span class="min-w-0 grow">
                <span class="font-medium">{member.name.clone()}<span class="text-faint font-normal">{about}</span></span>
                <span class="block sub wrap-anywhere">{member.email.clone()} " · since " <Ago at=member.since.millis()/></span>
                {(!projects.is_empty()).then(|| view! { <span class="block sub">{projects.join(", ")}</span> })}
            </span>
            <span class="flex items-center gap-2">
                <Select name=format!("Role of {}", member.name) options=Signal::derive(options) value=role on_choose=choose/>
                <Button small=true text="Remove" kind=ButtonKind::DangerQuiet on_press=move |_| asked.set(Some(given.clone()))/>
            </span>
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
