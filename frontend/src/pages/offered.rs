//! What is offered to those who may do it, and what is said to the others.

use leptos::prelude::*;

use crate::{
    api::Access,
    needs::Needs,
    paths,
    ui::{ButtonLink, Empty, Icon, Page},
};

/// What only those see who may do it.
#[component]
pub(super) fn Offered(
    /// What it takes.
    needs: Needs,
    /// What is offered.
    children: ChildrenFn,
) -> impl IntoView {
    let may = expect_context::<Access>().may(needs);
    view! { <Show when=move || may.get()>{children()}</Show> }
}

/// A page in the place of one that is not for whoever looks.
#[component]
pub(super) fn Withheld(
    /// What it is called.
    title: &'static str,
    /// What it takes.
    needs: Needs,
) -> impl IntoView {
    let access = expect_context::<Access>();
    let text = move || {
        let role = access.who.with(|who| who.as_ref().and_then(|who| who.organization.role));
        let had = match role {
            Some(role) => format!("Yours is {}", role.as_str()),
            None => "You have none in the whole organization".to_owned(),
        };
        let takes = needs.role().as_str();
        format!("It takes the role {takes}, or a higher one. {had}; who manages the members can change that.")
    };
    view! {
        <Page title=title>
            <div class="card">
                {move || view! {
                    <Empty icon=Icon::KEY title="This is not for your role" text=text()>
                        <ButtonLink href=paths::servers() text="See all servers" icon=Icon::SERVER/>
                    </Empty>
                }}
            </div>
        </Page>
    }
}
