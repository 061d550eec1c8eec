//! How a deployment stands, why, and what is left of it.

use leptos::prelude::*;
use noc_shared::{
    deployments::{Deployment, DeploymentStatus, Failure, Leftover},
    errors::ProviderRefusal,
};

use crate::{
    live::Live,
    paths,
    ui::{Ago, Badge, Clock, Copy, Note, Tone, duration},
    words,
};

#[component]
pub(super) fn Head(deployment: Live<Deployment>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let summary =
        move |read: fn(&Deployment) -> i64| deployment.data.with(|shown| shown.as_ref().map_or(0, read));
    let status = Memo::new(move |_| {
        deployment
            .data
            .with(|shown| shown.as_ref().map_or(DeploymentStatus::Running, |shown| shown.summary.status))
    });
    let failure = Memo::new(move |_| {
        deployment.data.with(|shown| shown.as_ref().and_then(|shown| shown.summary.failure.clone()))
    });
    let begun = Memo::new(move |_| summary(|shown| shown.summary.created_at.millis()));
    let ended = Memo::new(move |_| summary(|shown| shown.summary.finished_at.map_or(0, |at| at.millis())));
    let name = deployment.data.with_untracked(|shown| {
        shown.as_ref().map(|shown| shown.summary.server_name.clone()).unwrap_or_default()
    });
    let took = move || match ended.get() {
        0 => format!("running for {}", duration(clock.now() - begun.get())),
        ended => format!("took {}", duration(ended - begun.get())),
    };
    let progress = move || {
        deployment.data.with(|shown| {
            let steps = shown.as_ref().map(|shown| shown.steps.as_slice()).unwrap_or_default();
            let done = steps.iter().filter(|step| words::step_status(step.status).0 == Tone::Ok).count();
            format!("{done} of {} done", words::count(steps.len(), "step"))
        })
    };
    view! {
        <div class="flex flex-wrap items-center gap-x-4 gap-y-2 mb-4 text-sm text-faint num">
            <Badge
                tone=Signal::derive(move || words::deployment_status(status.get()).0)
                text=Signal::derive(move || words::deployment_status(status.get()).1.to_owned())
                live=Signal::derive(move || !status.get().is_final())
            />
            <span>{progress}</span>
            <span>"begun "<Ago at=begun/></span>
            <span>{took}</span>
            <a class="text-accent font-medium hover:underline" href=paths::server(&name)>{format!("Server {name}")}</a>
        </div>
        {move || failure.get().map(|failure| why(failure, status.get()))}
    }
}

fn why(failure: Failure, status: DeploymentStatus) -> impl IntoView {
    let (tone, title) = match status {
        DeploymentStatus::Stuck => (Tone::Bad, "Stuck: something is left over that could not be removed"),
        DeploymentStatus::Unwinding => (Tone::Warn, "Going back: what was done is being undone"),
        DeploymentStatus::Unwound => (Tone::Warn, "Undone: nothing of it is left"),
        _ => (Tone::Warn, "Something went wrong"),
    };
    let text = reason(&failure);
    view! { <div class="mb-4"><Note tone title=title text=text/></div> }
}

/// Why, with what the provider said, unless the failure says that already.
fn reason(failure: &Failure) -> String {
    let text = words::sentence(&failure.message);
    let said = |refusal: &&ProviderRefusal| failure.message.contains(refusal.message.trim_end_matches('.'));
    match failure.provider.as_ref().filter(|refusal| !said(refusal)) {
        Some(refusal) => {
            let status = refusal.status.map(|status| format!(" ({status})")).unwrap_or_default();
            format!(
                "{text} {}{status}: {}",
                words::title(&refusal.provider),
                words::sentence(&refusal.message)
            )
        }
        None => text,
    }
}

#[component]
pub(super) fn Leftovers(deployment: Live<Deployment>) -> impl IntoView {
    let leftovers = Memo::new(move |_| {
        deployment.data.with(|shown| shown.as_ref().map(|shown| shown.leftovers.clone()).unwrap_or_default())
    });
    let card = move || {
        let leftovers = leftovers.get();
        if leftovers.is_empty() {
            return None;
        }
        let cents: i64 = leftovers.iter().map(|leftover| leftover.price_monthly.cents()).sum();
        Some(view! {
            <section class="card mb-4" aria-label="Left over">
                <div class="card-head">
                    <h2>"Left over"</h2>
                    <span class="ml-auto text-sm text-bad num">{words::cents(cents)}" per month until it is removed"</span>
                </div>
                <div class="card-body"><ul class="rows">{leftovers.into_iter().map(item).collect_view()}</ul></div>
            </section>
        })
    };
    view! { {card} }
}

fn item(leftover: Leftover) -> impl IntoView {
    let what = format!("{} at {}", words::title(&leftover.kind), words::title(&leftover.provider));
    let id = leftover.id.map(|id| {
        view! { <span class="sub mono wrap-anywhere flex items-center gap-1 basis-full">{id.clone()} <Copy text=id what="id"/></span> }
    });
    // What is no machine costs nothing, and need not say so.
    let cost = (leftover.price_monthly.cents() > 0)
        .then(|| view! { <span class="ml-auto num text-sm">{words::usd(leftover.price_monthly)}" per month"</span> });
    view! {
        <li class="flex-wrap">
            <span class="font-medium">{what}</span>
            {cost}
            {id}
            <span class="basis-full text-sm text-soft">{words::sentence(&leftover.reason)}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use noc_shared::deployments::FailureCode;

    use super::*;

    #[test]
    fn what_the_provider_said_is_said_once() {
        for (message, provider, expected) in [
            (
                "cloudflare did not write the records: 400, DNS Validation Error",
                Some("DNS Validation Error"),
                "Cloudflare did not write the records: 400, DNS Validation Error.",
            ),
            (
                "cloudflare did not write the records: 400, No.",
                Some("No."),
                "Cloudflare did not write the records: 400, No.",
            ),
            (
                "the records could not be written",
                Some("DNS Validation Error"),
                "The records could not be written. Cloudflare (400): DNS Validation Error.",
            ),
            ("the deployment was cancelled", None, "The deployment was cancelled."),
        ] {
            let provider = provider.map(|message| ProviderRefusal {
                provider: "cloudflare".to_owned(),
                status: Some(400),
                code: None,
                message: message.to_owned(),
                request_id: None,
            });
            let failure =
                Failure { code: FailureCode::ProviderRefused, message: message.to_owned(), provider };
            assert_eq!(reason(&failure), expected);
        }
    }
}
