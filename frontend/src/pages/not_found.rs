//! Where a path leads to nothing.

use leptos::prelude::*;

use crate::{
    paths,
    ui::{ButtonLink, Empty, Icon, Page},
};

/// The page of paths that are none.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Page title="Nothing here">
            <div class="card">
                <Empty icon=Icon::MAP_PIN title="This address leads nowhere" text="The page may have had another name once.">
                    <ButtonLink href=paths::servers() text="See all servers" icon=Icon::SERVER/>
                </Empty>
            </div>
        </Page>
    }
}
