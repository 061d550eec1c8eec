//! Light or dark: the system's wish, unless somebody chose.

use leptos::prelude::*;

use crate::ui::{Icon, recall, remember};

/// What was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// What the system wishes.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The theme.
#[derive(Clone, Copy)]
pub struct Theme(RwSignal<Choice>);

impl Theme {
    /// Takes up what was chosen before. Called once.
    pub fn begin() -> Self {
        let chosen = match recall("theme").as_deref() {
            Some("light") => Choice::Light,
            Some("dark") => Choice::Dark,
            _ => Choice::System,
        };
        let theme = Self(RwSignal::new(chosen));
        Effect::new(move |_| {
            let word = match theme.0.get() {
                Choice::System => "",
                Choice::Light => "light",
                Choice::Dark => "dark",
            };
            remember("theme", word);
            if let Some(root) = document().document_element() {
                let _ = match word {
                    "" => root.remove_attribute("data-theme"),
                    word => root.set_attribute("data-theme", word),
                };
            }
        });
        theme
    }

    /// Goes on to the next one.
    pub fn next(self) {
        self.0.update(|choice| {
            *choice = match choice {
                Choice::System => Choice::Light,
                Choice::Light => Choice::Dark,
                Choice::Dark => Choice::System,
            };
        });
    }

    /// The icon of what was chosen.
    pub fn icon(self) -> Icon {
        match self.0.get() {
            Choice::System => Icon::MONITOR,
            Choice::Light => Icon::SUN,
            Choice::Dark => Icon::MOON,
        }
    }

    /// What was chosen, in words.
    pub fn name(self) -> String {
        let name = match self.0.get() {
            Choice::System => "as the system",
            Choice::Light => "light",
            Choice::Dark => "dark",
        };
        format!("Theme: {name}")
    }
}
