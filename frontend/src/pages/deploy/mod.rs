//! Deploy: the form that makes a server, checked while it is filled in by the very rules that the Worker has.

mod check;
mod form;
mod summary;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use noc_shared::catalog::CatalogAnswer;

use self::{check::Draft, form::Form, summary::Summary};
use super::parts::shown;
use crate::{
    api,
    fleet::Fleet,
    live::Live,
    ui::{Page, SkeletonRows, recall},
};

/// The page.
#[component]
pub fn Deploy() -> impl IntoView {
    expect_context::<Fleet>().watch();
    let query = use_query_map();
    let asked = query.with_untracked(|query| (query.get("size"), query.get("application")));
    // Read once: a catalog that changes while somebody chooses from it would only confuse, and the Worker checks again.
    let catalog = Live::once(api::catalog::show);
    let view = move |catalog: &CatalogAnswer| {
        let mut draft = Draft::usual(catalog, recall("deploy").as_deref());
        let (size, application) = asked.clone();
        draft.size = size.unwrap_or(draft.size);
        if let Some(application) = application {
            draft.choose_application(catalog, &application);
        }
        let (catalog, draft) = (StoredValue::new(catalog.clone()), RwSignal::new(draft));
        let refused = RwSignal::new(None::<(String, String)>);
        view! {
            <div class="grid gap-5 lg:grid-cols-[minmax(0,1fr)_21rem] items-start">
                <Form catalog draft refused/>
                <Summary catalog draft refused/>
            </div>
        }
        .into_any()
    };
    view! {
        <Page title="Deploy" lead="Makes a server: a machine with its address, its domains and its application.">
            {shown(catalog, "The catalog could not be read", || view! { <SkeletonRows rows=7/> }.into_any(), view)}
        </Page>
    }
}
