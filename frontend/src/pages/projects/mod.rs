//! Projects: named groups of servers, with their environments.

mod form;

use leptos::{prelude::*, task::spawn_local};
use noc_shared::organizations::{Project, ProjectList};

use self::form::Form;
use super::parts::shown;
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    shell::Activity,
    ui::{Button, ButtonKind, Empty, Glyph, Icon, Page, SkeletonRows},
    words,
};

/// People change them, and seldom.
const EVERY_MS: i32 = 30_000;

/// The page.
#[component]
pub fn Projects() -> impl IntoView {
    let list = Live::new(|_: Option<&ProjectList>| Some(EVERY_MS), api::projects::list);
    // What the form has: the one that is changed, or nothing for a new one.
    let changed = RwSignal::new(None::<Project>);
    let may = expect_context::<Access>().may(Needs::KEEP_PROJECTS);
    let view = move |projects: &ProjectList| {
        if projects.projects.is_empty() {
            let text = if may.get() {
                "A project groups servers, and says what the secret store calls its environments. Add one below."
            } else {
                "A project groups servers, and says what the secret store calls its environments."
            };
            return view! { <div class="card"><Empty icon=Icon::LAYOUT_GRID title="No projects" text=text/></div> }.into_any();
        }
        let cards =
            projects.projects.iter().map(|project| card(project, list, changed, may.get())).collect_view();
        view! { <div class="grid gap-3.5 md:grid-cols-2 xl:grid-cols-3 items-start">{cards}</div> }.into_any()
    };
    view! {
        <Page title="Projects" lead="Named groups of servers. Each environment says what the secret store calls it.">
            {shown(list, "The projects could not be read", || view! { <SkeletonRows rows=3/> }.into_any(), view)}
            {move || may.get().then(|| { let given = changed.get(); view! { <Form given changed list/> } })}
        </Page>
    }
}

fn card(
    project: &Project,
    list: Live<ProjectList>,
    changed: RwSignal<Option<Project>>,
    may: bool,
) -> impl IntoView + use<> {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let (name, given) = (project.name.clone(), project.clone());
    let remove = move |_| {
        let name = name.clone();
        busy.set(true);
        spawn_local(async move {
            match api::projects::remove(&name).await {
                Ok(()) => activity.done(format!("The project {name} is removed")),
                Err(problem) => activity.failed(format!("The project {name} could not be removed"), &problem),
            }
            busy.try_set(false);
            list.refresh();
        });
    };
    let environments = project.environments.iter().map(|(name, secrets)| {
        view! { <li><span class="font-medium">{name.clone()}</span><span class="ml-auto mono text-sm text-faint">{secrets.clone()}</span></li> }
    });
    let count = words::count(usize::try_from(project.servers).unwrap_or(usize::MAX), "server");
    view! {
        <section class="card" aria-label=project.name.clone()>
            <div class="card-head"><Glyph icon=Icon::LAYOUT_GRID/><h2>{project.name.clone()}</h2><span class="ml-auto sub num">{count}</span></div>
            <div class="card-body grid gap-3">
                <ul class="rows text-sm">{environments.collect_view()}</ul>
                {may.then(|| view! {
                    <div class="flex gap-2">
                        <Button small=true text="Change" on_press=move |_| changed.set(Some(given.clone()))/>
                        {(project.servers == 0).then(|| view! { <Button small=true text="Remove" kind=ButtonKind::DangerQuiet busy=busy on_press=remove/> })}
                    </div>
                })}
            </div>
        </section>
    }
}
