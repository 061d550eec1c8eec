//! Where this server differs from what was asked for.

use leptos::prelude::*;
use noc_shared::drift::DriftList;

use crate::{
    api,
    live::Live,
    paths,
    ui::{ButtonLink, Note, Tone},
    words,
};

/// The reconciler looks every few minutes.
const EVERY_MS: i32 = 30_000;

/// A note, if there is something to note.
#[component]
pub(super) fn Differences(name: String) -> impl IntoView {
    let drift = Live::new(
        |_: Option<&DriftList>| Some(EVERY_MS),
        move || {
            let name = name.clone();
            async move { api::drift::list(&name).await }
        },
    );
    let fields = Memo::new(move |_| {
        drift.data.with(|list| {
            let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            let all = list.iter().flat_map(|list| &list.drifts);
            all.map(|one| format!("{}: {} instead of {}", one.field, said(&one.observed), said(&one.desired)))
                .collect::<Vec<_>>()
        })
    });
    move || {
        let fields = fields.get();
        (!fields.is_empty()).then(|| {
            let title = format!("It differs in {}", words::count(fields.len(), "thing"));
            view! {
                <div class="mb-4">
                    <Note tone=Tone::Warn title=title text=fields.join("; ")><ButtonLink href=paths::drift() text="See the drift"/></Note>
                </div>
            }
        })
    }
}
