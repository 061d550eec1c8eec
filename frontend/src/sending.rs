//! A form that is sent, and what becomes of it.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::Problem,
    ui::{Note, Tone},
};

/// A form that is sent. A refusal is shown at the field that it is about, or below the form if it has none of that name.
#[derive(Clone, Copy)]
pub struct Sending {
    /// Whether it is under way.
    pub busy: RwSignal<bool>,
    refused: RwSignal<Option<Problem>>,
    /// The fields that the form shows, as the wire calls them.
    fields: &'static [&'static str],
}

impl Sending {
    /// A form with these fields, as the wire calls them.
    pub fn new(fields: &'static [&'static str]) -> Self {
        Self { busy: RwSignal::new(false), refused: RwSignal::new(None), fields }
    }

    /// Sends it, and then does something with the answer. What is under way already is not sent once more.
    pub fn send<T: 'static>(
        self,
        request: impl Future<Output = Result<T, Problem>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refused.set(None);
        spawn_local(async move {
            match request.await {
                Ok(answer) => then(answer),
                Err(problem) => {
                    self.refused.try_set(Some(problem));
                }
            }
            self.busy.try_set(false);
        });
    }

    /// What is wrong with a field.
    pub fn wrong(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refused.with(|refused| {
                refused.as_ref().filter(|problem| is_about(problem, field)).map(Problem::message)
            })
        })
    }

    /// What is wrong with none of its fields, under a title that says what did not come to be.
    pub fn below(self, title: &'static str) -> impl Fn() -> Option<AnyView> + Copy {
        move || {
            let elsewhere = |problem: &Problem| !self.fields.iter().any(|field| is_about(problem, field));
            let problem = self.refused.get().filter(elsewhere)?;
            Some(view! { <Note tone=Tone::Bad title text=problem.message()/> }.into_any())
        }
    }
}

/// Whether a refusal is about a field, or about a part of it.
fn is_about(problem: &Problem, field: &str) -> bool {
    let rest = problem.field().and_then(|wire| wire.strip_prefix(field));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_about_a_field_and_its_parts_and_no_other() {
        let about = |wire: &str| {
            let body = format!(
                r#"{{"error":{{"code":"invalid","message":"m","field":"{wire}","request_id":"req_1"}}}}"#
            );
            is_about(&Problem::of_answer(422, &body), "name")
        };
        let cases =
            [("name", true), ("name.first", true), ("name[0]", true), ("names", false), ("nam", false)];
        for (wire, expected) in cases {
            assert_eq!(about(wire), expected, "{wire}");
        }
        assert!(!is_about(&Problem::Gone, "name"));
    }
}
