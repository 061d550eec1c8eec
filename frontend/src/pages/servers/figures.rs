//! Quick figures: how many servers stand how, what they cost, where they are, and what is under way.

use std::collections::BTreeMap;

use leptos::prelude::*;
use noc_shared::servers::ServerStatus;

use crate::{
    fleet::Fleet,
    paths,
    shell::Recent,
    ui::{Bar, Bars, Skeleton, Stat, Strip, Tone},
    words,
};

/// So many regions have a bar of their own.
const REGIONS: usize = 3;

/// The figures.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counted {
    statuses: Vec<(Tone, usize, String)>,
    cents: i64,
    servers: usize,
    regions: Vec<Bar>,
    more_regions: usize,
}

#[component]
pub(super) fn Figures() -> impl IntoView {
    let (fleet, recent) = (expect_context::<Fleet>(), expect_context::<Recent>());
    let counted = Memo::new(move |_| fleet.servers.with(|servers| servers.as_ref().map(count)));
    let known = move || counted.with(Option::is_some);
    let value = move |text: fn(&Counted) -> String| {
        Signal::derive(move || counted.with(|counted| counted.as_ref().map_or_else(|| "…".to_owned(), text)))
    };
    let latest = move || {
        recent.0.data.with(|list| {
            let newest = list.as_ref()?.deployments.first()?;
            let text =
                format!("Newest: {} of {}", words::saga(newest.saga).to_lowercase(), newest.server_name);
            Some(view! { <a class="hover:underline" href=paths::deployment(&newest.id)>{text}</a> })
        })
    };
    let flight = Signal::derive(move || recent.in_flight().to_string());
    view! {
        <div class="stats" aria-busy=move || (!known()).then_some("true")>
            <Stat label="Servers" value=value(|counted| counted.servers.to_string())>
                <Show when=known fallback=|| view! { <Skeleton/> }>
                    <Strip parts=Signal::derive(move || counted.with(|counted| counted.clone().unwrap_or_default().statuses))/>
                </Show>
            </Stat>
            <Stat label="Cost per month" value=value(|counted| words::cents(counted.cents))>
                {move || counted.with(|counted| counted.as_ref().map(average))}
            </Stat>
            <Stat
                label="Regions"
                value=value(|counted| (counted.regions.len() + counted.more_regions).to_string())
            >
                <Bars bars=Signal::derive(move || counted.with(|counted| counted.clone().unwrap_or_default().regions))/>
            </Stat>
            <Stat label="Deployments in flight" value=flight>{latest}</Stat>
        </div>
    }
}

fn average(counted: &Counted) -> String {
    match i64::try_from(counted.servers) {
        Ok(servers) if servers > 0 => {
            format!("{} a server on average", words::cents((counted.cents + servers / 2) / servers))
        }
        _ => "Nothing is running".to_owned(),
    }
}

fn count(servers: &crate::fleet::Servers) -> Counted {
    let mut regions: BTreeMap<&str, usize> = BTreeMap::new();
    let mut statuses = ServerStatus::LISTED.map(|status| (status, 0_usize));
    let mut cents = 0;
    for known in servers.0.iter() {
        let server = &known.0.server;
        *regions.entry(&server.region).or_default() += 1;
        cents += server.price_monthly.cents();
        for (status, count) in &mut statuses {
            *count += usize::from(*status == server.status);
        }
    }
    // What is well comes first, as it is most of them.
    statuses.sort_by_key(|(status, _)| *status != ServerStatus::Active);
    let statuses = statuses
        .into_iter()
        .map(|(status, count)| {
            let (tone, word) = words::server_status(status);
            (tone, count, word.to_lowercase())
        })
        .collect();
    let mut regions: Vec<(&str, usize)> = regions.into_iter().collect();
    regions.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let most = regions.first().map_or(1, |(_, count)| *count).max(1);
    let bars = regions.iter().take(REGIONS).map(|(region, count)| Bar {
        name: (*region).to_owned(),
        share: *count as f64 / most as f64,
        text: count.to_string(),
    });
    Counted {
        statuses,
        cents,
        servers: servers.0.len(),
        regions: bars.collect(),
        more_regions: regions.len().saturating_sub(REGIONS),
    }
}
