//! One application: what it is, what a machine would get, and its end.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use noc_shared::applications::{ApplicationView, SecretDelivery};

use super::{
    super::{offered::Offered, parts::shown},
    preview::Preview,
    whose,
};
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    paths,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, ButtonLink, Dialog, Icon, Page, SkeletonRows, duration},
};

#[component]
pub(super) fn One(name: String) -> impl IntoView {
    let given = StoredValue::new(name.clone());
    let live = Live::once(move || {
        let name = given.with_value(Clone::clone);
        async move { api::applications::show(&name).await }
    });
    let own = Memo::new(move |_| live.data.with(|data| data.as_ref().is_some_and(|data| !data.built_in)));
    let removing = RwSignal::new(false);
    let may_keep = expect_context::<Access>().may(Needs::KEEP_APPLICATIONS);
    let acts = Box::new(move || {
        let name = given.with_value(Clone::clone);
        let change = move || {
            let name = name.clone();
            (own.get() && may_keep.get()).then(|| {
                view! {
                    <Button text="Remove" kind=ButtonKind::DangerQuiet on_press=move |_| removing.set(true)/>
                    <ButtonLink href=paths::application_edit(&name) text="Change" icon=Icon::WRENCH/>
                }
            })
        };
        let deploy = given.with_value(|name| paths::deploy_application(name));
        view! {
            {change}
            <Offered needs=Needs::DEPLOY><ButtonLink href=deploy.clone() text="Deploy" icon=Icon::ROCKET kind=ButtonKind::Primary/></Offered>
        }
        .into_any()
    });
    let body = move |view: &ApplicationView| {
        let name = view.application.name.clone();
        view! { {facts(view)} <Preview name/> {template(view)} }.into_any()
    };
    view! {
        <Page title=name acts=acts>
            {shown(live, "The application could not be read", || view! { <SkeletonRows rows=5/> }.into_any(), body)}
            <Removal name=given.with_value(Clone::clone) open=removing/>
        </Page>
    }
}

fn facts(view: &ApplicationView) -> impl IntoView + use<> {
    let application = view.application.clone();
    let fact = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let list = |texts: &[String]| if texts.is_empty() { "none".to_owned() } else { texts.join(", ") };
    let suffix = |suffix: &String| {
        if suffix.is_empty() { "the name itself".to_owned() } else { format!("name{suffix}") }
    };
    let domains: Vec<String> = application.domain_suffixes.iter().map(suffix).collect();
    let delivery = match application.delivery {
        SecretDelivery::Claim => "claimed once by the machine",
        SecretDelivery::Embedded => "in its user data, readable by every program",
    };
    let ready = duration(i64::from(application.ready_within_seconds) * 1_000);
    let changed =
        view.updated_at.map(|at| view! { <div><dt>"Changed"</dt><dd><Ago at=at.millis()/></dd></div> });
    view! {
        <section class="card mb-4">
            <div class="card-head"><h2>"What it is"</h2><span class="ml-auto">{whose(view.built_in)}</span></div>
            <div class="card-body grid gap-4">
                <p class="text-soft">{application.description}</p>
                <dl class="facts">
                    {fact("Services", list(&application.services))} {fact("Domains", list(&domains))}
                    {fact("Secrets", list(&application.secrets))} {fact("They are", delivery.to_owned())}
                    {fact("Image", application.image)} {fact("Usual size", application.default_size)}
                    {fact("Ready within", ready)}
                    {fact("Repository", application.repository.unwrap_or_else(|| "none".to_owned()))} {changed}
                </dl>
            </div>
        </section>
    }
}

fn template(view: &ApplicationView) -> Option<impl IntoView + use<>> {
    view.template.clone().map(|template| {
        view! {
            <section class="card mt-4">
                <div class="card-head"><h2>"Its template"</h2></div>
                <div class="card-body"><pre class="log" tabindex="0" role="group" aria-label="Its template">{template}</pre></div>
            </section>
        }
    })
}

#[component]
fn Removal(name: String, open: RwSignal<bool>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let navigate = StoredValue::new_local(use_navigate());
    let busy = RwSignal::new(false);
    let given = StoredValue::new(name);
    let press = move |_| {
        busy.set(true);
        spawn_local(async move {
            let name = given.with_value(Clone::clone);
            match api::applications::remove(&name).await {
                Ok(()) => {
                    activity.done(format!("{name} is removed"));
                    navigate.try_with_value(|navigate| navigate(&paths::applications(), Default::default()));
                }
                Err(problem) => activity.failed(format!("{name} could not be removed"), &problem),
            }
            busy.try_set(false);
            open.try_set(false);
        });
    };
    view! {
        <Dialog open title="Remove this application?">
            <div class="sheet-body"><p>"It can no longer be deployed. Servers that run it stay as they are."</p></div>
            <div class="sheet-foot">
                <Button text="Keep it" on_press=move |_| open.set(false)/>
                <Button text="Remove it" kind=ButtonKind::Danger busy=busy on_press=press/>
            </div>
        </Dialog>
    }
}
