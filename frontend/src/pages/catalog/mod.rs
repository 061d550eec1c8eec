//! The catalog: what can be deployed, in which sizes, and where.

use leptos::prelude::*;
use noc_shared::{
    applications::ApplicationSummary,
    catalog::{CatalogAnswer, Size},
};

use super::parts::shown;
use crate::{
    api::{self, Access},
    live::Live,
    needs::Needs,
    paths,
    ui::{Ago, Badge, Glyph, Icon, Note, Page, SkeletonRows, Tone},
    words,
};

/// The Worker asks the provider once an hour: more often than every few minutes nothing is new.
const EVERY_MS: i32 = 300_000;

/// The page.
#[component]
pub fn Catalog() -> impl IntoView {
    let catalog = Live::new(|_: Option<&CatalogAnswer>| Some(EVERY_MS), api::catalog::show);
    let may = expect_context::<Access>().may(Needs::DEPLOY);
    let all = move |catalog: &CatalogAnswer| all(catalog, may.get());
    let skeleton = || view! { <SkeletonRows rows=8/> }.into_any();
    view! {
        <Page title="Catalog" lead="What can be deployed, in which sizes, and where.">
            {shown(catalog, "The catalog could not be read", skeleton, all)}
        </Page>
    }
}

fn all(catalog: &CatalogAnswer, may_deploy: bool) -> impl IntoAny + use<> {
    let stale = catalog.stale.then(|| {
        let text = "The provider does not answer, so that this is what it said before.";
        view! { <div class="mb-4"><Note tone=Tone::Warn title="Older than it should be" text=text/></div> }
    });
    let regions = catalog.regions.iter().map(|region| {
        let word = if region.available { "Available" } else { "Full" };
        let tone = if region.available { Tone::Ok } else { Tone::Idle };
        view! {
            <li>
                <Glyph icon=Icon::MAP_PIN class="glyph-sm"/>
                <span class="font-medium">{region.name.clone()}</span>
                <span class="mono text-sm text-faint">{region.slug.clone()}</span>
                <span class="ml-auto"><Badge tone text=word.to_owned()/></span>
            </li>
        }
    });
    let at = catalog.fetched_at.millis();
    view! {
        {stale}
        <h2 class="card-title mb-3">"Applications"</h2>
        <div class="grid gap-3.5 md:grid-cols-2 xl:grid-cols-3 mb-7">{catalog.applications.iter().map(|one| application(one, may_deploy)).collect_view()}</div>
        <div class="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)] items-start">
            <section class="card min-w-0">
                <div class="card-head"><h2>"Sizes"</h2><span class="ml-auto sub">"asked "<Ago at=at/></span></div>
                <div class="card-body overflow-x-auto" tabindex="0" role="group" aria-label="Sizes">{sizes(&catalog.sizes, may_deploy)}</div>
            </section>
            <section class="card min-w-0">
                <div class="card-head"><h2>"Regions"</h2></div>
                <div class="card-body"><ul class="rows">{regions.collect_view()}</ul></div>
            </section>
        </div>
    }
    .into_any()
}

fn application(application: &ApplicationSummary, may_deploy: bool) -> impl IntoView + use<> {
    let services = words::count(application.services.len(), "service");
    let domains = words::count(application.domain_suffixes.len(), "domain");
    let name = &application.name;
    let href = if may_deploy { paths::deploy_application(name) } else { paths::application(name) };
    view! {
        <article class="card server-card">
            <h3 class="font-semibold flex items-center gap-2">
                <Glyph icon=Icon::PACKAGE/>
                <a class="name" href=href>{name.clone()}</a>
            </h3>
            <p class="text-sm text-soft mt-1">{application.description.clone()}</p>
            <p class="sub mt-3">{format!("{services} · {domains} · {}", application.default_size)}</p>
        </article>
    }
}

fn sizes(sizes: &[Size], may_deploy: bool) -> impl IntoView + use<> {
    let row = |size: &Size| {
        let sold = if size.available && !may_deploy {
            ().into_any()
        } else if size.available {
            view! { <a class="text-accent font-medium hover:underline" href=paths::deploy_size(&size.slug)>"Deploy"<span class="sr">{format!(" with {}", size.slug)}</span></a> }.into_any()
        } else {
            view! { <span class="text-faint">"Not sold now"</span> }.into_any()
        };
        view! {
            <tr class="border-b border-line last:border-0">
                <th scope="row" class="text-left font-medium py-2 pr-3 min-w-30 mono">{size.slug.clone()}</th>
                <td class="pr-4 num wide-only">{size.vcpus}</td>
                <td class="pr-3 sm:pr-4 num whitespace-nowrap">{words::memory(size.memory_mib)}</td>
                <td class="pr-4 num whitespace-nowrap wide-only">{format!("{} GB", size.disk_gib)}</td>
                <td class="pr-4 num text-faint wide-only">{size.regions.len()}</td>
                <td class="pr-3 sm:pr-4 num font-medium">{words::usd(size.price_monthly)}</td>
                <td class="text-right sm:whitespace-nowrap">{sold}</td>
            </tr>
        }
    };
    let head = ["Size", "CPUs", "Memory", "Disk", "Regions", "Per month"].map(|text| {
        // On a phone there is room for what decides.
        let class = if matches!(text, "CPUs" | "Disk" | "Regions") { "wide-only" } else { "" };
        view! { <th scope="col" class=format!("text-left font-medium pb-2 pr-3 sm:pr-4 sm:whitespace-nowrap align-bottom {class}")>{text}</th> }
    });
    view! {
        <table class="w-full text-sm">
            <thead class="text-xs text-faint"><tr>{head}<td></td></tr></thead>
            <tbody>{sizes.iter().map(row).collect_view()}</tbody>
        </table>
    }
}
