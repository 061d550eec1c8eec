//! The form.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::catalog::{CatalogAnswer, Region, Size};

use super::check::{Draft, Preset};
use crate::{
    api,
    fleet::Fleet,
    live::Timer,
    ui::{Button, Choice, Field, Switch, TextInput},
    words,
};

/// How long after the last key it is asked whether a name is free.
const FREE_MS: i32 = 350;

/// Presets, and what they say.
const PRESETS: [(Preset, &str); 3] =
    [(Preset::Production, "Production"), (Preset::Small, "Small, to try"), (Preset::Large, "Large")];

#[component]
pub(super) fn Form(
    catalog: StoredValue<CatalogAnswer>,
    draft: RwSignal<Draft>,
    refused: RwSignal<Option<(String, String)>>,
) -> impl IntoView {
    let fleet = expect_context::<Fleet>();
    let free = is_free(draft, fleet);
    let wrong = Memo::new(move |_| {
        let errors = catalog.with_value(|catalog| draft.with(|draft| draft.wrong(catalog)));
        errors.into_iter().map(|error| (error.field, error.message)).collect::<Vec<_>>()
    });
    // What the API refused counts until something is changed.
    Effect::new(move |before: Option<Draft>| {
        let now = draft.get();
        if before.is_some_and(|before| before != now) {
            refused.set(None);
        }
        now
    });
    let wrong_at = move |field: &'static str| {
        Signal::derive(move || {
            let refused = refused.get().filter(|(at, _)| at == field).map(|(_, message)| message);
            let own = wrong
                .with(|wrong| wrong.iter().find(|(at, _)| *at == field).map(|(_, message)| message.clone()));
            let empty = field == "server_name" && draft.with(|draft| draft.name.is_empty());
            refused.or(own.filter(|_| !empty)).map(|message| words::capital(&message))
        })
    };
    let name_wrong = Signal::derive(move || {
        let taken = (free.get() == Some(false)).then(|| "There is a server of this name already.".to_owned());
        wrong_at("server_name").get().or(taken)
    });
    let name_right =
        Signal::derive(move || (free.get() == Some(true)).then(|| "This name is free.".to_owned()));
    let text = move |read: fn(&Draft) -> String, write: fn(&mut Draft, String)| {
        let value = RwSignal::new(draft.with_untracked(read));
        Effect::new(move |_| {
            let typed = value.get();
            if draft.with_untracked(read) != typed {
                draft.update(|draft| write(draft, typed));
            }
        });
        Effect::new(move |_| {
            let now = draft.with(read);
            if value.get_untracked() != now {
                value.set(now);
            }
        });
        value
    };
    let name = text(|draft| draft.name.clone(), |draft, value| draft.name = value);
    let branch = text(|draft| draft.branch.clone(), |draft, value| draft.branch = value);
    let project = text(|draft| draft.project.clone(), |draft, value| draft.project = value);
    let environment = text(|draft| draft.environment.clone(), |draft, value| draft.environment = value);
    let presets = PRESETS.map(|(preset, text)| {
        let press =
            move |_| catalog.with_value(|catalog| draft.update(|draft| draft.preset(catalog, preset)));
        view! { <Button small=true text=text on_press=press/> }
    });
    let known = move |read: fn(&noc_shared::servers::Server) -> Vec<String>| {
        let mut all: Vec<String> = fleet.servers.with(|servers| {
            servers.iter().flat_map(|all| all.0.iter().flat_map(|known| read(&known.0.server))).collect()
        });
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|value| view! { <option value=value></option> }).collect_view()
    };
    let applications = catalog.with_value(|catalog| catalog.applications.clone());
    let applications = applications.into_iter().map(|application| {
        let this = application.name.clone();
        view! {
            <Choice
                name="application"
                value=application.name.clone()
                chosen=Signal::derive(move || draft.with(|draft| draft.application == this))
                on_choose=move |name: String| catalog.with_value(|catalog| draft.update(|draft| draft.choose_application(catalog, &name)))
            >
                <span class="choice-title">{application.name.clone()}</span>
                <span class="block sub">{application.description}</span>
            </Choice>
        }
    });
    let regions = catalog.with_value(|catalog| catalog.regions.clone());
    let sizes = catalog.with_value(|catalog| catalog.sizes.clone());
    view! {
        <form class="grid gap-5" id="deploy" on:submit=|event| event.prevent_default()>
            <section class="card">
                <div class="card-head"><h2>"What"</h2><span class="sm:ml-auto flex flex-wrap gap-2" role="group" aria-label="Presets">{presets}</span></div>
                <div class="card-body grid gap-5">
                    <Field id="name" label="Name" hint="Lower-case letters, digits and hyphens: it becomes part of its domains." wrong=name_wrong right=name_right>
                        <TextInput id="name" value=name first=true placeholder="alpha"/>
                    </Field>
                    <fieldset class="grid gap-2">
                        <legend class="legend mb-1.5">"Application"</legend>
                        <div class="grid gap-2.5 sm:grid-cols-2">{applications.collect_view()}</div>
                    </fieldset>
                    <div class="grid gap-5 sm:grid-cols-3">
                        <Field id="branch" label="Branch" wrong=wrong_at("branch")>
                            <TextInput id="branch" value=branch/>
                        </Field>
                        <Field id="project" label="Project" wrong=wrong_at("project")>
                            <TextInput id="project" value=project list="projects"/>
                        </Field>
                        <Field id="environment" label="Environment" wrong=wrong_at("environment")>
                            <TextInput id="environment" value=environment list="environments"/>
                        </Field>
                        <datalist id="projects">{move || known(|server| server.projects.clone())}</datalist>
                        <datalist id="environments">{move || known(|server| vec![server.environment.clone()])}</datalist>
                    </div>
                    <Switch
                        text="Through Cloudflare's proxy"
                        on=Signal::derive(move || draft.with(|draft| draft.proxied))
                        on_switch=move |on| draft.update(|draft| draft.proxied = on)
                    />
                </div>
            </section>
            <section class="card">
                <fieldset>
                    <div class="card-head"><legend class="card-title float-left">"Where"</legend></div>
                    <div class="card-body grid gap-2.5 grid-cols-2 md:grid-cols-3 xl:grid-cols-4">
                        {regions.into_iter().map(|region| region_choice(region, draft)).collect_view()}
                    </div>
                </fieldset>
                <Refusal wrong=wrong_at("droplet_region")/>
            </section>
            <section class="card">
                <fieldset>
                    <div class="card-head"><legend class="card-title float-left">"How large"</legend></div>
                    <div class="card-body grid gap-2.5 sm:grid-cols-2 xl:grid-cols-3">
                        {sizes.into_iter().map(|size| size_choice(size, draft)).collect_view()}
                    </div>
                </fieldset>
                <Refusal wrong=wrong_at("droplet_size")/>
            </section>
        </form>
    }
}

#[component]
fn Refusal(wrong: Signal<Option<String>>) -> impl IntoView {
    view! { <div aria-live="polite">{move || wrong.get().map(|wrong| view! { <p class="wrong px-4 pb-4">{wrong}</p> })}</div> }
}

fn region_choice(region: Region, draft: RwSignal<Draft>) -> impl IntoView {
    let this = region.slug.clone();
    view! {
        <Choice
            name="region"
            value=region.slug.clone()
            chosen=Signal::derive(move || draft.with(|draft| draft.region == this))
            disabled=Signal::stored(!region.available)
            on_choose=move |slug: String| draft.update(|draft| draft.region = slug)
        >
            <span class="choice-title">{region.name}</span>
            <span class="block sub mono">{if region.available { region.slug } else { format!("{}: full", region.slug) }}</span>
        </Choice>
    }
}

fn size_choice(size: Size, draft: RwSignal<Draft>) -> impl IntoView {
    let this = size.slug.clone();
    let (sold, regions) = (size.available, size.regions.clone());
    let fits = Memo::new(move |_| sold && draft.with(|draft| regions.contains(&draft.region)));
    let about = format!(
        "{} · {} · {} GB disk",
        words::count(usize::try_from(size.vcpus).unwrap_or(0), "CPU"),
        words::memory(size.memory_mib),
        size.disk_gib
    );
    let why = move || match (fits.get(), sold) {
        (true, _) => None,
        (false, false) => Some("Not sold now"),
        (false, true) => Some("Not in this region"),
    };
    view! {
        <Choice
            name="size"
            value=size.slug.clone()
            chosen=Signal::derive(move || draft.with(|draft| draft.size == this))
            disabled=Signal::derive(move || !fits.get())
            on_choose=move |slug: String| draft.update(|draft| draft.size = slug)
        >
            <span class="flex items-baseline gap-2">
                <span class="choice-title mono">{size.slug.clone()}</span>
                <span class="ml-auto num font-semibold">{words::usd(size.price_monthly)}</span>
            </span>
            <span class="block sub">{about} {move || why().map(|why| format!(" · {why}"))}</span>
        </Choice>
    }
}

/// Whether no server has the name: `None` while that is not known, or the name is none.
fn is_free(draft: RwSignal<Draft>, fleet: Fleet) -> RwSignal<Option<bool>> {
    let free = RwSignal::new(None);
    let timer = StoredValue::new_local(None::<Timer>);
    let name = Memo::new(move |_| draft.with(|draft| draft.name.clone()));
    Effect::new(move |_| {
        let wanted = name.get();
        free.set(None);
        timer.set_value(None);
        if noc_shared::names::validate_server_name(&wanted, &[], None).is_err() {
            return;
        }
        if fleet.find(&wanted).is_some() {
            free.set(Some(false));
            return;
        }
        let ask = move || {
            spawn_local(async move {
                let found = api::servers::find(&wanted).await;
                // The name may be another by now.
                if name.try_get_untracked() == Some(wanted)
                    && let Ok(found) = found
                {
                    free.try_set(Some(found.is_none()));
                }
            });
        };
        timer.set_value(Some(Timer::start(FREE_MS, ask)));
    });
    free
}
