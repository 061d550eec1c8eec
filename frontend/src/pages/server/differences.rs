//! Where this server differs from what was asked for.

use leptos::prelude::*;
use noc_shared::drift::{Drift, DriftKind, DriftList};

use super::super::drift::{Repair, kind, policy, said};
use crate::{
    api,
    live::Live,
    paths,
    ui::{Ago, Badge, Glyph, Icon, Tone},
    words,
};

/// The reconciler looks every few minutes.
const EVERY_MS: i32 = 30_000;

/// Where a server of this name differs.
pub(super) fn of(name: String) -> Live<DriftList> {
    Live::new(
        |_: Option<&DriftList>| Some(EVERY_MS),
        move || {
            let name = name.clone();
            async move { api::drift::list(&name).await }
        },
    )
}

/// How the DNS records of a domain are, if not as they should be.
pub(super) fn of_domain(drifts: &[Drift], domain: &str) -> Option<(Tone, &'static str)> {
    // The field is the domain, and for some the part of its record behind it.
    let about = |drift: &&Drift| drift.field.split(' ').next() == Some(domain);
    let word = |kind| match kind {
        DriftKind::DnsMissing => Some((Tone::Bad, "Missing")),
        DriftKind::DnsContent => Some((Tone::Bad, "Points elsewhere")),
        DriftKind::DnsProxied => Some((Tone::Warn, "Proxy differs")),
        DriftKind::DnsExtra => Some((Tone::Warn, "One too many")),
        _ => None,
    };
    // The worst one says it all.
    let mut found: Vec<_> = drifts.iter().filter(about).filter_map(|drift| word(drift.kind)).collect();
    found.sort_by_key(|(tone, _)| *tone != Tone::Bad);
    found.first().copied()
}

/// A card, if there is a difference.
#[component]
pub(super) fn Differences(name: String, drift: Live<DriftList>) -> impl IntoView {
    let drifts = Memo::new(move |_| {
        drift.data.with(|list| list.as_ref().map(|list| list.drifts.clone()).unwrap_or_default())
    });
    let count = Memo::new(move |_| drifts.with(Vec::len));
    let mendable = Memo::new(move |_| {
        drifts.with(|drifts| drifts.iter().any(|one| one.kind.is_mendable() && one.deployment_id.is_none()))
    });
    let repair = move || mendable.get().then(|| view! { <Repair server=name.clone()/> });
    let card = move || {
        let title = format!("It differs in {}", words::count(count.get(), "thing"));
        let repair = repair.clone();
        view! {
            <section class="card mb-4">
                <div class="card-head">
                    <span class="ink-warn"><Glyph icon=Icon::TRIANGLE_ALERT/></span>
                    <h2>{title}</h2>
                    <span class="ml-auto">{repair}</span>
                </div>
                <div class="card-body">
                    <ul class="rows">{move || drifts.get().iter().map(row).collect_view()}</ul>
                    <p class="sub mt-3"><a class="underline" href=paths::drift()>"All drift, and what is done about it"</a></p>
                </div>
            </section>
        }
    };
    view! { {move || (count.get() > 0).then(card.clone())} }
}

fn row(drift: &Drift) -> impl IntoView + use<> {
    let (tone, word) = policy(drift.policy);
    let about = format!(
        "{} instead of {}",
        said(drift.kind, drift.observed.as_deref()),
        said(drift.kind, drift.desired.as_deref())
    );
    let way = drift.deployment_id.as_ref().map(|id| {
        view! { <a class="text-accent font-medium hover:underline text-sm" href=paths::deployment(id)>"Under way"</a> }
    });
    view! {
        <li>
            <span class="min-w-0">
                <span class="font-medium wrap-anywhere">{format!("{}: {}", kind(drift.kind), drift.field)}</span>
                <span class="block sub mono wrap-anywhere">{about}</span>
            </span>
            <span class="ml-auto flex flex-wrap justify-end items-center gap-2">
                <span class="sub wide-only"><Ago at=drift.since.millis()/></span> {way} <Badge tone text=word.to_owned()/>
            </span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use noc_shared::{drift::DriftPolicy, id::ServerId, time::Timestamp};

    use super::*;

    #[test]
    fn a_domain_is_as_its_worst_record_and_another_domain_is_not() {
        let drift = |kind, field: &str| Drift {
            server_id: ServerId::from_random([1; 12]),
            server_name: "alpha".to_owned(),
            kind,
            field: field.to_owned(),
            desired: None,
            observed: None,
            since: Timestamp::from_millis(0),
            seen_at: Timestamp::from_millis(0),
            policy: DriftPolicy::Report,
            deployment_id: None,
        };
        let drifts = [
            drift(DriftKind::DnsExtra, "alpha.test"),
            drift(DriftKind::DnsContent, "alpha.test content"),
            drift(DriftKind::DnsProxied, "alpha-api.test proxied"),
            drift(DriftKind::Power, "droplet power"),
        ];
        for (domain, expected) in [
            ("alpha.test", Some("Points elsewhere")),
            ("alpha-api.test", Some("Proxy differs")),
            ("alpha-text-api.test", None),
        ] {
            assert_eq!(of_domain(&drifts, domain).map(|(_, word)| word), expected, "{domain}");
        }
    }
}
