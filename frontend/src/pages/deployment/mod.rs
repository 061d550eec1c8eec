//! A deployment: its steps as they happen, what they found, and what can be done about it.

mod acts;
mod head;
mod steps;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use noc_shared::deployments::{Deployment as Shown, DeploymentEvent, DeploymentStatus};

use self::{
    acts::Acts,
    head::{Head, Leftovers},
    steps::Steps,
};
use super::parts::{Stale, shown};
use crate::{
    api::{self, Problem, Stream, StreamState, follow},
    live::{Live, Timer},
    paths,
    ui::{Badge, ButtonLink, Copy, Empty, Icon, Page, Skeleton, Tone, absolute},
    words,
};

/// Events come one by one: the steps are read again when they pause for so long.
const SETTLE_MS: i32 = 120;

/// Without any event the steps are read again so often: what they wait for may change without one.
const EVERY_MS: i32 = 10_000;

/// The page.
#[component]
pub fn Deployment() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    // Another deployment is another page, even if the router keeps this one.
    move || view! { <One id=id.get()/> }
}

#[component]
fn One(id: String) -> impl IntoView {
    let deployment = Live::new(
        |shown: Option<&Shown>| {
            // One that is stuck may be retried by somebody else.
            let moves = |status: DeploymentStatus| !status.is_final() || status == DeploymentStatus::Stuck;
            shown.is_none_or(|shown| moves(shown.summary.status)).then_some(EVERY_MS)
        },
        {
            let id = id.clone();
            move || {
                let id = id.clone();
                async move { api::deployments::show(&id).await }
            }
        },
    );
    let events = RwSignal::new(Vec::<DeploymentEvent>::new());
    let state = RwSignal::new(StreamState::Connecting);
    let stream = StoredValue::new_local(None::<Stream>);
    let settle = StoredValue::new_local(None::<Timer>);
    let path = api::deployments::events_path(&id);
    let begin = move || {
        events.set(Vec::new());
        let on_events = move |new: Vec<DeploymentEvent>| {
            events.try_update(|events| events.extend(new));
            let read = Timer::start(SETTLE_MS, move || deployment.refresh());
            settle.try_update_value(|settle| *settle = Some(read));
        };
        let on_state = move |new: StreamState| {
            if new == StreamState::Ended {
                deployment.refresh();
            }
            state.try_set(new);
        };
        stream.set_value(Some(follow(path.clone(), on_events, on_state)));
    };
    begin();
    on_cleanup(move || {
        stream.try_update_value(|stream| stream.take());
    });
    // What had ended may go on: a retry of one that was stuck.
    let begin = StoredValue::new_local(begin);
    let went_on = Callback::new(move |()| begin.with_value(|begin| begin()));
    Effect::new(move |_| {
        let moves = deployment
            .data
            .with(|shown| shown.as_ref().is_some_and(|shown| !shown.summary.status.is_final()));
        if moves && state.get_untracked() == StreamState::Ended {
            went_on.run(());
        }
    });
    let title = Signal::derive(move || {
        deployment.data.with(|shown| {
            shown.as_ref().map_or_else(
                || "Deployment".to_owned(),
                |shown| format!("{} of {}", words::saga(shown.summary.saga), shown.summary.server_name),
            )
        })
    });
    // The parts look after what changes in them: here only matters whether there is anything.
    let there = Memo::new(move |_| {
        let there = deployment.data.with(Option::is_some);
        (there, (!there).then(|| deployment.problem.get()))
    });
    let body = move || {
        let (there, problem) = there.get();
        if problem.flatten().as_ref().is_some_and(Problem::is_not_found) {
            return missing().into_any();
        }
        if !there {
            return untrack(shown(deployment, "The deployment could not be read", skeleton, |_| ()));
        }
        view! {
            <Stale what="The deployment could not be read" problem=deployment.problem read_at=deployment.read_at retry=move |()| deployment.refresh()/>
            <Head deployment/>
            <Leftovers deployment/>
            <div class="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] items-start">
                <section class="card">
                    <div class="card-head"><h2>"Steps"</h2></div>
                    <div class="card-body"><Steps deployment/></div>
                </section>
                <section class="card">
                    <div class="card-head"><h2>"Story"</h2><Following state/></div>
                    <div class="card-body"><Story events/></div>
                </section>
            </div>
        }
        .into_any()
    };
    let acts = Box::new(move || view! { <Acts deployment went_on/> }.into_any());
    view! {
        <Page title=title acts=acts>
            <p class="sub mono -mt-3 mb-4 flex items-center gap-1">{id.clone()} <Copy text=id what="id"/></p>
            {body}
        </Page>
    }
}

fn skeleton() -> AnyView {
    let row = |_| {
        view! { <div class="flex gap-3 items-center"><Skeleton width="1.75rem" height="1.75rem"/><Skeleton width="60%"/></div> }
    };
    view! {
        <div class="card card-body grid gap-5" role="status"><span class="sr">"Loading"</span>{(0..7).map(row).collect_view()}</div>
    }
    .into_any()
}

fn missing() -> impl IntoView {
    view! {
        <div class="card">
            <Empty icon=Icon::ACTIVITY title="There is no such deployment" text="The address may be cut off.">
                <ButtonLink href=paths::deployments() text="See all deployments"/>
            </Empty>
        </div>
    }
}

/// Whether what is shown is what happens now.
#[component]
fn Following(state: RwSignal<StreamState>) -> impl IntoView {
    let said = move || match state.get() {
        StreamState::Connecting => (Tone::Warn, "Connecting".to_owned()),
        StreamState::Open => (Tone::Ok, "Live".to_owned()),
        StreamState::Ended => (Tone::Idle, "Ended".to_owned()),
        StreamState::Refused(problem) => (Tone::Bad, problem.message()),
    };
    view! {
        <span class="ml-auto" data-stream="">
            <Badge
                tone=Signal::derive(move || said().0)
                text=Signal::derive(move || said().1)
                live=Signal::derive(move || state.get() == StreamState::Open)
            />
        </span>
    }
}

#[component]
fn Story(events: RwSignal<Vec<DeploymentEvent>>) -> impl IntoView {
    // A time of day stands at each line; the whole of it on hover.
    let time = |at: i64| {
        let text = String::from(js_sys::Date::new(&(at as f64).into()).to_locale_time_string("default"));
        view! { <time title=absolute(at)>{text}</time> }
    };
    view! {
        <Show when=move || events.with(Vec::is_empty)><p class="text-faint">"Nothing has happened yet."</p></Show>
        <ol class="story" aria-label="Story, newest first">
            <For each=move || events.get().into_iter().rev() key=|event| event.id let:event>
                <li data-event=event.id.to_string()>{time(event.at.millis())} <span>{event.message}</span></li>
            </For>
        </ol>
    }
}
