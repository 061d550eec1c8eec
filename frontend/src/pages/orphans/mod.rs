//! Orphans: what lies at a provider, carries NOC's mark, and belongs to nothing.

mod adopt;

use leptos::{prelude::*, task::spawn_local};
use noc_shared::orphans::{Orphan, OrphanList};

use self::adopt::Adoption;
use super::parts::{Swept, shown};
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    shell::Activity,
    ui::{Ago, Button, ButtonKind, Dialog, Empty, Icon, Page, SkeletonRows},
    words,
};

/// The reconciler looks every few minutes.
const EVERY_MS: i32 = 20_000;

/// The page.
#[component]
pub fn Orphans() -> impl IntoView {
    let list = Live::new(|_: Option<&OrphanList>| Some(EVERY_MS), api::orphans::list);
    let asked = RwSignal::new(None::<Orphan>);
    let adopted = RwSignal::new(None::<Orphan>);
    let access = expect_context::<Access>();
    let (may_adopt, may_remove) = (access.may(Needs::ADOPT), access.may(Needs::REMOVE_ORPHANS));
    let view = move |list_: &OrphanList| {
        let swept = view! { <Swept machines=list_.droplets_swept_at records=list_.dns_records_swept_at/> };
        if list_.orphans.is_empty() {
            let (title, text) = match (list_.droplets_swept_at, list_.dns_records_swept_at) {
                (Some(_), Some(_)) => {
                    ("No orphans", "All that carries NOC's mark at the providers belongs to a server.")
                }
                _ => (
                    "No orphans known yet",
                    "The providers were not asked yet: that is done every few minutes.",
                ),
            };
            return view! { {swept} <div class="card"><Empty icon=Icon::SHIELD_CHECK title=title text=text/></div> }
                .into_any();
        }
        let may = (may_adopt.get(), may_remove.get());
        let price = words::usd(list_.price_monthly);
        let about = format!("{} · {price} per month", words::count(list_.orphans.len(), "orphan"));
        view! {
            {swept}
            <p class="sub num mb-2">{about}</p>
            <div class="grid-table orphans-columns" role="table" aria-label="Orphans">
                <div class="grid-head" role="row">
                    <span role="columnheader">"What"</span>
                    <span role="columnheader" class="roomy">"Provider"</span>
                    <span role="columnheader">"Why"</span>
                    <span role="columnheader" class="roomy">"Seen"</span>
                    <span role="columnheader" class="end">"Per month"</span>
                    <span role="columnheader" class="end">"What to do"</span>
                </div>
                {list_.orphans.iter().map(|orphan| row(orphan, may, adopted, asked)).collect_view()}
            </div>
        }
        .into_any()
    };
    view! {
        <Page title="Orphans" lead="What lies at a provider, carries NOC's mark, and belongs to nothing. It costs money until it is adopted or removed.">
            {shown(list, "The orphans could not be read", || view! { <SkeletonRows/> }.into_any(), view)}
            <Adoption asked=adopted list/>
            <Removal asked list/>
        </Page>
    }
}

fn row(
    orphan: &Orphan,
    (may_adopt, may_remove): (bool, bool),
    adopted: RwSignal<Option<Orphan>>,
    asked: RwSignal<Option<Orphan>>,
) -> impl IntoView + use<> {
    let place: Vec<&str> =
        [&orphan.content, &orphan.region, &orphan.size].into_iter().flatten().map(String::as_str).collect();
    let place = if place.is_empty() { orphan.provider_id.clone() } else { place.join(" · ") };
    let (given, wanted) = (orphan.clone(), orphan.clone());
    view! {
        <div class="grid-row" role="row">
            <div role="cell">
                <div class="name cut">{orphan.name.clone()}</div>
                <div class="sub cut">{format!("{} · {place}", words::title(orphan.kind.as_str()))}</div>
            </div>
            <div role="cell" class="wide roomy text-sm text-soft">{words::title(&orphan.provider)}</div>
            <div role="cell" class="wide text-sm text-soft">{orphan.reason.clone()}</div>
            <div role="cell" class="wide roomy text-sm text-faint"><Ago at=orphan.first_seen_at.millis()/></div>
            <div role="cell" class="text-sm num end">{words::usd(orphan.price_monthly)}</div>
            <div role="cell" class="end flex gap-2">
                {may_adopt.then(|| view! { <Button small=true text="Adopt" on_press=move |_| adopted.set(Some(wanted.clone()))/> })}
                {may_remove.then(|| view! { <Button small=true text="Remove" kind=ButtonKind::DangerQuiet on_press=move |_| asked.set(Some(given.clone()))/> })}
            </div>
        </div>
    }
}

#[component]
fn Removal(asked: RwSignal<Option<Orphan>>, list: Live<OrphanList>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| {
        if asked.with(Option::is_some) {
            open.set(true);
        }
    });
    // However it was closed, nothing is asked any more. To set it again for nothing would go round for ever.
    Effect::new(move |_| {
        if !open.get() && asked.with_untracked(Option::is_some) {
            asked.set(None);
        }
    });
    let press = move |_| {
        let Some(orphan) = asked.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            match api::orphans::remove(orphan.id.as_str()).await {
                Ok(_) => activity.done(format!("The provider was told to remove {}", orphan.name)),
                Err(problem) => activity.failed(format!("{} could not be removed", orphan.name), &problem),
            }
            busy.set(false);
            open.set(false);
            list.refresh();
        });
    };
    let about = move || {
        asked.with(|asked| {
            asked.as_ref().map(|orphan| {
                format!(
                    "{} {} at {} ({}) is removed for good. It costs {} per month.",
                    words::title(orphan.kind.as_str()),
                    orphan.name,
                    words::title(&orphan.provider),
                    orphan.provider_id,
                    words::usd(orphan.price_monthly)
                )
            })
        })
    };
    view! {
        <Dialog open title="Remove it at the provider?">
            <div class="sheet-body"><p>{about}</p></div>
            <div class="sheet-foot">
                <Button text="Keep it" on_press=move |_| open.set(false)/>
                <Button text="Remove it" kind=ButtonKind::Danger busy=busy on_press=press/>
            </div>
        </Dialog>
    }
}
