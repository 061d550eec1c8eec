//! The role of a member: chosen first, and given by a press of its own.
//!
//! The arrows of the keyboard go through a closed select one by one, and each of them is a choice: who goes from Viewer to
//! Admin passes Operator, which nobody is to be for a moment.

use leptos::{html, prelude::*, task::spawn_local};
use noc_shared::{
    access::Role,
    members::{Member, MemberList, MemberRequest},
};
use wasm_bindgen::JsCast as _;

use super::roles;
use crate::{
    api,
    live::Live,
    shell::Activity,
    ui::{Button, ButtonKind, Select},
};

#[component]
pub(super) fn RoleOf(member: Signal<Member>, list: Live<MemberList>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let is =
        Memo::new(move |_| member.with(|member| member.role.map(|role| role.as_str()).unwrap_or_default()));
    let (chosen, busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let shown = Signal::derive(move || chosen.get().unwrap_or_else(|| is.get().to_owned()));
    let differs =
        Memo::new(move |_| chosen.with(|chosen| chosen.as_deref().is_some_and(|role| role != is.get())));
    let options = Signal::derive(move || {
        let mut options = roles();
        if is.with(|is| is.is_empty()) {
            options.insert(0, (String::new(), "In projects alone".to_owned()));
        }
        options
    });
    let node = NodeRef::<html::Span>::new();
    let change = move |_| {
        let Some(wanted) = chosen.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let member = member.get_untracked();
        let request = MemberRequest { role: Role::parse(&wanted), projects: member.projects };
        busy.set(true);
        spawn_local(async move {
            match api::members::put(member.principal_id.as_str(), &request).await {
                Ok(now) => {
                    activity.done(format!("The role of {} is changed", now.name));
                    list.data.try_update(|list| {
                        let all = list.iter_mut().flat_map(|list| &mut list.members);
                        for one in all.filter(|one| one.principal_id == now.principal_id) {
                            one.clone_from(&now);
                        }
                    });
                }
                Err(problem) => {
                    activity.failed(format!("The role of {} could not be changed", member.name), &problem);
                }
            }
            // Whatever was chosen, the role is what the API says. The button goes, and a focus on it goes to the select.
            if let Some(here) = node.try_get_untracked().flatten()
                && here.contains(document().active_element().as_deref())
                && let Ok(Some(select)) = here.query_selector("select")
                && let Ok(select) = select.dyn_into::<web_sys::HtmlElement>()
            {
                let _ = select.focus();
            }
            chosen.try_set(None);
            busy.try_set(false);
            list.refresh();
        });
    };
    let name = format!("Role of {}", member.with_untracked(|member| member.name.clone()));
    view! {
        <span node_ref=node class="flex items-center gap-2">
            <Select name=name options=options value=shown on_choose=move |role| chosen.set(Some(role))/>
            <Show when=move || differs.get()>
                <Button small=true text="Change" kind=ButtonKind::Primary busy=busy on_press=change/>
            </Show>
        </span>
    }
}
