//! What is done about each kind of difference.

use leptos::prelude::*;
use noc_shared::drift::{DriftKind, DriftPolicies, DriftPolicy};

use super::kind;
use crate::{
    api,
    live::Live,
    pages::parts::shown,
    sending::Sending,
    shell::Activity,
    ui::{Button, ButtonKind, Segment, Segmented, SkeletonRows},
};

const WAYS: &[Segment] = &[
    Segment { value: "report", text: "Report", icon: None },
    Segment { value: "fix", text: "Fix", icon: None },
    Segment { value: "ignore", text: "Ignore", icon: None },
];

#[component]
pub(super) fn Policies(open: RwSignal<bool>) -> impl IntoView {
    let activity = expect_context::<Activity>();
    // What is chosen stays until it is saved, whatever is read elsewhere.
    let policies = Live::once(api::drift::policies);
    let sending = Sending::new(&[]);
    let save = move |_| {
        let Some(wanted) = policies.data.get_untracked() else { return };
        let request = async move { api::drift::set_policies(&wanted).await };
        sending.send(request, move |_| {
            activity.done("The policies are saved");
            open.try_set(false);
        });
    };
    let kinds = Memo::new(move |_| {
        policies.data.with(|policies| {
            policies.iter().flat_map(|policies| policies.policies.keys().copied()).collect::<Vec<_>>()
        })
    });
    let row = move |what: DriftKind| {
        let value = move || {
            let policy =
                policies.data.with(|all| all.as_ref().and_then(|all| all.policies.get(&what).copied()));
            word(policy.unwrap_or(DriftPolicy::Report)).to_owned()
        };
        let choose = move |value: &'static str| {
            policies.data.update(|all| {
                if let Some(all) = all {
                    all.policies.insert(what, policy(value));
                }
            });
        };
        view! {
            <li>
                <span class="grow">{kind(what)}</span>
                <Segmented name=kind(what) segments=WAYS value=Signal::derive(value) on_choose=choose/>
            </li>
        }
    };
    let list = move |_: &DriftPolicies| {
        view! {
            <div class="sheet-body"><ul class="rows">{move || kinds.get().into_iter().map(row).collect_view()}</ul>
                {sending.below("The policies could not be saved")}
            </div>
            <div class="sheet-foot">
                <Button text="Cancel" on_press=move |_| open.set(false)/>
                <Button text="Save" kind=ButtonKind::Primary busy=sending.busy on_press=save/>
            </div>
        }
        .into_any()
    };
    // What is chosen must not make the list anew, with the focus in it.
    let there = Memo::new(move |_| (policies.data.with(Option::is_some), policies.problem.get()));
    let shown = shown(
        policies,
        "The policies could not be read",
        || view! { <SkeletonRows rows=5/> }.into_any(),
        list,
    );
    move || {
        there.with(|_| ());
        untrack(&shown)
    }
}

const fn word(policy: DriftPolicy) -> &'static str {
    match policy {
        DriftPolicy::Report => "report",
        DriftPolicy::Fix => "fix",
        DriftPolicy::Ignore => "ignore",
    }
}

fn policy(word: &str) -> DriftPolicy {
    match word {
        "fix" => DriftPolicy::Fix,
        "ignore" => DriftPolicy::Ignore,
        _ => DriftPolicy::Report,
    }
}
