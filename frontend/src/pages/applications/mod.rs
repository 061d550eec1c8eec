//! Applications: what can be deployed, and the organization's own.

mod editor;
mod one;
mod preview;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use noc_shared::applications::{ApplicationList, ApplicationView};

use self::{editor::Editor, one::One};
use super::{
    offered::{Offered, Withheld},
    parts::shown,
};
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    paths,
    ui::{Badge, ButtonKind, ButtonLink, Glyph, Icon, Page, SkeletonRows, Tone},
    words,
};

/// People change them, and seldom.
const EVERY_MS: i32 = 60_000;

/// The page of all, or the form of a new one.
#[component]
pub fn Applications() -> impl IntoView {
    let query = use_query_map();
    let act = Memo::new(move |_| query.with(|query| query.get("act").unwrap_or_default()));
    let may = expect_context::<Access>().may(Needs::KEEP_APPLICATIONS);
    move || match act.get().as_str() {
        "new" if may.get() => view! { <Editor/> }.into_any(),
        "new" => view! { <Withheld title="New application" needs=Needs::KEEP_APPLICATIONS/> }.into_any(),
        _ => view! { <List/> }.into_any(),
    }
}

/// The page of one, or the form that changes it.
#[component]
pub fn Application() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let name = Memo::new(move |_| params.with(|params| params.get("name").unwrap_or_default()));
    let act = Memo::new(move |_| query.with(|query| query.get("act").unwrap_or_default()));
    let may = expect_context::<Access>().may(Needs::KEEP_APPLICATIONS);
    move || match act.get().as_str() {
        "edit" if may.get() => view! { <Editor name=name.get()/> }.into_any(),
        _ => view! { <One name=name.get()/> }.into_any(),
    }
}

#[component]
fn List() -> impl IntoView {
    let list = Live::new(|_: Option<&ApplicationList>| Some(EVERY_MS), api::applications::list);
    let cards = |list: &ApplicationList| {
        let cards = list.applications.iter().map(card).collect_view();
        view! { <div class="grid gap-3.5 md:grid-cols-2 xl:grid-cols-3">{cards}</div> }.into_any()
    };
    let acts = Box::new(|| {
        view! { <Offered needs=Needs::KEEP_APPLICATIONS><ButtonLink href=paths::application_new() text="Add one" icon=Icon::PLUS kind=ButtonKind::Primary/></Offered> }
            .into_any()
    });
    view! {
        <Page title="Applications" lead="What runs on a server: its services, its domains, its secrets, and the cloud-init template that sets it up." acts=acts>
            {shown(list, "The applications could not be read", || view! { <SkeletonRows rows=4/> }.into_any(), cards)}
        </Page>
    }
}

fn card(view: &ApplicationView) -> impl IntoView + use<> {
    let application = &view.application;
    let about = format!(
        "{} · {} · {}",
        words::count(application.services.len(), "service"),
        words::count(application.domain_suffixes.len(), "domain"),
        application.default_size
    );
    view! {
        <article class="card server-card">
            <h2 class="font-semibold flex items-center gap-2">
                <Glyph icon=Icon::PACKAGE/>
                <a class="name" href=paths::application(&application.name)>{application.name.clone()}</a>
                <span class="ml-auto">{whose(view.built_in)}</span>
            </h2>
            <p class="text-sm text-soft mt-1">{application.description.clone()}</p>
            <p class="sub mt-3">{about}</p>
        </article>
    }
}

fn whose(built_in: bool) -> impl IntoView {
    let (tone, word) = if built_in { (Tone::Idle, "Built in") } else { (Tone::Info, "Own") };
    view! { <Badge tone text=word.to_owned()/> }
}
