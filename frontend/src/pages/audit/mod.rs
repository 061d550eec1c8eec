//! The audit: who did what to what, newest first.

mod changes;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use noc_shared::audit::{AuditEvent, AuditList};

use super::steady::steady;
use crate::{
    api::{self, Problem, audit::Filter},
    listing::{self, Item, Listing},
    live::{Live, Timer},
    paths,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, Copy, Empty, Glyph, Icon, Page, Rows, SkeletonRows, absolute},
    words,
};

/// So many at once.
const PAGE: u32 = 50;

/// What was done shows up within this.
const EVERY_MS: i32 = 15_000;

/// Who types is not finished with each letter.
const TYPED_MS: i32 = 300;

/// The page.
#[component]
pub fn Audit() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| {
        query.with(|query| {
            let read = |name: &str| query.get(name).unwrap_or_default();
            Filter { action: read("action"), principal: read("principal"), target: read("target") }
        })
    });
    let list = Listing::new(filter, |_: &[AuditEvent]| EVERY_MS, read);
    let empty = list.is_empty();
    let key = |event: &AuditEvent| event.number;
    // An event never changes.
    let row = |one: Signal<AuditEvent>| one.with_untracked(event);
    let table = move || {
        let body = move || {
            if empty.get() {
                return none(filter.get_untracked() == Filter::default()).into_any();
            }
            view! {
                <div class="card"><ul class="events">
                    <Rows each=list.items() key=key row=row/>
                </ul></div>
                <Older list/>
            }
            .into_any()
        };
        view! { {body} }.into_any()
    };
    view! {
        <Page
            title="Audit"
            lead="Who did what to what. Each event holds the hash of the one before it: none can be changed or removed unseen."
            acts=Box::new(|| view! {
                <a class="btn btn-quiet" href=api::audit::EXPORT download="audit.jsonl" rel="external"><Glyph icon=Icon::DOWNLOAD/>"Export"</a>
            }.into_any())
        >
            <Filters filter/>
            {steady(list.live, "The audit could not be read", || view! { <SkeletonRows rows=8/> }.into_any(), table)}
            <Key/>
        </Page>
    }
}

#[component]
fn Filters(filter: Memo<Filter>) -> impl IntoView {
    let navigate = StoredValue::new_local(use_navigate());
    let timer = StoredValue::new_local(None::<Timer>);
    let typed = RwSignal::new(filter.get_untracked());
    // The way back leads to what was there before.
    Effect::new(move |_| {
        let filter = filter.get();
        if typed.with_untracked(|typed| *typed != filter) && timer.with_value(Option::is_none) {
            typed.set(filter);
        }
    });
    let input = move |name: &'static str, read: fn(&mut Filter) -> &mut String| {
        let value = move || typed.with(|typed| read(&mut typed.clone()).clone());
        let on_input = move |event| {
            typed.update(|typed| *read(typed) = event_target_value(&event));
            let later = Timer::start(TYPED_MS, move || {
                timer.set_value(None);
                let to = typed.with_untracked(|typed| {
                    paths::audit_with(&typed.action, &typed.principal, &typed.target)
                });
                let options = NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
                navigate.try_with_value(|navigate| navigate(&to, options));
            });
            timer.set_value(Some(later));
        };
        view! {
            <input class="input input-sm grow basis-40" type="search" autocomplete="off" spellcheck="false" aria-label=name placeholder=name prop:value=value on:input=on_input/>
        }
    };
    view! {
        <div class="toolbar">
            {input("Action, as servers.deploy", |filter| &mut filter.action)}
            {input("Target, as server/alpha", |filter| &mut filter.target)}
            {input("Principal", |filter| &mut filter.principal)}
        </div>
    }
}

fn event(event: &AuditEvent) -> impl IntoView + use<> {
    let at = event.at.millis();
    let target = format!("{}/{}", event.target.kind, event.target.id);
    let link = (event.target.kind == "server").then(|| {
        let href = paths::server(&event.target.id);
        view! { <p class="text-sm"><a class="underline" href=href>"The server " {event.target.id.clone()}</a></p> }
    });
    let rows = changes::between(event.before.as_ref(), event.after.as_ref());
    let row = |change: changes::Change| {
        view! {
            <tr>
                <th scope="row">{change.field}</th>
                <td class="was">{change.before.unwrap_or_else(|| "–".to_owned())}</td>
                <td>{change.after.unwrap_or_else(|| "–".to_owned())}</td>
            </tr>
        }
    };
    let fact =
        |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd class="mono">{value}</dd></div> };
    let changed = (!rows.is_empty()).then(|| {
        view! {
            <div class="overflow-x-auto relative" tabindex="0" role="group" aria-label="What changed">
                <table class="changes">
                    <thead><tr><th scope="col">"Field"</th><th scope="col">"Before"</th><th scope="col">"After"</th></tr></thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    });
    view! {
        <li>
            <details>
                <summary>
                    <span class="event-what"><b>{words::act(&event.action)}</b> " " <span class="text-soft">{words::title(&event.target.kind)} " " {event.target.id.clone()}</span></span>
                    <span class="sub">{event.actor.name.clone()}</span>
                    <span class="sub event-when"><Ago at/></span>
                </summary>
                <div class="grid gap-3.5 pb-4">
                    {changed} {link}
                    <dl class="facts">
                        {fact("Number", event.number.to_string())} {fact("When", absolute(at))}
                        {fact("Action", event.action.clone())} {fact("Target", target)}
                        {fact("Principal", event.actor.principal_id.to_string())}
                        {event.actor.address.clone().map(|address| fact("From", address))}
                        {event.actor.session_id.clone().map(|session| fact("Session", session.to_string()))}
                        {fact("Request", event.request_id.to_string())} {fact("Hash before", event.previous_hash.clone())}
                    </dl>
                </div>
            </details>
        </li>
    }
}

#[component]
fn Older(list: Listing<Filter, AuditEvent>) -> impl IntoView {
    let (activity, there) = (expect_context::<Activity>(), list.has_older());
    let press = move |_| {
        list.older(read, move |problem| activity.failed("Older events could not be read", problem));
    };
    view! {
        <Show when=move || there.get()>
            <p class="mt-4 text-center"><Button text="Show older ones" kind=ButtonKind::Quiet busy=list.busy on_press=press/></p>
        </Show>
    }
}

async fn read(filter: Filter, from: Option<String>) -> Result<listing::Page<AuditEvent>, Problem> {
    let AuditList { events, next_cursor } = api::audit::list(&filter, PAGE, from.as_deref()).await?;
    Ok(listing::Page { items: events, next: next_cursor })
}

impl Item for AuditEvent {
    type Place = u64;

    fn place(&self) -> u64 {
        self.number
    }
}

fn none(all: bool) -> impl IntoView {
    let (title, text) = if all {
        ("Nothing was done yet", "Each change will be here, before it is made.")
    } else {
        ("No event fits", "Filters are compared whole: servers.deploy, server/alpha, or a principal's id.")
    };
    view! { <div class="card"><Empty icon=Icon::SHIELD_CHECK title=title text=text/></div> }
}

/// The key that an export is checked with.
#[component]
fn Key() -> impl IntoView {
    let key = Live::new(|_: Option<&_>| None, api::audit::key);
    let text = move || key.data.with(|key| key.as_ref().map(|key| key.public_key.clone()));
    view! {
        <section class="card mt-5">
            <div class="card-head"><h2>"The key of signed heads"</h2></div>
            <div class="card-body grid gap-2">
                <p class="text-sm text-soft">"Keep it somewhere else: with it, and with nothing else of NOC's, an export is checked."</p>
                {move || text().map(|text| view! {
                    <p class="mono text-sm wrap-anywhere flex items-center gap-2"><span class="min-w-0">{text.clone()}</span><Copy text=text what="key"/></p>
                })}
            </div>
        </section>
    }
}
