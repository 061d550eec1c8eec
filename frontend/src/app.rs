//! The application: what all pages share, and which page a path shows.

use leptos::prelude::*;
use leptos_router::{
    components::{FlatRoutes, Redirect, Route, Router},
    hooks::use_location,
    path,
};
use noc_shared::sessions::WhoAmI;
use wasm_bindgen::JsCast as _;

use crate::{
    api::{self, Access, Connection, Proof},
    fleet::Fleet,
    live::Live,
    pages::{self, Later, Page},
    paths,
    shell::{Activity, Proving, Recent, Shell, Theme},
    ui::Clock,
};

/// Puts the application in the place of what the page shows while it loads.
pub fn mount() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    if let Some(body) = document().body() {
        mount_to(body.unchecked_into(), App).forget();
    }
}

#[component]
fn App() -> impl IntoView {
    provide_context(Clock::begin());
    provide_context(Theme::begin());
    let connection = Connection::begin();
    provide_context(connection);
    let access = Access::begin();
    provide_context(access);
    provide_context(Proof::begin());
    keep_current(access);
    let activity = Activity::begin();
    provide_context(activity);
    provide_context(Fleet::begin());
    provide_context(Recent::begin(activity));
    view! { <Router><Inside/> <Proving/></Router> }
}

/// How often it is asked who asks: a role that was given or taken, and a broken glass, show without a reload.
const WHO_MS: i32 = 60_000;

/// How often, while that is not known.
const UNKNOWN_MS: i32 = 5_000;

/// Keeps current who asks, and what they may do.
fn keep_current(access: Access) {
    let every = move |known: Option<&WhoAmI>| {
        let pause = if known.is_some() { WHO_MS } else { UNKNOWN_MS };
        (!access.signed_out.get_untracked()).then_some(pause)
    };
    let who = Live::new(every, api::access::who);
    Effect::new(move |_| {
        if let Some(who) = who.data.get() {
            access.is(who);
        }
    });
}

/// The page that the path says, in its frame; or the way in, while the API wants to know who asks.
#[component]
fn Inside() -> impl IntoView {
    let access = expect_context::<Access>();
    let path = use_location().pathname;
    let outside = Memo::new(move |_| access.signed_out.get() || path.with(|path| *path == paths::sign_in()));
    move || {
        if outside.get() {
            return view! { <pages::SignIn/> }.into_any();
        }
        view! {
            <Shell>
                <FlatRoutes fallback=pages::NotFound>
                    <Route path=path!("/") view=|| view! { <Redirect path=paths::servers()/> }/>
                    <Route path=path!("/servers") view=pages::Servers/>
                    <Route path=path!("/servers/:name") view=|| view! { <Later page=Page::Server/> }/>
                    <Route path=path!("/deploy") view=|| view! { <Later page=Page::Deploy/> }/>
                    <Route path=path!("/deployments") view=|| view! { <Later page=Page::Deployments/> }/>
                    <Route path=path!("/deployments/:id") view=|| view! { <Later page=Page::Deployment/> }/>
                    <Route path=path!("/drift") view=|| view! { <Later page=Page::Drift/> }/>
                    <Route path=path!("/orphans") view=|| view! { <Later page=Page::Orphans/> }/>
                    <Route path=path!("/applications") view=|| view! { <Later page=Page::Applications/> }/>
                    <Route path=path!("/applications/:name") view=|| view! { <Later page=Page::Application/> }/>
                    <Route path=path!("/audit") view=|| view! { <Later page=Page::Audit/> }/>
                    <Route path=path!("/ssh-keys") view=|| view! { <Later page=Page::SshKeys/> }/>
                    <Route path=path!("/members") view=|| view! { <Later page=Page::Members/> }/>
                    <Route path=path!("/projects") view=|| view! { <Later page=Page::Projects/> }/>
                    <Route path=path!("/settings") view=|| view! { <Later page=Page::Settings/> }/>
                    <Route path=path!("/tokens") view=|| view! { <Later page=Page::Tokens/> }/>
                    <Route path=path!("/catalog") view=|| view! { <Later page=Page::Catalog/> }/>
                    <Route path=path!("/health") view=|| view! { <Later page=Page::Health/> }/>
                    <Route path=path!("/ui") view=|| view! { <Later page=Page::Gallery/> }/>
                </FlatRoutes>
            </Shell>
        }
        .into_any()
    }
}
