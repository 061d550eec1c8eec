//! Who is signed in, in which organization, and the way out.

use leptos::{prelude::*, task::spawn_local};

use super::{Activity, Message};
use crate::{
    api::Access,
    paths,
    ui::{Ago, Glyph, Icon, IconButton, Select, Tone},
};

/// Who is signed in.
#[component]
pub(super) fn Account() -> impl IntoView {
    let (access, activity) = (expect_context::<Access>(), expect_context::<Activity>());
    let sign_out = move |_| {
        spawn_local(async move {
            if let Err(problem) = access.sign_out().await {
                activity.failed("You could not be signed out", &problem);
            }
        });
    };
    // How often a switch was refused: the choice is made anew then, and shows again what holds.
    let refused = RwSignal::new(0_u32);
    let switch = move |chosen: String| {
        spawn_local(async move {
            let found = access.who.with_untracked(|who| {
                let all = who.iter().flat_map(|who| &who.organizations);
                all.map(|one| one.id.clone()).find(|id| id.as_str() == chosen)
            });
            let Some(id) = found else { return };
            match access.switch(id).await {
                // Nothing of what was shown belongs to the other one.
                Ok(()) => {
                    let _ = window().location().set_href(&paths::servers());
                }
                Err(problem) => {
                    activity.failed("The organization could not be changed", &problem);
                    refused.try_update(|refused| *refused += 1);
                }
            }
        });
    };
    let body = move || {
        access.who.get().map(|who| {
            let several = who.organizations.len() > 1;
            let options: Vec<(String, String)> =
                who.organizations.iter().map(|one| (one.id.to_string(), one.name.clone())).collect();
            let organization = who.organization.clone();
            let value = organization.id.to_string();
            let choice = move || {
                refused.track();
                let (options, value) = (Signal::stored(options.clone()), Signal::stored(value.clone()));
                several.then(|| view! { <Select name="Organization" options=options value=value on_choose=switch/> })
            };
            view! {
                <div class="account">
                    <div class="account-who">
                        {choice}
                        <a class="block" href=paths::settings()><b class="cut">{who.name}</b><span class="sub cut block">{organization.name}</span></a>
                    </div>
                    <IconButton icon=Icon::LOG_OUT name="Sign out" on_press=sign_out/>
                </div>
            }
        })
    };
    view! { {body} }
}

/// Says that the organization was changed in another tab, once it is known to which.
#[component]
pub(super) fn Moved() -> impl IntoView {
    let (access, activity) = (expect_context::<Access>(), expect_context::<Activity>());
    Effect::new(move |_| {
        let name = access.who.with(|who| who.as_ref().map(|who| who.organization.name.clone()));
        let Some(name) = name.filter(|_| access.moved.get_untracked()) else { return };
        access.moved.set(false);
        activity.say(Message {
            tone: Tone::Warn,
            title: format!("You act in {name} now"),
            text: "The organization was changed in another tab, so this page was loaded anew. What was begun here for the one before was not done.".to_owned(),
            link: None,
        });
    });
}

/// That the glass was broken, for those who have to know.
#[component]
pub(super) fn BrokenGlass() -> impl IntoView {
    let access = expect_context::<Access>();
    let at = Memo::new(move |_| {
        access.who.with(|who| who.as_ref().and_then(|who| who.break_glass_used_at).map(|at| at.millis()))
    });
    move || {
        at.get().map(|at| {
            view! {
                <p class="gone">
                    <Glyph icon=Icon::TRIANGLE_ALERT class="glyph-sm"/>
                    <span>"The break-glass credential was used "<Ago at/>". " <a class="underline" href=paths::audit_with("sign_in.break_glass", "", "")>"See the audit"</a></span>
                </p>
            }
        })
    }
}
