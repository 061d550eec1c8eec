//! What a machine would get.

use leptos::{prelude::*, task::spawn_local};
use noc_shared::applications::{RenderAnswer, RenderRequest};

use crate::{
    api::{self, Problem},
    ui::{Button, Copy, Field, Icon, Note, TextInput, Tone},
    words,
};

/// As much as the provider takes.
const MOST: usize = 65_536;

#[component]
pub(super) fn Preview(name: String) -> impl IntoView {
    let (server, branch) = (RwSignal::new("example".to_owned()), RwSignal::new("master".to_owned()));
    let outcome = RwSignal::new(None::<Result<RenderAnswer, Problem>>);
    let busy = RwSignal::new(false);
    let press = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = name.clone();
        let request = RenderRequest { server_name: server.get_untracked(), branch: branch.get_untracked() };
        busy.set(true);
        spawn_local(async move {
            let answer = api::applications::render(&name, &request).await;
            outcome.try_set(Some(answer));
            busy.try_set(false);
        });
    };
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            outcome.with(|outcome| match outcome {
                Some(Err(problem)) if problem.field() == Some(field) => Some(problem.message()),
                _ => None,
            })
        })
    };
    let below = move || {
        outcome.get().map(|outcome| match outcome {
            Ok(answer) => rendered(answer).into_any(),
            Err(problem) if matches!(problem.field(), Some("server_name" | "branch")) => ().into_any(),
            Err(problem) => {
                view! { <Note tone=Tone::Bad title="It does not render" text=problem.message()/> }.into_any()
            }
        })
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"What a machine would get"</h2></div>
            <div class="card-body grid gap-4">
                <form class="grid gap-3 md:grid-cols-[1fr_1fr_auto] items-start" on:submit=press>
                    <Field id="render-server" label="Server" wrong=wrong("server_name")><TextInput id="render-server" value=server/></Field>
                    <Field id="render-branch" label="Branch" wrong=wrong("branch")><TextInput id="render-branch" value=branch/></Field>
                    <div class="md:pt-6.5"><Button text="Render" icon=Icon::TERMINAL submit=true busy=busy/></div>
                </form>
                {below}
            </div>
        </section>
    }
}

fn rendered(answer: RenderAnswer) -> impl IntoView {
    let (bytes, most) = (words::bytes(answer.bytes as u64), words::bytes(MOST as u64));
    let about = format!("{bytes} of the {most} that the provider takes. Secrets are masked.");
    view! {
        <div>
            <div class="flex items-center gap-2 mb-2"><p class="sub">{about}</p><span class="ml-auto"><Copy text=answer.document.clone() what="document"/></span></div>
            <pre class="log" tabindex="0" role="group" aria-label="What a machine would get">{answer.document}</pre>
        </div>
    }
}
