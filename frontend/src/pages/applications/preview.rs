//! What a machine would get.

use leptos::prelude::*;
use noc_shared::applications::{RenderAnswer, RenderRequest};

use crate::{
    api,
    sending::Sending,
    ui::{Button, Copy, Field, Icon, TextInput},
    words,
};

/// As much as the provider takes.
const MOST: usize = 65_536;

#[component]
pub(super) fn Preview(name: String) -> impl IntoView {
    let (server, branch) = (RwSignal::new("example".to_owned()), RwSignal::new("master".to_owned()));
    let (sending, shown) = (Sending::new(&["server_name", "branch"]), RwSignal::new(None::<RenderAnswer>));
    let press = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = name.clone();
        let request = RenderRequest { server_name: server.get_untracked(), branch: branch.get_untracked() };
        let request = async move {
            let answer = api::applications::render(&name, &request).await;
            // What it was for something else is not shown beside why this is none.
            shown.try_set(None);
            answer
        };
        sending.send(request, move |answer| {
            shown.try_set(Some(answer));
        });
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"What a machine would get"</h2></div>
            <div class="card-body grid gap-4">
                <form class="grid gap-3 md:grid-cols-[1fr_1fr_auto] items-start" on:submit=press>
                    <Field id="render-server" label="Server" wrong=sending.wrong("server_name")><TextInput id="render-server" value=server/></Field>
                    <Field id="render-branch" label="Branch" wrong=sending.wrong("branch")><TextInput id="render-branch" value=branch/></Field>
                    <div class="md:pt-6.5"><Button text="Render" icon=Icon::TERMINAL submit=true busy=sending.busy/></div>
                </form>
                {sending.below("It does not render")}
                {move || shown.get().map(rendered)}
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
