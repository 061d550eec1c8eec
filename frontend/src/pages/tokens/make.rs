//! The form that makes a token.

use std::collections::BTreeSet;

use leptos::prelude::*;
use noc_shared::{
    access::Scope,
    tokens::{TokenList, TokenMade, TokenRequest},
};

use crate::{
    api::{self, Access},
    live::Live,
    sending::Sending,
    ui::{Button, ButtonKind, Field, Once, TextInput},
};

#[component]
pub(super) fn Make(list: Live<TokenList>) -> impl IntoView {
    let access = expect_context::<Access>();
    let text = |text: &str| RwSignal::new(text.to_owned());
    let (name, days, projects) = (text(""), text("90"), text(""));
    let chosen = RwSignal::new(BTreeSet::from([Scope::ServersRead, Scope::DeploymentsRead]));
    let sending = Sending::new(&["name", "days", "projects"]);
    let made = RwSignal::new(None::<TokenMade>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let limits: Vec<String> = projects.with_untracked(|projects| {
            projects.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        });
        let request = TokenRequest {
            name: name.with_untracked(|name| name.trim().to_owned()),
            scopes: chosen.with_untracked(|chosen| chosen.iter().copied().collect()),
            projects: Some(limits).filter(|limits| !limits.is_empty()),
            // What is no number is refused by the API with the range that it takes.
            days: Some(days.with_untracked(|days| days.trim().parse().unwrap_or(0))),
        };
        made.set(None);
        sending.send(async move { api::tokens::make(&request).await }, move |answer| {
            name.try_set(String::new());
            made.try_set(Some(answer));
            list.refresh();
        });
    };
    let secret = move || {
        made.get().map(|made| {
            let text = "Scripts send it as “Authorization: Bearer …”.";
            view! { <Once title="The token is made" text=text secret=made.secret what="token"/> }
        })
    };
    // What one may not do oneself, a token cannot be given.
    let ticks = move || {
        let may: Vec<Scope> = access.who.with(|who| {
            who.as_ref()
                .map(|who| who.scopes.iter().chain(&who.project_scopes).copied().collect())
                .unwrap_or_default()
        });
        Scope::ALL
            .into_iter()
            .filter(|scope| may.contains(scope))
            .map(|scope| tick(scope, chosen))
            .collect_view()
    };
    view! {
        <section class="card mt-4">
            <div class="card-head"><h2>"Make a token"</h2></div>
            <form class="card-body grid gap-4" on:submit=submit>
                <div class="grid gap-4 md:grid-cols-3">
                    <Field id="token-name" label="Name" hint="What it is for." wrong=sending.wrong("name")><TextInput id="token-name" value=name/></Field>
                    <Field id="token-days" label="Ends after, in days" hint="365 at most." wrong=sending.wrong("days")><TextInput id="token-days" value=days/></Field>
                    <Field id="token-projects" label="In these projects alone" hint="Empty for all." wrong=sending.wrong("projects")><TextInput id="token-projects" value=projects/></Field>
                </div>
                <fieldset>
                    <legend class="legend mb-2">"What it may do"</legend>
                    <div class="ticks">{ticks}</div>
                </fieldset>
                {sending.below("No token was made")}
                <div role="status">{secret}</div>
                <p><Button text="Make it" kind=ButtonKind::Primary submit=true busy=sending.busy/></p>
            </form>
        </section>
    }
}

fn tick(scope: Scope, chosen: RwSignal<BTreeSet<Scope>>) -> impl IntoView {
    let on = move || chosen.with(|chosen| chosen.contains(&scope));
    let change = move |event| {
        let on = event_target_checked(&event);
        chosen.update(|chosen| {
            if on {
                chosen.insert(scope);
            } else {
                chosen.remove(&scope);
            }
        });
    };
    view! {
        <label>
            <input type="checkbox" prop:checked=on on:change=change/>
            <span class="mono">{scope.as_str()}</span>
            {scope.is_sensitive().then(|| view! { <span class="sub ink-warn">"sensitive"</span> })}
        </label>
    }
}
