//! What it will come to, and the button.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use noc_shared::{catalog::CatalogAnswer, id::DeploymentId};

use super::check::Draft;
use crate::{
    api::{self, Problem},
    fleet::Fleet,
    paths,
    shell::{Activity, Recent},
    ui::{Button, ButtonKind, Icon, Note, Tone, remember},
    words,
};

#[component]
pub(super) fn Summary(
    catalog: StoredValue<CatalogAnswer>,
    draft: RwSignal<Draft>,
    refused: RwSignal<Option<(String, String)>>,
) -> impl IntoView {
    let (activity, fleet) = (expect_context::<Activity>(), expect_context::<Fleet>());
    let recent = expect_context::<Recent>();
    let navigate = StoredValue::new_local(use_navigate());
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    // The key belongs to what was filled in: sent again after a lost answer, it means the same deploy.
    let key = StoredValue::new((Draft::default(), String::new()));
    let press = move |_| {
        let wanted = draft.get_untracked();
        if key.with_value(|(of, _)| *of != wanted) {
            key.set_value((wanted.clone(), random_key()));
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let answer =
                api::deployments::deploy(&wanted.request(), &key.with_value(|(_, key)| key.clone())).await;
            busy.try_set(false);
            match answer {
                Ok(answer) => {
                    // These types always serialize.
                    remember("deploy", &serde_json::to_string(&wanted).unwrap_or_default());
                    activity.done(format!("The deploy of {} has begun", wanted.name));
                    fleet.refresh();
                    recent.0.refresh();
                    let path = paths::deployment(&answer.deployment_id);
                    navigate.try_with_value(|navigate| navigate(&path, NavigateOptions::default()));
                }
                Err(why) => {
                    if let Some(field) = why.field() {
                        refused.try_set(Some((field.to_owned(), why.message())));
                    }
                    problem.try_set(Some(why));
                }
            }
        });
    };
    let cost = move || {
        catalog.with_value(|catalog| {
            draft.with(|draft| {
                draft.size(catalog).map_or_else(|| "…".to_owned(), |size| words::usd(size.price_monthly))
            })
        })
    };
    let domains = move || {
        let domains = catalog.with_value(|catalog| draft.with(|draft| draft.domains(catalog)));
        domains
            .into_iter()
            .map(|domain| view! { <li class="mono text-sm wrap-anywhere">{domain}</li> })
            .collect_view()
    };
    let wrong = Memo::new(move |_| {
        catalog.with_value(|catalog| draft.with(|draft| !draft.wrong(catalog).is_empty()))
    });
    let about = move || {
        draft.with(|draft| {
            [("Size", draft.size.clone()), ("Region", draft.region.clone()), ("Branch", draft.branch.clone())]
                .map(|(name, value)| view! { <div class="flex gap-3"><dt class="text-faint">{name}</dt><dd class="ml-auto mono">{value}</dd></div> })
        })
    };
    view! {
        <aside class="card lg:sticky lg:top-6" aria-label="What it will be">
            <div class="card-body grid gap-4">
                <div>
                    <p class="stat-label">"Cost per month"</p>
                    <p class="stat-value" data-cost="">{cost}</p>
                </div>
                <dl class="grid gap-1.5 text-sm">{about}</dl>
                <div>
                    <p class="stat-label mb-1">"Domains"</p>
                    <ul class="grid gap-0.5" data-domains="">{domains}</ul>
                </div>
                {move || problem.get().map(|problem| trouble(&problem))}
                <Button text="Deploy" kind=ButtonKind::Primary icon=Icon::ROCKET busy=busy disabled=wrong on_press=press/>
                <p class="sub" aria-live="polite">{move || if wrong.get() { "Something is missing or wrong." } else { "The machine is created at once, and billed from then on." }}</p>
            </div>
        </aside>
    }
}

fn trouble(problem: &Problem) -> impl IntoView + use<> {
    let holder = match problem {
        Problem::Refused(detail) => detail.details.as_ref().and_then(|details| details.deployment_id.clone()),
        _ => None,
    };
    let link = holder.and_then(|id| DeploymentId::parse(&id)).map(|id| {
        view! { <a class="text-accent font-medium hover:underline text-sm" href=paths::deployment(&id)>"See the deployment that holds it"</a> }
    });
    view! { <Note tone=Tone::Bad title="It was not deployed" text=problem.message()/> {link} }
}

/// 128 random bits: a key that nobody else uses.
fn random_key() -> String {
    let random = || format!("{:08x}", (js_sys::Math::random() * f64::from(u32::MAX)) as u32);
    [random(), random(), random(), random()].concat()
}
