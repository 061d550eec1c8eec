//! What can be done about a deployment.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use noc_shared::{
    deployments::{Deployment, DeploymentStatus, SagaKind},
    id::DeploymentId,
};

use crate::{
    api::{self, Access},
    fleet::Fleet,
    live::Live,
    needs::Needs,
    paths,
    shell::{Activity, Recent},
    ui::{Button, ButtonKind, Icon},
};

#[component]
pub(super) fn Acts(deployment: Live<Deployment>, went_on: Callback<()>) -> impl IntoView {
    let (activity, fleet) = (expect_context::<Activity>(), expect_context::<Fleet>());
    let recent = expect_context::<Recent>();
    let navigate = StoredValue::new_local(use_navigate());
    let busy = RwSignal::new(false);
    let state = Memo::new(move |_| {
        deployment.data.with(|shown| {
            let summary = &shown.as_ref()?.summary;
            Some((summary.id.clone(), summary.saga, summary.status))
        })
    });
    let act = move |id: DeploymentId, cancels: bool| {
        busy.set(true);
        spawn_local(async move {
            let answer = if cancels {
                api::deployments::cancel(id.as_str()).await
            } else {
                api::deployments::retry(id.as_str()).await
            };
            busy.try_set(false);
            let shown = match answer {
                Ok(shown) => shown,
                Err(problem) => {
                    let what = if cancels { "It could not be cancelled" } else { "It could not be retried" };
                    return activity.failed(what, &problem);
                }
            };
            activity.done(if cancels { "It is being undone" } else { "It goes on" });
            fleet.refresh();
            recent.0.refresh();
            let now = shown.summary.id.clone();
            if now == id {
                // The answer is how it stands: nobody has to wait for the next reading.
                deployment.data.try_set(Some(shown));
                went_on.run(());
            } else {
                let go = |navigate: &_| go(navigate, &paths::deployment(&now));
                navigate.try_with_value(go);
            }
        });
    };
    let may = expect_context::<Access>().may(Needs::OPERATE);
    move || {
        let (id, saga, status) = state.get().filter(|_| may.get())?;
        let (text, icon, cancels) = match (saga, status) {
            (SagaKind::Deploy, DeploymentStatus::Running) => ("Cancel", Icon::UNDO, true),
            (_, DeploymentStatus::Stuck) => ("Retry", Icon::ROTATE_CCW, false),
            (SagaKind::Deploy, DeploymentStatus::Unwound) => ("Deploy again", Icon::ROTATE_CCW, false),
            _ => return None,
        };
        let kind = if cancels { ButtonKind::Quiet } else { ButtonKind::Primary };
        Some(
            view! { <Button text=text icon=icon kind=kind busy=busy on_press=move |_| act(id.clone(), cancels)/> },
        )
    }
}

fn go(navigate: &impl Fn(&str, NavigateOptions), path: &str) {
    navigate(path, NavigateOptions::default());
}
