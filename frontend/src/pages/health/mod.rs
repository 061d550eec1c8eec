//! Health: how NOC's own parts are, and the providers.

use leptos::prelude::*;
use noc_shared::health::{Health as Answer, PartHealth};

use super::parts::shown;
use crate::{
    api,
    live::Live,
    ui::{Badge, Note, Page, SkeletonRows, Tone},
    words,
};

/// The Worker itself asks the providers at most every thirty seconds.
const EVERY_MS: i32 = 30_000;

/// The page.
#[component]
pub fn Health() -> impl IntoView {
    let health = Live::new(|_: Option<&Answer>| Some(EVERY_MS), api::health::show);
    let skeleton = || view! { <SkeletonRows rows=6/> }.into_any();
    view! {
        <Page title="Health" lead="How NOC's own parts are, and the providers that it needs.">
            {shown(health, "The health could not be read", skeleton, all)}
        </Page>
    }
}

fn all(health: &Answer) -> impl IntoAny + use<> {
    let wrong: Vec<&str> =
        health.parts.iter().filter(|part| !part.ok).map(|part| part.name.as_str()).collect();
    let note = if !health.missing.is_empty() {
        let text = format!("{}. Nothing can be deployed until they are there.", health.missing.join(", "));
        view! { <Note tone=Tone::Bad title="Settings are missing" text=text/> }.into_any()
    } else if !health.unusable.is_empty() {
        let text =
            format!("{}. NOC runs without them, and without what they are for.", health.unusable.join(", "));
        view! { <Note tone=Tone::Bad title="Settings cannot be used" text=text/> }.into_any()
    } else if health.ok {
        view! { <Note tone=Tone::Ok title="Everything works" text=format!("Version {}.", health.version)/> }
            .into_any()
    } else {
        let names = wrong.iter().map(|name| words::title(name)).collect::<Vec<_>>().join(", ");
        view! { <Note tone=Tone::Bad title=format!("Not well: {names}") text="What needs these waits, and goes on by itself."/> }
            .into_any()
    };
    view! {
        {note}
        <section class="card mt-4">
            <div class="card-body"><ul class="rows">{health.parts.iter().map(part).collect_view()}</ul></div>
        </section>
    }
    .into_any()
}

fn part(part: &PartHealth) -> impl IntoView + use<> {
    let (tone, word) = if part.ok { (Tone::Ok, "Works") } else { (Tone::Bad, "Does not work") };
    let name = match part.name.as_str() {
        "d1" => "D1, the database".to_owned(),
        "kv" => "KV, the cache".to_owned(),
        "durable_objects" => "Durable Objects, the sagas".to_owned(),
        name => words::title(name),
    };
    let left = part.remaining_requests.map(|left| format!("{left} requests left"));
    view! {
        <li class="flex-wrap">
            <span class="font-medium min-w-56">{name}</span>
            <Badge tone text=word.to_owned()/>
            <span class="ml-auto text-sm text-faint num">{left}</span>
            <span class="text-sm text-soft num w-16 text-right">{format!("{} ms", part.latency_ms)}</span>
            {part.problem.clone().map(|problem| view! { <p class="basis-full text-sm text-bad">{problem}</p> })}
        </li>
    }
}
