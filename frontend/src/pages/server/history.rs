//! What was done to a server.

use leptos::prelude::*;
use noc_shared::deployments::DeploymentList;

use crate::{
    api,
    live::Live,
    pages::{parts::DeploymentTable, steady::steady},
    ui::{Empty, Icon, SkeletonRows},
};

/// So many of the newest are shown.
const SHOWN: u32 = 100;

#[component]
pub(super) fn History(name: String) -> impl IntoView {
    let list = Live::new(
        |_: Option<&DeploymentList>| Some(8_000),
        move || {
            let name = name.clone();
            async move { api::deployments::list("", &name, SHOWN, None).await }
        },
    );
    let all = Signal::derive(move || {
        list.data.with(|list| list.as_ref().map(|list| list.deployments.clone()).unwrap_or_default())
    });
    let empty = Memo::new(move |_| all.with(Vec::is_empty));
    let body = move || {
        if empty.get() {
            let text = "Nothing was ever done to a server of this name.";
            return view! { <div class="card"><Empty icon=Icon::HISTORY title="No history" text=text/></div> }.into_any();
        }
        view! {
            <DeploymentTable label="History" each=all with_server=false/>
        }
        .into_any()
    };
    let table = move || view! { {body} }.into_any();
    steady(list, "The history could not be read", || view! { <SkeletonRows rows=3/> }.into_any(), table)
}
