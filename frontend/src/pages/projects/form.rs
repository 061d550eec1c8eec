//! The form of a project.

use std::collections::BTreeMap;

use leptos::prelude::*;
use noc_shared::organizations::{Project, ProjectList};

use crate::{
    api,
    live::Live,
    sending::Sending,
    shell::Activity,
    ui::{Button, ButtonKind, Field, TextArea, TextInput},
};

#[component]
pub(super) fn Form(
    given: Option<Project>,
    changed: RwSignal<Option<Project>>,
    list: Live<ProjectList>,
) -> impl IntoView {
    let activity = expect_context::<Activity>();
    let new = given.is_none();
    let title =
        given.as_ref().map_or("Add a project".to_owned(), |project| format!("Change {}", project.name));
    let (name, lines) = match &given {
        Some(project) => (RwSignal::new(project.name.clone()), RwSignal::new(written(&project.environments))),
        None => (RwSignal::new(String::new()), RwSignal::new("production = prod\n".to_owned())),
    };
    let sending = Sending::new(if new { &["name", "environments"] } else { &["environments"] });
    let keep = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = name.with_untracked(|name| name.trim().to_owned());
        let environments = lines.with_untracked(|lines| read(lines));
        sending.send(async move { api::projects::put(&name, environments).await }, move |project| {
            activity.done(format!("The project {} is kept", project.name));
            changed.try_set(None);
            list.refresh();
        });
    };
    view! {
        <section class="card mt-4">
            <div class="card-head"><h2>{title}</h2></div>
            <form class="card-body grid gap-4" on:submit=keep>
                {new.then(|| view! {
                    <Field id="project-name" label="Name" hint="Lower-case letters, digits and dashes." wrong=sending.wrong("name")><TextInput id="project-name" value=name/></Field>
                })}
                <Field id="project-environments" label="Environments" hint="One in a line, with what the secret store calls it." wrong=sending.wrong("environments")>
                    <TextArea id="project-environments" value=lines rows=4/>
                </Field>
                {sending.below("It was not kept")}
                <div class="flex gap-2">
                    <Button text="Keep it" kind=ButtonKind::Primary submit=true busy=sending.busy/>
                    {(!new).then(|| view! { <Button text="Leave it" on_press=move |_| changed.set(None)/> })}
                </div>
            </form>
        </section>
    }
}

fn written(environments: &BTreeMap<String, String>) -> String {
    environments.iter().map(|(name, secrets)| format!("{name} = {secrets}\n")).collect()
}

/// What stands in the lines. A name by itself is what the secret store calls it, too.
fn read(lines: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (name, secrets) = line.split_once('=').unwrap_or((line, line));
        (name.trim().to_owned(), secrets.trim().to_owned())
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_lines_and_lines_are_environments() {
        let lines = "production = prod\nstaging = stage-2\n";
        assert_eq!(written(&read(lines)), lines);
        for (lines, expected) in [("", ""), ("a\n\n b=c ", "a = a\nb = c\n"), ("a=b=c", "a = b=c\n")] {
            assert_eq!(written(&read(lines)), expected, "{lines}");
        }
    }
}
