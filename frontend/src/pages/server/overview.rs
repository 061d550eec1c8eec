//! What a server is, and how it is now.

use leptos::prelude::*;
use noc_shared::{
    agents::{Capacity, ServiceHealth},
    drift::DriftList,
    servers::{Server as Facts, ServerStatus, ServerStatusAnswer},
};

use super::differences::{self, Differences};
use crate::{
    live::Live,
    ui::{Ago, Badge, Copy, Glyph, Icon, Skeleton, Stat, Tone, Track, absolute, duration},
    words,
};

#[component]
pub(super) fn Overview(status: Live<ServerStatusAnswer>, facts: Live<Option<Facts>>) -> impl IntoView {
    let reported = Memo::new(move |_| {
        status
            .data
            .with(|status| status.as_ref().and_then(|status| status.last_report_at).map(|at| at.millis()))
    });
    let silent = silent_since(status);
    let name = status
        .data
        .with_untracked(|status| status.as_ref().map(|status| status.name.clone()).unwrap_or_default());
    let drift = differences::of(name.clone());
    let swept = move || drift.data.with(|list| list.as_ref().and_then(|list| list.dns_records_swept_at));
    view! {
        <Differences name drift/>
        {move || silent.get().map(|at| view! { <p class="sub mb-2">"Last heard "<Ago at/>". What follows is what was so then."</p> })}
        <Vitals status silent/>
        <div class="grid gap-4 lg:grid-cols-2 items-start">
            <section class="card">
                <div class="card-head">
                    <h2>"Services"</h2>
                    <span class="ml-auto sub">
                        {move || reported.get().map(|at| view! { "reported "<Ago at/> })}
                    </span>
                </div>
                <div class="card-body"><Services status silent/></div>
            </section>
            <section class="card">
                <div class="card-head">
                    <h2>"Domains"</h2>
                    <span class="ml-auto sub">{move || swept().map(|at| view! { "checked "<Ago at=at.millis()/> })}</span>
                </div>
                <div class="card-body"><Domains status facts drift/></div>
            </section>
            <section class="card lg:col-span-2">
                <div class="card-head"><h2>"Facts"</h2></div>
                <div class="card-body"><FactList status facts/></div>
            </section>
        </div>
    }
}

/// When it was last heard, if it has been silent for too long: nobody knows how it is now.
fn silent_since(status: Live<ServerStatusAnswer>) -> Memo<Option<i64>> {
    Memo::new(move |_| {
        status.data.with(|status| {
            let silent = |status: &&ServerStatusAnswer| {
                status.status == ServerStatus::Unreachable || status.unreachable_since.is_some()
            };
            status.as_ref().filter(silent)?.last_report_at.map(|at| at.millis())
        })
    })
}

/// How it is now: what its agent last said.
#[component]
fn Vitals(status: Live<ServerStatusAnswer>, silent: Memo<Option<i64>>) -> impl IntoView {
    let read = move |read: fn(&ServerStatusAnswer) -> Option<String>| {
        Signal::derive(move || {
            status.data.with(|status| status.as_ref().and_then(read)).unwrap_or_else(|| "–".to_owned())
        })
    };
    let used = move |read: fn(&ServerStatusAnswer) -> Option<Capacity>| {
        Memo::new(move |_| status.data.with(|status| status.as_ref().and_then(read)))
    };
    let full = |capacity: Memo<Option<Capacity>>| {
        Signal::derive(move || {
            capacity.get().map_or(0.0, |capacity| {
                let used = capacity.total_bytes.saturating_sub(capacity.available_bytes);
                used as f64 / capacity.total_bytes.max(1) as f64
            })
        })
    };
    let free = |capacity: Memo<Option<Capacity>>| {
        move || {
            capacity.get().map_or_else(
                || "Its agent has not reported yet".to_owned(),
                |capacity| {
                    format!(
                        "{} free of {}",
                        words::bytes(capacity.available_bytes),
                        words::bytes(capacity.total_bytes)
                    )
                },
            )
        }
    };
    let (memory, disk) = (used(|status| status.memory), used(|status| status.disk));
    let percent = |share: Signal<f64>, there: Memo<Option<Capacity>>| {
        Signal::derive(move || {
            if there.with(Option::is_some) {
                format!("{} %", (share.get() * 100.0).round() as u32)
            } else {
                "–".to_owned()
            }
        })
    };
    let cpu = read(|status| status.cpu.map(|share| format!("{} %", (share * 100.0).round() as u32)));
    let busy = Signal::derive(move || {
        status.data.with(|status| status.as_ref().and_then(|status| status.cpu)).unwrap_or(0.0)
    });
    let loads =
        read(|status| status.load.map(|load| format!("load {}", load.map(words::hundredths).join(", "))));
    let uptime = read(|status| {
        let millis = i64::try_from(status.uptime?).ok()?.checked_mul(1_000)?;
        Some(duration(millis))
    });
    view! {
        <div class="stats" class:stale=move || silent.get().is_some()>
            <Stat label="Up" value=uptime><span>"since the machine started"</span></Stat>
            <Stat label="CPU" value=cpu>
                <Track name="CPU used" share=busy/>
                <p class="mt-1.5 num" title="Over 1, 5 and 15 minutes">{loads}</p>
            </Stat>
            <Stat label="Memory" value=percent(full(memory), memory)>
                <Track name="Memory used" share=full(memory)/> <p class="mt-1.5 num">{free(memory)}</p>
            </Stat>
            <Stat label="Disk" value=percent(full(disk), disk)>
                <Track name="Disk used" share=full(disk)/> <p class="mt-1.5 num">{free(disk)}</p>
            </Stat>
        </div>
    }
}

#[component]
fn Services(status: Live<ServerStatusAnswer>, silent: Memo<Option<i64>>) -> impl IntoView {
    let services = Memo::new(move |_| {
        status.data.with(|status| status.as_ref().map(|status| status.services.clone()).unwrap_or_default())
    });
    let item = |(name, health), silent: Option<i64>| {
        let (tone, word) = words::service(health);
        let (tone, now) =
            if silent.is_some() { words::service(ServiceHealth::Unknown) } else { (tone, word) };
        // What was unknown then was nothing to tell of.
        let last = silent
            .filter(|_| health != ServiceHealth::Unknown)
            .map(|at| view! { <span class="sub">"last " {word} " " <Ago at/></span> });
        view! {
            <li>
                <span class="font-medium">{name}</span>
                <span class="ml-auto flex items-center gap-2">{last} <Badge tone text=words::title(now)/></span>
            </li>
        }
    };
    let list = move || {
        let silent = silent.get();
        services.get().into_iter().map(|service| item(service, silent)).collect_view()
    };
    view! { <ul class="rows">{list}</ul> }
}

#[component]
fn Domains(
    status: Live<ServerStatusAnswer>,
    facts: Live<Option<Facts>>,
    drift: Live<DriftList>,
) -> impl IntoView {
    let domains = Memo::new(move |_| {
        status.data.with(|status| {
            status
                .as_ref()
                .map(|status| (status.domains.clone(), status.status, status.ip.clone()))
                .unwrap_or((Vec::new(), ServerStatus::Provisioning, None))
        })
    });
    let proxied = Memo::new(move |_| {
        facts.data.with(|facts| facts.as_ref().and_then(|facts| facts.as_ref().map(|facts| facts.proxied)))
    });
    let list = move || {
        let (domains, stands, ip) = domains.get();
        // The records are written before a server can be active: until then nobody knows.
        let usual = match (stands, proxied.get()) {
            (ServerStatus::Active | ServerStatus::Unreachable, Some(true)) => (Tone::Ok, "Proxied"),
            (ServerStatus::Active | ServerStatus::Unreachable, Some(false)) => (Tone::Ok, "DNS only"),
            (ServerStatus::Active | ServerStatus::Unreachable, None) => (Tone::Ok, "Written"),
            (ServerStatus::Provisioning, _) => (Tone::Info, "Being written"),
            (ServerStatus::Destroying, _) => (Tone::Idle, "Being removed"),
            // Nothing removes them until it is retried, or destroyed.
            (ServerStatus::Stuck, _) => (Tone::Warn, "Left over"),
            (ServerStatus::Destroyed, _) => (Tone::Idle, "Removed"),
        };
        let points = ip.map(|ip| format!("A → {ip}")).unwrap_or_default();
        let item = move |domain: String| {
            let href = format!("https://{domain}");
            let stands = usual;
            let differs = drift
                .data
                .with(|list| list.as_ref().and_then(|list| differences::of_domain(&list.drifts, &domain)));
            let (tone, word) = differs.filter(|_| stands.0 == Tone::Ok).unwrap_or(stands);
            view! {
                <li>
                    <span class="min-w-0">
                        <a class="font-medium hover:underline wrap-anywhere" href=href target="_blank" rel="noreferrer">
                            {domain.clone()} <Glyph icon=Icon::EXTERNAL_LINK class="glyph-sm ml-1 text-faint wide-only"/><span class="sr">" (opens another page)"</span>
                        </a>
                        <span class="block sub mono">{points.clone()}</span>
                    </span>
                    <span class="ml-auto flex items-center gap-1"><Badge tone text=word.to_owned()/> <Copy text=domain what="domain"/></span>
                </li>
            }
        };
        domains.into_iter().map(item).collect_view()
    };
    view! { <ul class="rows">{list}</ul> }
}

#[component]
fn FactList(status: Live<ServerStatusAnswer>, facts: Live<Option<Facts>>) -> impl IntoView {
    let droplet = Memo::new(move |_| {
        status.data.with(|status| status.as_ref().and_then(|status| status.droplet_id.clone()))
    });
    let fact = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let list = move || {
        let Some(Some(facts)) = facts.data.get() else {
            return view! { <div class="facts"><Skeleton/><Skeleton/><Skeleton/><Skeleton/></div> }
                .into_any();
        };
        let (made, up) = (facts.created_at.millis(), facts.active_since.map(|at| at.millis()));
        view! {
            <dl class="facts">
                {fact("Region", facts.region)} {fact("Size", facts.size)} {fact("Cost per month", words::usd(facts.price_monthly))}
                {fact("Application", facts.application)} {fact("Branch", facts.branch)}
                {fact("Project", facts.projects.join(", "))} {fact("Environment", facts.environment)}
                {move || fact("Droplet", droplet.get().unwrap_or_else(|| "none yet".to_owned()))}
                <div><dt>"Made"</dt><dd title=absolute(made)><Ago at=made/></dd></div>
                {up.map(|up| view! { <div><dt>"Active"</dt><dd title=absolute(up)>"since "<Ago at=up/></dd></div> })}
            </dl>
        }
        .into_any()
    };
    view! { {list} }
}
