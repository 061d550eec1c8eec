//! The steps of a deployment.

use leptos::prelude::*;
use noc_shared::deployments::{Deployment, Evidence, Step, StepStatus};

use crate::{
    live::Live,
    ui::{Ago, Clock, Glyph, Icon, duration},
    words,
};

#[component]
pub(super) fn Steps(deployment: Live<Deployment>) -> impl IntoView {
    let steps = move || {
        deployment.data.with(|shown| shown.as_ref().map(|shown| shown.steps.clone()).unwrap_or_default())
    };
    // A step that did not change stays on the page as it is.
    let key = |step: &Step| {
        let times = [step.started_at, step.finished_at, step.next_attempt_at, step.deadline_at];
        let words = (step.name.clone(), step.error.clone(), step.waiting_for.clone());
        (step.status as u8, step.attempts, step.undo_attempts, times, words, step.evidence.len())
    };
    view! {
        <ol class="steps" aria-label="Steps">
            <For each=steps key=key let:step>{item(step)}</For>
        </ol>
    }
}

fn item(step: Step) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let (tone, word) = words::step_status(step.status);
    let under_way = matches!(step.status, StepStatus::Running | StepStatus::Waiting | StepStatus::Undoing);
    let (icon, spins, class) = match step.status {
        StepStatus::Pending => (Icon::CIRCLE_DASHED, "", "step pending"),
        StepStatus::Running => (Icon::SPINNER, "spin", "step"),
        StepStatus::Waiting => (Icon::CLOCK, "", "step"),
        StepStatus::Done => (Icon::CHECK, "", "step done"),
        StepStatus::Failed | StepStatus::UndoFailed => (Icon::CLOSE, "", "step"),
        StepStatus::Undoing | StepStatus::Undone => (Icon::UNDO, "", "step"),
    };
    let (begun, ended) = (step.started_at.map(|at| at.millis()), step.finished_at.map(|at| at.millis()));
    let time = move || match (begun, ended) {
        (Some(begun), Some(ended)) => duration(ended - begun),
        (Some(begun), None) if under_way => duration(clock.now() - begun),
        _ => String::new(),
    };
    let tries = match (step.attempts, step.undo_attempts) {
        (0 | 1, 0 | 1) => None,
        (attempts, 0 | 1) => Some(format!("{attempts} attempts")),
        (_, undos) => Some(format!("{undos} attempts to undo")),
    };
    let waiting = step.waiting_for.filter(|_| under_way).map(|what| format!("Waiting for {what}"));
    let next = step.next_attempt_at.filter(|_| under_way).map(|at| at.millis());
    let deadline = step.deadline_at.filter(|_| under_way).map(|at| at.millis());
    let evidence: Vec<_> =
        step.evidence.iter().map(|(name, value)| (words::title(name), said(value))).collect();
    let evidence = evidence
        .into_iter()
        .map(|(name, value)| view! { <span>{name}" "<b class="wrap-anywhere">{value}</b></span> });
    // What is done, and what has not begun, needs no word beside its mark but for those who cannot see that.
    let said = match step.status {
        StepStatus::Pending | StepStatus::Done => view! { <span class="sr">{word}</span> }.into_any(),
        _ => {
            view! { <span class=format!("ml-2 text-sm font-normal {}", tone.ink())>{word}</span> }.into_any()
        }
    };
    view! {
        <li class=class data-step=step.name.clone() data-status=word>
            <span class=format!("step-mark {}", tone.class())><Glyph icon class=spins/></span>
            <div class="min-w-0">
                <p class="step-title">{words::title(&step.name)} " " {said}</p>
                {waiting.map(|waiting| view! { <p class="text-sm text-soft">{waiting}</p> })}
                {step.error.map(|error| view! { <p class="text-sm text-bad">{words::sentence(&error)}</p> })}
                <p class="evidence">
                    {evidence.collect_view()}
                    {tries.map(|tries| view! { <span>{tries}</span> })}
                    {next.map(|next| view! { <span>"next look "<Ago at=next/></span> })}
                    {deadline.map(|deadline| view! { <span>"gives up "<Ago at=deadline/></span> })}
                </p>
            </div>
            <span class="step-time">{time}</span>
        </li>
    }
}

fn said(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Number(number) => number.to_string(),
        Evidence::Text(text) => text.clone(),
        Evidence::List(list) => list.join(", "),
    }
}
