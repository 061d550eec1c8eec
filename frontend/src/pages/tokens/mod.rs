//! Tokens: what scripts ask with.

mod make;

use leptos::{prelude::*, task::spawn_local};
use noc_shared::tokens::{Token, TokenList};

use self::make::Make;
use super::{offered::Offered, parts::shown};
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, Empty, Icon, Page, SkeletonRows},
    words,
};

const EVERY_MS: i32 = 30_000;

/// The page.
#[component]
pub fn Tokens() -> impl IntoView {
    let list = Live::new(|_: Option<&TokenList>| Some(EVERY_MS), api::tokens::list);
    let may = expect_context::<Access>().may(Needs::MAKE_TOKENS);
    let view = move |tokens: &TokenList| {
        if tokens.tokens.is_empty() {
            let text = "A script asks with a token of its own, which may do what you give it and no more.";
            return view! { <div class="card"><Empty icon=Icon::TOKEN title="No tokens" text=text/></div> }
                .into_any();
        }
        let rows = tokens.tokens.iter().map(|token| row(token, list, may.get())).collect_view();
        view! { <section class="card"><div class="card-body"><ul class="rows">{rows}</ul></div></section> }
            .into_any()
    };
    view! {
        <Page title="Tokens" lead="What scripts ask with. A token may do at most what its maker may, and ends by itself.">
            {shown(list, "The tokens could not be read", || view! { <SkeletonRows rows=3/> }.into_any(), view)}
            <Offered needs=Needs::MAKE_TOKENS><Make list/></Offered>
        </Page>
    }
}

fn row(token: &Token, list: Live<TokenList>, may: bool) -> impl IntoView + use<> {
    let activity = expect_context::<Activity>();
    let busy = RwSignal::new(false);
    let (id, name) = (token.id.to_string(), token.name.clone());
    let revoke = move |_| {
        let (id, name) = (id.clone(), name.clone());
        busy.set(true);
        spawn_local(async move {
            match api::tokens::revoke(&id).await {
                Ok(()) => activity.done(format!("The token {name} is revoked")),
                Err(problem) => activity.failed(format!("The token {name} could not be revoked"), &problem),
            }
            busy.try_set(false);
            list.refresh();
        });
    };
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let within = token.projects.as_ref().map(|projects| format!("in {} alone", projects.join(", ")));
    let used = match token.last_used_at {
        Some(at) => view! { "used "<Ago at=at.millis()/> }.into_any(),
        None => "never used".into_any(),
    };
    let about = format!("by {} · {}", token.created_by, words::count(scopes.len(), "scope"));
    view! {
        <li class="flex-wrap">
            <span class="min-w-0 flex-1">
                <span class="font-medium wrap-anywhere">{token.name.clone()}</span>
                <span class="block sub">{about} " · " {used} " · ends " <Ago at=token.expires_at.millis()/></span>
                {within.map(|within| view! { <span class="block sub">{within}</span> })}
            </span>
            {may.then(|| view! { <span class="ml-auto"><Button small=true text="Revoke" kind=ButtonKind::DangerQuiet busy=busy on_press=revoke/></span> })}
            <span class="basis-full sub mono">{scopes.join(" ")}</span>
        </li>
    }
}
